"""What is being made of a VoiceXML document: nodes, variables, and what could not be carried over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

from menus.duration import written_duration
from menus.expression import parse_expression
from menus.expression_tokens import ExpressionError
from menus.importers.document import local_name
from menus.importers.imported import Lost, Names, plain_name, plain_text
from menus.importers.voicexml_prompts import PROMPTS, prompt_text, timeout_of
from menus.problems import Bilingual

#: What an option can be chosen by.
KEYS = re.compile(r"[0-9*#]{1,8}")
GOODBYE = {"zh": "再见。", "en": "Goodbye."}
_WORDS_OF_EXPRESSIONS = ("and", "or", "not", "none", "true", "false")


class Draft:
    """One tree while it is being made. Nodes are made from the last to the first, so that each knows its next.

    Args:
        dialogs: all menus and forms of the document, each with its name; a node is named after each of them.

    Attributes:
        where: the dialog that is being read, for the report.
    """

    def __init__(self, language: str, dialogs: Sequence[tuple[str, Element]]) -> None:
        self.language = language
        self.dialogs = dialogs
        self.names = Names("goodbye")
        self.nodes: dict[str, Any] = {}
        self.lost: list[Lost] = []
        self.variables: dict[str, Any] = {}
        self.where = ""
        for foreign, _ in dialogs:
            self.names.of(foreign)

    def goto(self, element: Element, node: str) -> str:
        target = element.get("next") or ""
        if target.startswith("#") and target[1:] in {name for name, _ in self.dialogs}:
            return self.names.of(target[1:])
        shown = " ".join(f'{name}="{value}"' for name, value in element.attrib.items())
        self.lose(
            node,
            f"<{local_name(element)} {shown}> 到别的文件或算出来的地方，没有带过来，这里就结束",
            f"<{local_name(element)} {shown}> leads out of this document: the call ends here",
        )
        return "goodbye"

    def step(self, near: str, what: str, data: dict[str, Any]) -> str:
        name = self.names.fresh(f"{near}_{what}")
        self.nodes[name] = data
        return name

    def prompt_of(self, parent: Element, node: str) -> str:
        prompts = [child for child in parent if local_name(child) in PROMPTS]
        loose = [parent.text or ""] if local_name(parent) == "menu" else []
        parts = [plain_text(text) for text in loose]
        parts += [prompt_text([child], self.slot, lambda zh, en: self.lose(node, zh, en)) for child in prompts]
        return " ".join(part for part in parts if part)

    def helps(self, parent: Element, node: str) -> dict[str, Any]:
        """Waiting time, and what is said to those who ask for help. Sentences for silence and mistakes are ours."""
        made: dict[str, Any] = {}
        waits = [timeout_of(element.get("timeout")) for element in parent if local_name(element) == "prompt"]
        waits += [timeout_of(element.get("value")) for element in parent if element.get("name") == "timeout"]
        first = next((wait for wait in waits if wait), 0)
        if first:
            made["timing"] = {"first_input": written_duration(min(86_400_000, max(100, first)))}
        for element in parent:
            kind = local_name(element)
            if kind == "help" and "help" not in made:
                text = prompt_text(list(element), self.slot, lambda zh, en: self.lose(node, zh, en), element.text)
                made.update({"help": text} if text else {})
            elif kind in ("noinput", "nomatch", "catch", "error"):
                said = plain_text("".join(element.itertext()))
                self.lose(
                    node,
                    f"<{kind}>“{said}”没有带过来：没按、按错时用标准句子（wording）",
                    f"<{kind}> {said!r} was left out: the standard sentences are used (wording)",
                )
        return made

    def declare(self, element: Element) -> None:
        name = element.get("name")
        expression = self.expression(element.get("expr") or "none", "") if name else None
        value = (expression or "").strip("'")
        if name and expression is not None:
            self.variables[self.variable(name)] = None if value == "none" else value

    def variable(self, foreign: str) -> str:
        return plain_name(foreign.removeprefix("application.").removeprefix("session."))

    def slot(self, expression: str) -> str | None:
        """A value that is said: only plain variables can be."""
        return f"{{{self.variable(expression)}}}" if re.fullmatch(r"[A-Za-z_]\w*", expression, re.ASCII) else None

    def expression(self, script: str, node: str) -> str | None:
        """A condition or value of ECMAScript as one of ours; None, with a word in the report, where it cannot be."""
        made = re.sub(r"===?", "==", script.replace("!==", "!="))
        made = made.replace("&&", " and ").replace("||", " or ").replace("undefined", "none").replace("null", "none")
        made = re.sub(r"!(?!=)", " not ", made).replace('"', "'")
        pieces = made.split("'")
        pieces[::2] = [re.sub(r"[A-Za-z_][\w.]*", _folded, piece, flags=re.ASCII) for piece in pieces[::2]]
        made = " ".join("'".join(pieces).split())
        try:
            parse_expression(made)
        except ExpressionError:
            self.lose(node, f"条件或值“{script}”看不懂，没有带过来", f"the expression {script!r} was left out")
            return None
        return made

    def lose(self, node: str, zh: str, en: str) -> None:
        self.lost.append(Lost(self.where, node, Bilingual(zh, en)))

    def home(self) -> dict[str, Any]:
        return {"keys": "0", "label": GOODBYE[self.language].strip("。."), "next": "goodbye"}


def _folded(word: re.Match[str]) -> str:
    return ".".join(step if step in _WORDS_OF_EXPRESSIONS else plain_name(step) for step in word[0].split("."))


def unique(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first option of each key."""
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        found.setdefault(option["keys"], option)
    return list(found.values())
