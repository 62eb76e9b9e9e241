"""What the parts of a tree have in common: texts, durations, names, timing, and what every node has.

Times are integers in milliseconds here; authors write `8s`, `1.5s`, `500ms` or `2min` (see `menus.duration`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from menus.duration import DURATION_PATTERN, parse_duration


def _text_of_author(written: Any, info: ValidationInfo) -> Any:
    """The loader validates with a context; in it, plain text is text in the base language."""
    return {info.context["base_language"]: written} if info.context and isinstance(written, str) else written


def _duration_of_author(written: Any, info: ValidationInfo) -> Any:
    """In a file a duration must have a unit; elsewhere whole milliseconds are taken as they are."""
    return parse_duration(str(written) if info.context else written)


#: A text per language, `{"zh": "…", "en": "…"}`. Authors may write plain text: it is then in the base language.
Text = Annotated[
    dict[str, str],
    BeforeValidator(_text_of_author),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}),
]
Milliseconds = Annotated[
    int,
    Field(ge=0, le=86_400_000),
    BeforeValidator(_duration_of_author),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
NodeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Keys = Annotated[str, Field(pattern=r"^[0-9*#]{1,8}$")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]

#: A word, and characters that sound as it is to be said.
Reading = Annotated[str, Field(min_length=1, max_length=40)]

#: How a caller is spoken to. `elderly`: who asked for slow speech, or whose profile says so. `short`: whose profile
#: says so, or who comes to the node again in the same call.
Style = Literal["short", "elderly"]
#: What a caller can ask for at any node that listens.
UniversalAction = Literal["repeat", "slower", "back", "main_menu", "operator", "help"]
#: The keys of a tree that names none. Every action can be asked for by speech, also one that has no key.
USUAL_UNIVERSALS: dict[UniversalAction, str] = {"repeat": "*", "back": "#", "operator": "0"}


class Model(BaseModel):
    """Common to everything in a tree: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tries(Model):
    """How often a caller may be silent or wrong at a node before the way out is offered."""

    silence: int = Field(3, ge=1, le=9, description="几次没有按键后转到出路 / silent turns before the way out")
    wrong: int = Field(3, ge=1, le=9, description="几次按错后转到出路 / wrong inputs before the way out")
    speech: int = Field(
        2, ge=1, le=9, description="几次没听懂后只用按键 / times that speech is not understood before keys alone"
    )


class Timing(Model):
    """The pace of input; the meaning of each is in docs/timing.md."""

    first_input: Milliseconds = Field(8000, description="提示说完后等第一个按键 / wait for the first key")
    between_keys: Milliseconds = Field(4000, description="两个按键之间 / wait between keys")


class Limits(Model):
    """What ends a call that would otherwise never end; the caller hears a sentence first."""

    call_length: Milliseconds = Field(20 * 60_000, description="一次通话最长 / longest call")
    node_visits: int = Field(50, ge=2, description="同一步骤最多经过几次 / visits to one node")
    steps_without_input: int = Field(40, ge=2, description="没有任何按键时最多走几步 / steps with no input at all")


#: How a call may break off.
Interruption = Literal["line", "caller"]


_AFTER_LINE: tuple[Interruption, ...] = ("line",)


class Resumable(Model):
    """When a call that broke off can be taken up again by calling again."""

    within: Milliseconds = Field(ge=60_000, description="断线后多久之内 / so long after it broke off")
    after: list[Interruption] = Field(
        default_factory=lambda: list(_AFTER_LINE),
        min_length=1,
        description="哪种断：line 线路断了，caller 来电人挂了 / broken off by the line, or by the caller",
    )


def resumable_of_author(written: Any) -> Any:
    """`resumable: 15min` stands for the whole."""
    return {"within": written} if isinstance(written, (str, int)) and not isinstance(written, bool) else written


class Voice(Model):
    """Who speaks a language, and how fast; what is left out is as usual."""

    name: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,64}$", description="用哪个声音 / name of the voice")
    speed: float | None = Field(
        None, ge=0.5, le=1.5, description="语速，1 是声音本来的速度 / 1 is the voice's own speed"
    )

    @property
    def wish(self) -> str:
        """Both in one text, as voices are told: `zf_xiaobei@0.85`."""
        return self.name + ("" if self.speed is None else f"@{self.speed:g}")


class Node(Model):
    """What every node has."""

    note: str | None = Field(None, description="给同事看的说明，不会播放 / a remark for colleagues, never spoken")
    topic: Text | None = Field(
        None, description="再打来接着办时怎么称呼这件事 / what this is called to a caller who takes the call up again"
    )
    resumable: bool = Field(True, description="断线后可以从这里接着办 / the call can be taken up again from here")
    voices: dict[str, Voice] = Field(
        default_factory=dict,
        description="这一步用什么声音、语速，按语言写 / the voice and speed of this node, by language",
    )
    sensitive: bool = Field(False, description="按键、内容不进日志 / keys and values are masked in every log")


class Variant(Model):
    """Other words for some callers; what is left out stays as it is."""

    prompt: Text | None = Field(None, description="问什么 / the prompt")
    spoken: list[Keys] | None = Field(
        None,
        description="菜单里只念这些键，别的键照样能按 / the options that are named; every key works",
    )


class Listening(Node):
    """What nodes that wait for keys have in common."""

    prompt: Text = Field(description="问什么 / the prompt")
    short: Text | None = Field(None, description="再问时的短句 / a shorter prompt for the second time")
    timing: Timing | None = Field(None, description="这一步的等待时间 / timing of this node")
    tries: Tries | None = Field(None, description="这一步的次数 / tries of this node")
    interruptible: bool = Field(True, description="按键可以打断 / a key may interrupt the prompt")
    forget_early_keys: bool = Field(False, description="丢弃提前按的键 / forget keys typed ahead")
    way_out: NodeName | None = Field(
        None, description="次数用完去哪里 / where the call goes when the tries are used up"
    )
    universals: bool = Field(True, description="重听、返回等通用键有效 / universal keys work here")
    speech: bool = Field(True, description="来电人可以直接说 / callers may speak instead of pressing keys")
    variants: dict[Style, Variant] = Field(
        default_factory=dict,
        description="说给不同的人：short 熟悉的人，elderly 老人 / for callers who know it, and for the elderly",
    )
    help: Text | None = Field(None, description="来电人求助时说的话 / said to a caller who asks for help here")
