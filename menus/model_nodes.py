"""The kinds of node that speak, ask for keys, compute and lead on. Those that take something from the caller are in
`menus.model_requests`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from menus.model_common import Keys, Listening, Milliseconds, Model, Node, NodeName, Text, VariableName

#: Why the backend gave no answer (docs/backend.md). `locked`: after too many wrong tries. `not_verified`: it wants a
#: PIN, or another one. `taken`: somebody else was quicker.
Reason = Literal[
    "timeout",
    "unreachable",
    "server_error",
    "bad_answer",
    "refused",
    "too_large",
    "locked",
    "not_verified",
    "taken",
]


class Say(Node):
    """Says something and goes on."""

    kind: Literal["say"]
    text: Text = Field(description="说什么 / what is said")
    next: NodeName = Field(description="然后去哪个步骤 / where the call goes then")
    interruptible: bool = Field(True, description="按键可以打断 / a key may interrupt")
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
    last_x: bool = Field(
        False,
        description="最后一位可以按星号或者说叉，算 X，身份证用 / "
        "a star as the last, or X said, is an X, as identity cards have it",
    )
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
    by_reason: dict[Reason, NodeName] = Field(
        default_factory=dict,
        description="有的原因另有去处，不去 failed / for some reasons another node than `failed`, such as locked",
    )


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
