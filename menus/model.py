"""The menu language, version 1: what a tree may contain.

Every class is one thing an author can write; every field description is what the author sees while editing. A loaded
tree is immutable, so that calls in progress keep the revision with which they began.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field

from menus.model_common import (
    USUAL_UNIVERSALS,
    Interruption,
    Key,
    Keys,
    Limits,
    Listening,
    Milliseconds,
    Model,
    Node,
    NodeName,
    Reading,
    Resumable,
    Style,
    Text,
    Timing,
    Tries,
    UniversalAction,
    VariableName,
    Variant,
    Voice,
    resumable_of_author,
)
from menus.model_hours import Hours
from menus.model_nodes import (
    Branch,
    Call,
    Choice,
    Collect,
    HangUp,
    Language,
    Menu,
    Option,
    Query,
    Say,
    Set,
    Transfer,
)
from menus.model_requests import Ask, Callback, CallbackTime, Rate, Record, Remember, Send
from menus.model_values import Parameter, Variable, VariableOrValue

__all__ = [
    "NODE_KINDS",
    "USUAL_UNIVERSALS",
    "AnyNode",
    "Ask",
    "Branch",
    "Call",
    "Callback",
    "CallbackTime",
    "Choice",
    "Collect",
    "HangUp",
    "Hours",
    "Interruption",
    "Key",
    "Keys",
    "Language",
    "Limits",
    "Listening",
    "Menu",
    "MenuSet",
    "Milliseconds",
    "Model",
    "Node",
    "NodeName",
    "Option",
    "Parameter",
    "Query",
    "Rate",
    "Record",
    "Remember",
    "Resumable",
    "Say",
    "Send",
    "Set",
    "Style",
    "Text",
    "Timing",
    "Transfer",
    "Tree",
    "Tries",
    "UniversalAction",
    "Variable",
    "VariableName",
    "Variant",
]

AnyNode = Annotated[
    Union[
        Say,
        Menu,
        Collect,
        Ask,
        Query,
        Branch,
        Set,
        Record,
        Rate,
        Send,
        Transfer,
        Callback,
        Remember,
        Call,
        Language,
        HangUp,
    ],
    Field(discriminator="kind"),
]

#: The one registry of node kinds: loader, schema, manual and engine all read it.
NODE_KINDS: dict[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "ask": Ask,
    "query": Query,
    "branch": Branch,
    "set": Set,
    "record": Record,
    "rate": Rate,
    "send": Send,
    "transfer": Transfer,
    "callback": Callback,
    "remember": Remember,
    "call": Call,
    "language": Language,
    "hangup": HangUp,
}


class Tree(Model):
    """One menu tree, one file."""

    ivr: Literal[2] = Field(description="菜单语言的版本 / version of the menu language")
    id: NodeName = Field(description="这棵树的名字 / name of the tree; the file is called the same")
    title: Text = Field(description="标题，给人看 / title for people")
    languages: list[str] = Field(min_length=1, description="语言，第一个是基础语言 / languages, base language first")
    include: list[str] = Field(
        default_factory=list, max_length=20, description="共用的片段，如 common.part.yaml / fragments that trees share"
    )
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
    topic: Text | None = Field(
        None, description="再打来接着办时怎么称呼，不写就用标题 / what this is called to a caller who takes it up again"
    )
    resumable: (
        Annotated[Resumable, BeforeValidator(resumable_of_author, json_schema_input_type=Union[str, Resumable])] | None
    ) = Field(
        None,
        description="断线后多久之内可以接着办 / how long a call that broke off can be taken up again",
    )
    hours: dict[VariableName, Hours] = Field(
        default_factory=dict, description="上班时间 / business hours, each a variable of its name"
    )
    wording: dict[str, Text] = Field(
        default_factory=dict, description="改写标准句子 / replaces standard sentences of menus/wording/*.yaml"
    )
    voices: dict[str, Voice] = Field(
        default_factory=dict, description="用什么声音、语速，按语言写 / the voice and speed of each language"
    )
    readings: dict[str, dict[Reading, Reading]] = Field(
        default_factory=dict,
        description="念法：语音会念错的地名、人名，用同音字写 / readings of names that voices misread, by language",
    )
    variables: dict[VariableName, VariableOrValue] = Field(
        default_factory=dict,
        description="变量：初值，或者 {type: …, start: …} / variables: first values, or with a type",
    )
    parameters: dict[VariableName, Parameter] = Field(
        default_factory=dict, description="被别的树调用时要给的值 / what a tree that calls this one gives it"
    )
    results: dict[VariableName, Variable] = Field(
        default_factory=dict, description="带回去的结果 / what this tree gives back to the one that called it"
    )
    nodes: dict[NodeName, AnyNode] = Field(min_length=1, description="步骤 / the nodes")

    def voice_wish(self, language: str, node: Node | None = None) -> str:
        """The voice and speed in which a node, or the tree, speaks a language; empty for the usual ones."""
        own = node.voices.get(language) if node is not None else None
        voice = own or self.voices.get(language)
        return voice.wish if voice is not None else ""

    @property
    def first_values(self) -> dict[str, Any]:
        """Every variable that has a value from the beginning, with that value."""
        plain = {name: value for name, value in self.variables.items() if not isinstance(value, Variable)}
        return plain | {name: one.start for name, one in self.declared.items() if one.start is not None}

    @property
    def declared(self) -> dict[str, Variable]:
        """Every variable that is declared with its type."""
        typed = {name: value for name, value in self.variables.items() if isinstance(value, Variable)}
        return {**typed, **self.results, **self.parameters}

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
        readings: language to word to how it is said, of all trees: a name is said in one way wherever it is said.
    """

    trees: dict[str, Tree]
    revision: str
    wording: dict[str, dict[str, str]]
    readings: dict[str, dict[str, str]] = Field(default_factory=dict)
