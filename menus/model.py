"""The menu language, version 1: what a tree may contain.

Every class is one thing an author can write; every field description is what the author sees while editing. A loaded
tree is immutable, so that calls in progress keep the revision with which they began.

Times are integers in milliseconds here; authors write `8s`, `1.5s`, `500ms` or `2min` (see `menus.duration`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from menus.duration import parse_duration


def _text_of_author(written: Any, info: ValidationInfo) -> Any:
    """The loader validates with a context; in it, plain text is text in the base language."""
    return {info.context["base_language"]: written} if info.context and isinstance(written, str) else written


def _duration_of_author(written: Any, info: ValidationInfo) -> Any:
    """In a file a duration must have a unit; elsewhere whole milliseconds are taken as they are."""
    return parse_duration(str(written) if info.context else written)


#: A text per language, `{"zh": "…", "en": "…"}`. Authors may write plain text: it is then in the base language.
Text = Annotated[dict[str, str], BeforeValidator(_text_of_author)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000), BeforeValidator(_duration_of_author)]
NodeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Keys = Annotated[str, Field(pattern=r"^[0-9*#]{1,8}$")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]

#: What a caller can ask for at any node that listens.
UniversalAction = Literal["repeat", "slower", "back", "main_menu", "operator", "help"]
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


class Node(Model):
    """What every node has."""

    note: str | None = Field(None, description="给同事看的说明，不会播放 / a remark for colleagues, never spoken")
    sensitive: bool = Field(False, description="按键、内容不进日志 / keys and values are masked in every log")


class Say(Node):
    """Says something and goes on."""

    kind: Literal["say"]
    text: Text = Field(description="说什么 / what is said")
    next: NodeName = Field(description="然后去哪个步骤 / where the call goes then")
    bargeable: bool = Field(True, description="按键可以打断 / a key may interrupt")
    each: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
        description="对列表里每一项说一遍 text / say the text once for each item of this list",
    )
    item: VariableName = Field("item", description="列表里每一项在 text 里的名字 / the name of the item in the text")
    most: int = Field(5, ge=1, le=20, description="最多说几项 / say no more items than this")


class Option(Model):
    """One choice of a menu. Written once: the spoken prompt is composed from it."""

    keys: Keys = Field(description="按哪个键，写在引号里 / the keys, in quotes")
    label: Text = Field(description="菜单里怎么念 / how the menu names it")
    phrases: dict[str, list[str]] = Field(default_factory=dict, description="来电人可能怎么说 / what a caller may say")
    next: NodeName = Field(description="选了去哪里 / where it leads")
    spoken: bool = Field(True, description="菜单里念出来 / named in the spoken menu")


class Listening(Node):
    """What nodes that wait for keys have in common."""

    prompt: Text = Field(description="问什么 / the prompt")
    short: Text | None = Field(None, description="再问时的短句 / a shorter prompt for the second time")
    timing: Timing | None = Field(None, description="这一步的等待时间 / timing of this node")
    tries: Tries | None = Field(None, description="这一步的次数 / tries of this node")
    bargeable: bool = Field(True, description="按键可以打断 / a key may interrupt the prompt")
    flush: bool = Field(False, description="丢弃提前按的键 / forget keys typed ahead")
    way_out: NodeName | None = Field(
        None, description="次数用完去哪里 / where the call goes when the tries are used up"
    )
    universals: bool = Field(True, description="重听、返回等通用键有效 / universal keys work here")
    speech: bool = Field(True, description="来电人可以直接说 / callers may speak instead of pressing keys")


class Menu(Listening):
    """Offers options. The text of the keys is composed from `options` and follows `prompt`."""

    kind: Literal["menu"]
    prompt: Text = Field(default_factory=dict, description="选项之前说的话 / said before the options")
    options: list[Option] = Field(min_length=1, description="选项 / the options")


class Collect(Listening):
    """Collects digits into a variable."""

    kind: Literal["collect"]
    save_as: VariableName = Field(description="存到哪个变量 / the variable that holds the digits")
    least: int = Field(1, ge=1, le=64, description="最少几位 / fewest digits")
    most: int = Field(20, ge=1, le=64, description="最多几位 / most digits")
    terminator: Literal["#", "*", ""] = Field("#", description="结束键，空表示没有 / ends the input; empty for none")
    say_as: Literal["digits", "number", "date", "phone", "id", "money"] = Field(
        "digits", description="怎样念回给来电人 / how the input is read back"
    )
    confirm: bool = Field(False, description="念一遍让来电人确认 / read it back and ask whether it is right")
    next: NodeName = Field(description="收到以后去哪里 / where the call goes then")


class Query(Node):
    """Asks the backend. The caller hears `text` meanwhile, and a filler if it takes long."""

    kind: Literal["query"]
    operation: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="后台操作的名字 / the operation of the backend")
    arguments: dict[str, str] = Field(
        default_factory=dict,
        description="参数：表达式 / arguments, each an expression such as case_number or 'power'",
    )
    save_as: VariableName = Field(description="结果存到哪个变量 / the variable that holds the answer")
    text: Text | None = Field(None, description="查询时说的话 / said while the query runs")
    budget: Milliseconds = Field(8000, description="最多等多久 / longest wait for the answer")
    next: NodeName = Field(description="查到了去哪里 / found")
    not_found: NodeName = Field(description="没有这一条去哪里 / the backend has no such thing")
    failed: NodeName = Field(description="查不了去哪里 / the backend could not answer")


class Choice(Model):
    """One line of a branch."""

    when: str = Field(description="条件 / a condition such as case.status == 'done'")
    next: NodeName = Field(description="成立时去哪里 / where the call goes if it holds")


class Branch(Node):
    """Goes where the first condition that holds says."""

    kind: Literal["branch"]
    choices: list[Choice] = Field(min_length=1, description="从上到下看 / read from top to bottom")
    otherwise: NodeName = Field(description="都不成立时 / if none holds")


class Set(Node):
    """Gives variables new values."""

    kind: Literal["set"]
    values: dict[VariableName, str] = Field(min_length=1, description="变量：表达式 / variable: expression")
    next: NodeName = Field(description="然后 / then")


class Transfer(Node):
    """Connects the caller to a person. Targets are names; numbers stand in the settings, never in a menu."""

    kind: Literal["transfer"]
    text: Text | None = Field(None, description="转接前说的话 / said before the transfer")
    target: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="转给谁（设置里的名字）/ a target named in the settings"
    )
    ring_for: Milliseconds = Field(30_000, description="最多响铃多久 / longest ringing")
    next: NodeName = Field(description="人工通话结束后，来电人还在线 / after the talk, if the caller is still there")
    busy: NodeName = Field(description="占线 / the target is busy")
    no_answer: NodeName = Field(description="没人接 / nobody answers")
    failed: NodeName = Field(description="接不通 / cannot be reached, or no such target is configured")


class Call(Node):
    """Runs another tree and comes back."""

    kind: Literal["call"]
    tree: NodeName = Field(description="另一棵菜单树的 id / id of the other tree")
    arguments: dict[VariableName, str] = Field(default_factory=dict, description="变量：表达式 / variable: expression")
    save: dict[VariableName, str] = Field(
        default_factory=dict,
        description="带回来的变量：表达式 / variables to bring back, from the other tree's",
    )
    next: NodeName = Field(description="回来以后 / after it returns")


class Language(Node):
    """Changes the language of the call."""

    kind: Literal["language"]
    to: str = Field(description="换成哪种语言 / language code such as zh or en")
    next: NodeName = Field(description="然后 / then")


class HangUp(Node):
    """Says goodbye and ends the call, or, in a tree that was called, returns to the caller's tree with `returns`."""

    kind: Literal["hangup"]
    text: Text | None = Field(None, description="再见的话 / the goodbye")
    reason: str = Field("completed", pattern=r"^[a-z][a-z0-9_]*$", description="日志里的原因 / the reason in the log")
    returns: bool = Field(False, description="子树里：回到上一棵树 / in a called tree: go back instead of hanging up")


AnyNode = Annotated[
    Union[Say, Menu, Collect, Query, Branch, Set, Transfer, Call, Language, HangUp],
    Field(discriminator="kind"),
]

#: The one registry of node kinds: loader, schema, manual and engine all read it.
NODE_KINDS: dict[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "query": Query,
    "branch": Branch,
    "set": Set,
    "transfer": Transfer,
    "call": Call,
    "language": Language,
    "hangup": HangUp,
}


class Tree(Model):
    """One menu tree, one file."""

    ivr: Literal[1] = Field(description="菜单语言的版本 / version of the menu language")
    id: NodeName = Field(description="这棵树的名字 / name of the tree; the file is called the same")
    title: Text = Field(description="标题，给人看 / title for people")
    languages: list[str] = Field(min_length=1, description="语言，第一个是基础语言 / languages, base language first")
    start: NodeName = Field(description="从哪一步开始 / the first node")
    main_menu: NodeName | None = Field(None, description="主菜单是哪一步 / the node that 'main menu' goes to")
    way_out: NodeName = Field(description="默认出路，比如人工 / where callers go who cannot get on, such as a person")
    timing: Timing = Field(default_factory=lambda: Timing(), description="默认等待时间 / default timing")
    tries: Tries = Field(default_factory=lambda: Tries(), description="默认次数 / default tries")
    limits: Limits = Field(default_factory=lambda: Limits(), description="上限 / limits")
    universals: dict[UniversalAction, Key] = Field(
        default_factory=lambda: dict(USUAL_UNIVERSALS),
        description="通用键 / universal keys: repeat, slower, back, main_menu, operator, help",
    )
    wording: dict[str, Text] = Field(
        default_factory=dict, description="改写标准句子 / replaces standard sentences of menus/wording/*.yaml"
    )
    variables: dict[VariableName, Any] = Field(
        default_factory=dict, description="变量的初值 / first values of variables"
    )
    nodes: dict[NodeName, AnyNode] = Field(min_length=1, description="步骤 / the nodes")

    @property
    def base_language(self) -> str:
        """The language in which every text must exist."""
        return self.languages[0]


class MenuSet(Model):
    """All trees that a gateway loaded together, and the revision that names exactly this content.

    Attributes:
        trees: tree id to tree.
        revision: hexadecimal digest of the content of all files, 12 characters.
        wording: language to sentence name to template text: the standard sentences.
    """

    trees: dict[str, Tree]
    revision: str
    wording: dict[str, dict[str, str]]
