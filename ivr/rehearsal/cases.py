"""Rehearsals: what a caller does, and what must come of it. One file, `<tree>.cases.yaml`, stands beside each tree.

Every class is one thing an author can write; every field description is what the author sees while editing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from ivr.flow.events import SendOutcome, TransferOutcome
from ivr.rehearsal.backend import FAILURES, NOT_FOUND, USUAL_MS
from ivr.rehearsal.call import MONDAY_MORNING
from ivr.rehearsal.keeping import Leaving
from menus.duration import DURATION_PATTERN, parse_duration

#: Steps that may be written as a word alone.
WordStep = Literal["silence", "hang_up", "lose_line"]
WORD_STEPS: tuple[str, ...] = get_args(WordStep)
#: What a step may be, in the order of the manual.
ACTIONS = (
    *("press", "say", "silence", "wait", "hang_up", "lose_line", "redial"),
    *("hear", "never_hear", "reach", "asks", "leaves", "sends", "remembers"),
)
#: Words that an answer may be besides the name of a sample.
ANSWER_WORDS = (NOT_FOUND, *FAILURES)
EndedBy = Literal["caller", "menu", "limit", "line", "operator"]


def _one_or_more(written: Any) -> Any:
    return [written] if isinstance(written, (str, dict)) else written


def _duration(written: Any) -> Any:
    return parse_duration(str(written))


def _step(written: Any) -> Any:
    return {written: True} if isinstance(written, str) and written in WORD_STEPS else written


def _answer(written: Any) -> Any:
    return {"gives": written} if isinstance(written, str) else written


def _question(written: Any) -> Any:
    return {written: {}} if isinstance(written, str) else written


def _ending(written: Any) -> Any:
    return {"by": written} if isinstance(written, str) else written


Milliseconds = Annotated[
    int,
    Field(ge=0, le=86_400_000),
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
Word = Annotated[str, Field(min_length=1)]
Words = Annotated[
    list[Word],
    Field(min_length=1),
    BeforeValidator(_one_or_more, json_schema_input_type=Union[Word, list[Word]]),
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Model(BaseModel):
    """Unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(Model):
    """What the backend answers once: the name of a sample, `not_found`, or how it fails."""

    gives: str | None = Field(
        None, description="样例的名字、not_found、或者出错的原因 / name of a sample, not_found, or why it fails"
    )
    data: Any = Field(None, description="直接写内容 / the answer itself, in place of a name")
    after: Milliseconds = Field(USUAL_MS, description="过多久才回答 / how long it takes")

    @model_validator(mode="after")
    def _one_of_both(self) -> Answer:
        if (self.gives is None) == (self.data is None):
            raise ValueError("gives 和 data 写一个 / write either gives or data")
        return self


_WrittenAnswer = Union[str, Answer]
Answers = Annotated[
    list[Annotated[Answer, BeforeValidator(_answer, json_schema_input_type=_WrittenAnswer)]],
    Field(min_length=1),
    BeforeValidator(_one_or_more, json_schema_input_type=Union[str, Answer, list[_WrittenAnswer]]),
]
Outcomes = Annotated[
    list[TransferOutcome],
    Field(min_length=1),
    BeforeValidator(_one_or_more, json_schema_input_type=Union[TransferOutcome, list[TransferOutcome]]),
]

Questions = Annotated[
    dict[Name, dict[str, Any]],
    BeforeValidator(_question, json_schema_input_type=Union[Name, dict[Name, dict[str, Any]]]),
]


class Step(Model):
    """One step: something that the caller does, or something that must be so. Exactly one of these, besides `within`,
    `unsure` and `interrupt`.
    """

    press: str | None = Field(
        None,
        pattern=r"^[0-9*# ]{1,64}$",
        description="按键，写在引号里；空格表示听完再按 / keys, in quotes; a blank: hear it out before the next",
    )
    say: str | None = Field(None, min_length=1, description="来电人说的话 / what the caller says")
    silence: Literal[True] | int | None = Field(
        None, description="不出声、不按键，等到它再说话；可以写几次 / keep silent until it speaks again, so many times"
    )
    wait: Milliseconds | None = Field(None, description="等这么久 / let so much time pass")
    hang_up: Literal[True] | None = Field(None, description="来电人挂断 / the caller hangs up")
    lose_line: Literal[True] | None = Field(None, description="线路断了 / the line breaks off")
    redial: Milliseconds | None = Field(
        None,
        description="电话结束以后，过这么久再打来 / the call is over, and the caller calls again so much later",
    )
    hear: Words | None = Field(
        None,
        description="它再等来电人之前，按顺序听到这些话 / heard in this order before it waits for the caller",
    )
    never_hear: Words | None = Field(None, description="这些话不能听到 / must not be heard")
    reach: str | None = Field(
        None,
        pattern=r"^([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*$",
        description="走到这一步；别的树写 tree.node / comes to this node; tree.node for another tree",
    )
    asks: Questions | None = Field(
        None, description="向后台问了这个，带这些参数 / the backend is asked this, with these arguments"
    )
    leaves: Questions | None = Field(
        None,
        description="留下了这个（录音、评分、回电）和这些内容 / this is left, such as a rating, with these details",
    )
    sends: Words | None = Field(None, description="发出的短信里有这些话 / a message with these words is sent")
    remembers: dict[str, Any] | None = Field(
        None, description="记住了来电人的这些 / this is remembered of the caller; {} after a no"
    )
    within: Milliseconds | None = Field(
        None, description="必须在这么久以内（从上一个动作算起）/ within so much time of what the caller did last"
    )
    unsure: bool = Field(
        False, description="没听清，它会再问一遍 / heard badly, so that it asks whether that was meant"
    )
    interrupt: bool = Field(False, description="不等它说完 / without hearing it out")

    @model_validator(mode="after")
    def _exactly_one(self) -> Step:
        if len(self._given()) != 1:
            actions = "、".join(ACTIONS)
            raise ValueError(f"一步只写一件事：{actions} / a step is exactly one of {', '.join(ACTIONS)}")
        return self

    @property
    def action(self) -> str:
        """Which one of `ACTIONS` it is."""
        return self._given()[0]

    def _given(self) -> list[str]:
        return [name for name in ACTIONS if getattr(self, name) is not None]


class Ending(Model):
    """How the call must end."""

    by: EndedBy = Field(description="谁结束的 / who ends it: " + ", ".join(get_args(EndedBy)))
    reason: str | None = Field(None, description="日志里的原因 / the reason in the log, such as completed")
    within: Milliseconds | None = Field(None, description="整个通话最多这么久 / the whole call takes no longer")


class Case(Model):
    """One rehearsal."""

    name: str = Field(min_length=1, description="这一次排练叫什么 / what it is called")
    note: str | None = Field(None, description="给同事看的说明 / a remark for colleagues")
    at: str = Field(
        MONDAY_MORNING,
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?[+-]\d\d:\d\d$",
        description="什么时候打来，带时区 / when the call comes, ISO 8601 with offset, in quotes",
    )
    caller: str = Field("13900001234", pattern=r"^[0-9+]{0,20}$", description="来电号码 / the caller's number")
    speech: bool | None = Field(
        None,
        description="听不听得懂说话；不写就看有没有 say / whether speech is understood; by default if a step has say",
    )
    backend: dict[Name, Answers] = Field(
        default_factory=dict, description="后台怎么回答，按次序 / what the backend answers, in turn"
    )
    transfers: dict[Name, Outcomes] = Field(
        default_factory=dict, description="转接的结果，按次序 / what becomes of transfers, in turn"
    )
    outbox: Annotated[
        list[Leaving], BeforeValidator(_one_or_more, json_schema_input_type=Union[Leaving, list[Leaving]])
    ] = Field(default_factory=list, description="留下的东西收没收好，按次序 / what becomes of what is left, in turn")
    messages: Annotated[
        list[SendOutcome], BeforeValidator(_one_or_more, json_schema_input_type=Union[SendOutcome, list[SendOutcome]])
    ] = Field(default_factory=list, description="短信发没发出去，按次序 / what becomes of messages, in turn")
    profile: dict[str, Any] = Field(
        default_factory=dict,
        description="以前同意记住的，比如语言 / what the caller had remembered, such as a language",
    )
    display: bool = Field(False, description="来电人的话机有屏幕，能收字 / the caller's telephone shows texts")
    about: dict[str, Any] = Field(
        default_factory=dict,
        description="热线打出去的电话：purpose、ticket、text / of a call that the gateway places: why",
    )
    steps: list[Annotated[Step, BeforeValidator(_step, json_schema_input_type=Union[WordStep, Step])]] = Field(
        min_length=1, description="一步一步 / step by step"
    )
    ends: Annotated[Ending, BeforeValidator(_ending, json_schema_input_type=Union[EndedBy, Ending])] | None = Field(
        None, description="最后怎么结束；不写就由来电人挂断 / how it ends; without it the caller hangs up"
    )

    @property
    def has_speech(self) -> bool:
        """Whether speech is understood in this call."""
        return any(step.say for step in self.steps) if self.speech is None else self.speech


class CaseFile(Model):
    """The rehearsals of one tree."""

    rehearsals: Literal[1] = Field(description="格式版本 / version of the format")
    tree: Name = Field(description="从哪棵菜单树开始 / the tree in which the calls begin")
    samples: dict[Name, Any] = Field(
        default_factory=dict, description="后台回答的样例 / sample answers of the backend, by name"
    )
    backend: dict[Name, Answers] = Field(
        default_factory=dict, description="平时后台怎么回答 / what the backend answers unless a case says otherwise"
    )
    cases: list[Case] = Field(min_length=1, description="排练 / the rehearsals")
