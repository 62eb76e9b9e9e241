"""The kinds of node that take something from the caller, or send something after them: open questions, recordings,
ratings, messages, callbacks, and what is remembered for the next call.

What callers leave is on disk before they hear that it was kept; `failed` is where a call goes when it is not.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from menus.model_common import Keys, Listening, Milliseconds, Model, Node, NodeName, Text, VariableName

_DETAILS = "一起交上去的内容：表达式 / handed over with it, each an expression"
_RECEIPT = (
    "回执存到哪个变量，里面的 reference 可以念 / the variable that holds the receipt; its `reference` can be said"
)
_KIND_LEFT = "交给后台时叫什么 / what the backend is told that this is"


class Ask(Listening):
    """Asks an open question. The caller says what they want, or presses a key to choose from a menu instead.

    What was said goes to an operation of the backend, such as a search. At most three answers are read back, each with
    a key; `save_as` holds the one that the caller takes.
    """

    kind: Literal["ask"]
    operation: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="后台操作的名字 / the operation of the backend")
    words_as: VariableName = Field(
        "q", description="来电人说的话作为哪个参数 / the argument that gets the words of the caller"
    )
    arguments: dict[str, str] = Field(
        default_factory=dict, description="别的参数：表达式 / other arguments, each an expression"
    )
    items: str = Field(
        "items",
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
        description="回答里哪一项是清单 / where in the answer the list is",
    )
    label: VariableName = Field("title", description="清单里每一项怎么念 / the field by which an item is named aloud")
    most: int = Field(3, ge=1, le=3, description="最多念几项 / read back no more items than this")
    save_as: VariableName = Field(description="选中的存到哪个变量 / the variable that holds the item that was chosen")
    budget: Milliseconds = Field(8000, description="最多等多久 / longest wait for the answer")
    next: NodeName = Field(description="选好以后去哪里 / where the call goes when one is chosen")
    by_keys: NodeName = Field(description="想按键的人去哪里 / where callers go who would rather press keys")
    not_found: NodeName = Field(description="什么也没找到 / nothing was found")
    failed: NodeName = Field(description="后台查不了 / the backend could not answer")


class Record(Listening):
    """Records what the caller says after a beep, and hands it over.

    A key or silence ends the recording. The caller may hear it, say it again, or keep it. Who hangs up has kept what
    was said until then.
    """

    kind: Literal["record"]
    longest: Milliseconds = Field(120_000, ge=5000, le=600_000, description="最长录多久 / longest recording")
    least: Milliseconds = Field(1000, description="短于这个就算没说 / anything shorter counts as nothing said")
    silence: Milliseconds = Field(4000, ge=1000, description="停多久就算说完 / silence that ends the recording")
    review: bool = Field(True, description="录完可以听、可以重录 / the caller may hear it and say it again")
    leave_as: VariableName = Field("recording", description=_KIND_LEFT)
    details: dict[VariableName, str] = Field(default_factory=dict, description=_DETAILS)
    save_as: VariableName | None = Field(None, description=_RECEIPT)
    next: NodeName = Field(description="留好以后去哪里 / where the call goes when it is kept")
    failed: NodeName = Field(description="没能留下 / it could not be kept")


class Rate(Listening):
    """Asks for a mark from 1 to 5, five being the best. Who says nothing simply goes on."""

    kind: Literal["rate"]
    leave_as: VariableName = Field("rating", description=_KIND_LEFT)
    details: dict[VariableName, str] = Field(default_factory=dict, description=_DETAILS)
    save_as: VariableName = Field("rating", description="分数存到哪个变量 / the variable that holds the mark")
    next: NodeName = Field(description="然后去哪里 / where the call goes then")
    failed: NodeName | None = Field(
        None,
        description="没能记下，不写就照常往下 / the mark could not be kept; like `next` if left out",
    )


class Send(Node):
    """Sends a text message, normally to the caller, and tells what became of it."""

    kind: Literal["send"]
    channel: Literal["sms", "sip", "any"] = Field(
        "sms",
        description="短信；话机屏幕；any：有屏幕用屏幕，没有发短信 / text message; display of the telephone; either",
    )
    message: Text = Field(description="短信的内容 / what is sent")
    to: str = Field("call.caller", description="发给谁：表达式 / the number it goes to, an expression")
    text: Text | None = Field(None, description="发送时说的话 / said while it is sent")
    budget: Milliseconds = Field(8000, description="最多等多久 / longest wait for the result")
    next: NodeName = Field(description="发出去了 / it was sent")
    queued: NodeName | None = Field(
        None, description="排上队了，过一会儿发；不写就和 next 一样 / it will be sent later; like `next` if left out"
    )
    failed: NodeName = Field(description="发不出去 / it cannot be sent")


class CallbackTime(Model):
    """A time at which somebody may call back."""

    keys: Keys = Field(description="按哪个键，写在引号里 / the keys, in quotes")
    label: Text = Field(description="怎么念 / how it is named aloud")
    value: str = Field(min_length=1, max_length=100, description="交上去写成什么 / what is handed over")


class Callback(Listening):
    """Notes that somebody shall call the caller back: on the number they call from or another one, and when."""

    kind: Literal["callback"]
    prompt: Text = Field(default_factory=dict, description="先说的话 / said first")
    reason: str = Field("''", description="为什么回电：表达式 / what the call is about, an expression")
    times: list[CallbackTime] = Field(
        default_factory=list,
        max_length=5,
        description="什么时候方便，可以不写 / times to choose from, if any",
    )
    leave_as: VariableName = Field("callback", description=_KIND_LEFT)
    details: dict[VariableName, str] = Field(default_factory=dict, description=_DETAILS)
    save_as: VariableName | None = Field(None, description=_RECEIPT)
    next: NodeName = Field(description="记好以后去哪里 / where the call goes when it is noted")
    failed: NodeName = Field(description="没能记下 / it could not be noted")


class Remember(Listening):
    """Asks the caller whether the gateway may remember some values for their next call, and does so for some days.

    What was remembered is there from the beginning of the next call as `profile`. `language`, `pace` (`normal` or
    `slow`) and `style` (`normal`, `short` or `elderly`) take effect by themselves. Without a yes nothing is kept, and
    what had been kept is forgotten. Who has said yes before is not asked again, unless `ask_again` says so. A caller
    without a number is not asked.
    """

    kind: Literal["remember"]
    prompt: Text = Field(
        default_factory=dict, description="怎么问，不写就用标准句子 / how to ask; a standard sentence if left out"
    )
    values: dict[VariableName, str] = Field(
        min_length=1, max_length=10, description="记住什么：表达式 / what to remember, each an expression"
    )
    days: int = Field(180, ge=1, le=730, description="记多少天 / for how many days")
    ask_again: bool = Field(
        False, description="说过要记的人也再问，说不用就忘掉 / asks those who said yes before; a no then forgets"
    )
    next: NodeName = Field(description="然后去哪里 / where the call goes then")
