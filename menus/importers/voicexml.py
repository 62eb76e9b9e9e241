"""VoiceXML 2.x (W3C Recommendations of 2004 and 2007): menus, forms with fields and recordings, goto, conditions.

Every dialog becomes a few nodes of one tree. A form runs its items from top to bottom; a field becomes a `collect`, or
a `menu` where its answers are listed; what follows it in `filled` comes next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from menus.duration import written_duration
from menus.expression import parse_expression
from menus.expression_tokens import ExpressionError
from menus.importers.document import local_name, read_document
from menus.importers.imported import (
    Imported,
    ImportedTree,
    Lost,
    Names,
    plain_name,
    plain_text,
    spoken_language,
)
from menus.importers.tidying import empty_step
from menus.importers.voicexml_prompts import PROMPTS, prompt_text, timeout_of
from menus.migrations import NEWEST
from menus.problems import Bilingual

_KEYS = re.compile(r"[0-9*#]{1,8}")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_GOODBYE = {"zh": "再见。", "en": "Goodbye."}
_QUESTION = {"zh": "请输入。", "en": "Please enter it."}
_YES_NO = {"zh": ("是", "不是"), "en": ("yes", "no")}
_ITEMS = ("block", "field", "record", "transfer", "subdialog", "object", "initial")
_IGNORED = ("meta", "metadata", "property", "grammar", "filled", "catch", "noinput", "nomatch", "error", "help", "link")
_WORDS_OF_EXPRESSIONS = ("and", "or", "not", "none", "true", "false")
_TYPES = {
    "digits": ("digits", 1, 20),
    "number": ("number", 1, 9),
    "currency": ("money", 1, 9),
    "date": ("date", 8, 8),
    "phone": ("phone", 3, 15),
    "time": ("digits", 4, 4),
}


def import_menus(content: bytes, name: str, language: str | None) -> Imported:
    """Read one document; its first dialog answers the call."""
    root = read_document(content).root
    spoken = spoken_language(root.get(_LANGUAGE), language, list(root.itertext()))
    return Imported("voicexml", [_Reader(root, plain_name(name), spoken).tree()])


class _Reader:
    """Reads one document into one tree. Nodes are made from the last to the first, so that each knows its next."""

    def __init__(self, root: Element, tree_id: str, language: str) -> None:
        self._root = root
        self._id = tree_id
        self._language = language
        self._names = Names("goodbye")
        self._nodes: dict[str, Any] = {}
        self._lost: list[Lost] = []
        self._variables: dict[str, Any] = {}
        self._where = ""
        self._dialogs = [element for element in root if local_name(element) in ("menu", "form")]
        for number, dialog in enumerate(self._dialogs, start=1):
            self._names.of(self._dialog_id(dialog, number))

    def tree(self) -> ImportedTree:
        for element in self._root:
            if local_name(element) == "var":
                self._declare(element)
            elif local_name(element) in ("link", "script", "catch", "noinput", "nomatch", "error", "help"):
                self._lose("", f"<{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out")
        for number, dialog in enumerate(self._dialogs, start=1):
            foreign = self._dialog_id(dialog, number)
            self._where = foreign
            if local_name(dialog) == "menu":
                self._menu(dialog, self._names.of(foreign))
            else:
                self._form(dialog, self._names.of(foreign))
        start = self._names.of(self._dialog_id(self._dialogs[0], 1)) if self._dialogs else "goodbye"
        self._nodes["goodbye"] = {"kind": "hangup", "text": _GOODBYE[self._language]}
        data: dict[str, Any] = {
            "ivr": NEWEST,
            "id": self._id,
            "title": self._title(),
            "languages": [self._language],
            "start": start,
            "way_out": "goodbye",
        }
        if self._variables:
            data["variables"] = self._variables
        return ImportedTree(self._id, {**data, "nodes": self._nodes}, self._lost)

    def _title(self) -> str:
        titles = (element.get("content", "") for element in self._root if element.get("name") in ("title", "DC.Title"))
        return next((title for title in map(plain_text, titles) if title), self._id)

    def _dialog_id(self, dialog: Element, number: int) -> str:
        return dialog.get("id") or f"{local_name(dialog)}_{number}"

    # Menus

    def _menu(self, menu: Element, node: str) -> None:
        enumerates = any(local_name(element) == "enumerate" for element in menu.iter())
        prompt = self._prompt_of(menu, node)
        options = []
        given = {choice.get("dtmf", "").replace(" ", "") for choice in menu if local_name(choice) == "choice"}
        free = (key for key in "123456789" if key not in given)
        for choice in menu:
            if local_name(choice) != "choice":
                continue
            keys = choice.get("dtmf", "").replace(" ", "") or (next(free, "") if menu.get("dtmf") == "true" else "")
            said = plain_text("".join(choice.itertext()))
            if not _KEYS.fullmatch(keys):
                keys = next(free, "")
                self._lose(
                    node,
                    f"选项“{said or choice.get('next')}”没有按键，给了 {keys or '不出来'}",
                    f"the choice {said or choice.get('next')!r} has no key, and got {keys or 'none'}",
                )
                if not keys:
                    continue
            target = self._goto(choice, node)
            option: dict[str, Any] = {"keys": keys, "label": said or plain_text(target.replace("_", " "))}
            if said:
                option["phrases"] = {self._language: [said]}
            if not (enumerates or not prompt):
                option["spoken"] = False
            options.append({**option, "next": target})
        data: dict[str, Any] = {"kind": "menu", **({"prompt": prompt} if prompt else {})}
        self._nodes[node] = {**data, **self._helps(menu, node), "options": _unique(options) or [self._home()]}

    def _home(self) -> dict[str, Any]:
        return {"keys": "0", "label": _GOODBYE[self._language].strip("。."), "next": "goodbye"}

    # Forms

    def _form(self, form: Element, first: str) -> None:
        items = [element for element in form if local_name(element) in _ITEMS]
        for element in form:
            if local_name(element) == "var":
                self._declare(element)
            elif local_name(element) not in (*_ITEMS, *_IGNORED) and local_name(element):
                self._lose(first, f"<{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out")
            elif local_name(element) in ("link", "initial", "grammar"):
                self._lose(
                    first, f"整个表单的 <{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out"
                )
        names = [first, *(self._names.fresh(self._item_name(item, first)) for item in items[1:]), "goodbye"]
        form_filled = [element for element in form if local_name(element) == "filled"]
        following = self._content(form_filled, names[-1], first) if form_filled else names[-1]
        for index in range(len(items) - 1, -1, -1):
            next_node = names[index + 1] if index + 1 < len(items) else following
            self._item(items[index], names[index], next_node)
        if not items:
            self._nodes[first] = empty_step(following)

    def _item_name(self, item: Element, form: str) -> str:
        return item.get("name") or f"{form}_{local_name(item)}"

    def _item(self, item: Element, node: str, following: str) -> None:
        kind = local_name(item)
        if item.get("cond"):
            self._lose(node, f"条件 cond={item.get('cond')} 没有带过来", f"cond={item.get('cond')} was left out")
        if kind == "block":
            self._named(node, self._content([item], following, node), following)
        elif kind == "field":
            self._field(item, node, following)
        elif kind == "record":
            self._record(item, node, following)
        elif kind == "transfer":
            self._transfer(item, node, following)
        else:
            self._lose(node, f"<{kind}> 没有带过来", f"<{kind}> was left out")
            self._named(node, following, following)

    def _named(self, node: str, made: str, following: str) -> None:
        """Give the first of some nodes the name under which others know it."""
        if made != following and made in self._nodes and made not in self._referred():
            self._nodes[node] = self._nodes.pop(made)
        else:
            self._nodes[node] = empty_step(made)

    def _referred(self) -> set[str]:
        return {
            value
            for data in self._nodes.values()
            for part in (data, *data.get("choices", ()), *data.get("options", ()))
            for value in part.values()
            if isinstance(value, str)
        } | {self._names.of(self._dialog_id(dialog, number)) for number, dialog in enumerate(self._dialogs, start=1)}

    def _field(self, field: Element, node: str, following: str) -> None:
        variable = self._variable(field.get("name") or node)
        filled = [element for element in field if local_name(element) == "filled"]
        after = self._content(filled, following, node) if filled else following
        prompt = self._prompt_of(field, node) or _QUESTION[self._language]
        common = {"prompt": prompt, **self._helps(field, node)}
        answers = [element for element in field if local_name(element) == "option"]
        type_name, _, parameters = (field.get("type") or "").partition("?")
        if type_name == "boolean":
            yes, no = _YES_NO[self._language]
            self._answers(node, variable, [("1", yes, "true"), ("2", no, "false")], common, after, spoken=True)
        elif answers:
            listed = []
            for number, answer in enumerate(answers, start=1):
                said = plain_text("".join(answer.itertext())) or str(number)
                keys = answer.get("dtmf", "").replace(" ", "") or str(number)
                listed.append((keys, said, f"'{_quotable(answer.get('value') or said)}'"))
            self._answers(node, variable, listed, common, after, spoken=True)
        else:
            self._collect(field, node, variable, (type_name, parameters), common, after)

    def _answers(
        self,
        node: str,
        variable: str,
        answers: list[tuple[str, str, str]],
        common: dict[str, Any],
        after: str,
        *,
        spoken: bool,
    ) -> None:
        """A menu whose options set a variable."""
        options = []
        for keys, said, value in answers:
            if not _KEYS.fullmatch(keys):
                self._lose(
                    node, f"答案“{said}”的按键 {keys} 不能用", f"the key {keys} of the answer {said!r} cannot be used"
                )
                continue
            step = self._names.fresh(f"{node}_{keys}".replace("*", "star").replace("#", "pound"))
            self._nodes[step] = {"kind": "set", "values": {variable: value}, "next": after}
            phrases = {self._language: [said]}
            options.append({"keys": keys, "label": said, "phrases": phrases, "spoken": spoken, "next": step})
        self._nodes[node] = {"kind": "menu", **common, "options": _unique(options) or [self._home()]}

    def _collect(
        self, field: Element, node: str, variable: str, typed: tuple[str, str], common: dict[str, Any], after: str
    ) -> None:
        type_name, parameters = typed
        grammar = next((element for element in field if local_name(element) == "grammar"), None)
        if grammar is not None or type_name not in _TYPES:
            named = (grammar.get("src") if grammar is not None else "") or type_name or "<grammar>"
            self._lose(
                node,
                f"语法 {named} 没有带过来：现在收数字；要听来电人说话，改成 menu（写 phrases）或 ask",
                f"the grammar {named} was left out: digits are collected; for speech use a menu with phrases, or ask",
            )
        say_as, fewest, greatest = _TYPES.get(type_name, ("digits", 1, 20))
        found = re.findall(r"(minlength|maxlength|length)=(\d{1,2})", parameters)
        limits = {str(key): int(value) for key, value in found}
        least = limits.get("minlength", limits.get("length", fewest))
        most = limits.get("maxlength", limits.get("length", greatest))
        length = {"least": min(64, max(1, least)), "most": min(64, max(1, most, least))}
        collect = {"kind": "collect", **common, "save_as": variable, **length, "say_as": say_as}
        self._nodes[node] = {**collect, "next": after}

    def _record(self, record: Element, node: str, following: str) -> None:
        variable = self._variable(record.get("name") or node)
        filled = [element for element in record if local_name(element) == "filled"]
        after = self._content(filled, following, node) if filled else following
        prompt = self._prompt_of(record, node) or _QUESTION[self._language]
        data: dict[str, Any] = {"kind": "record", "prompt": prompt}
        longest = timeout_of(record.get("maxtime"))
        if longest:
            data["longest"] = written_duration(min(600_000, max(5000, longest)))
            if longest < 5000:
                self._lose(node, "录音至少 5 秒", "a recording may be no shorter than 5 s")
        self._nodes[node] = {**data, "save_as": variable, "next": after, "failed": after}

    def _transfer(self, transfer: Element, node: str, following: str) -> None:
        filled = [element for element in transfer if local_name(element) == "filled"]
        after = self._content(filled, following, node) if filled else following
        destination = transfer.get("dest") or transfer.get("destexpr") or ""
        target = plain_name(f"to_{destination.partition(':')[2].partition(';')[0] or destination}")
        self._lose(
            node,
            f"号码不写在菜单里：在设置 transfer.targets.{target} 写上 {destination}",
            f"numbers stand in the settings: set transfer.targets.{target} for {destination}",
        )
        text = self._prompt_of(transfer, node)
        ways = dict.fromkeys(("next", "busy", "no_answer", "failed"), after)
        self._nodes[node] = {"kind": "transfer", **({"text": text} if text else {}), "target": target, **ways}

    # Executable content

    def _content(self, parents: list[Element], following: str, near: str) -> str:
        """Make nodes for what stands in some elements, and return the first of them."""
        steps = [step for parent in parents for step in _statements(parent)]
        node = following
        for kind, given in reversed(steps):
            node = self._statement(kind, given, node, near)
        return node

    def _statement(self, kind: str, given: Any, following: str, near: str) -> str:
        if kind == "say":
            text = prompt_text(given, self._slot, lambda zh, en: self._lose(near, zh, en))
            return self._step(near, "say", {"kind": "say", "text": text, "next": following}) if text else following
        element: Element = given
        if kind in ("goto", "submit"):
            return self._goto(element, near)
        if kind in ("exit", "disconnect", "return"):
            return "goodbye"
        if kind in ("assign", "var") and (element.get("name") or "").replace("_", "a").isalnum():
            return self._assign(element, following, near)
        if kind == "if":
            return self._if(element, following, near)
        if kind not in ("reprompt", "log", "clear"):
            self._lose(near, f"<{kind}> 没有带过来", f"<{kind}> was left out")
        return following

    def _assign(self, element: Element, following: str, near: str) -> str:
        expression = self._expression(element.get("expr") or "none", near)
        if expression is None:
            return following
        values = {self._variable(str(element.get("name"))): expression}
        return self._step(near, "set", {"kind": "set", "values": values, "next": following})

    def _if(self, element: Element, following: str, near: str) -> str:
        """`if`, `elseif` and `else` are siblings within the `if` element (VoiceXML 2.0, 5.3.4)."""
        branches: list[tuple[str | None, list[Element]]] = [(element.get("cond"), [])]
        for child in element:
            if local_name(child) == "elseif":
                branches.append((child.get("cond"), []))
            elif local_name(child) == "else":
                branches.append((None, []))
            else:
                branches[-1][1].append(child)
        choices, otherwise = [], following
        for condition, children in branches:
            part = Element("part")
            part.extend(children)
            target = self._content([part], following, near)
            if condition is None:
                otherwise = target
                continue
            expression = self._expression(condition, near)
            if expression is not None:
                choices.append({"when": expression, "next": target})
        if not choices:
            return otherwise
        return self._step(near, "if", {"kind": "branch", "choices": choices, "otherwise": otherwise})

    def _goto(self, element: Element, node: str) -> str:
        target = element.get("next") or ""
        known = {self._dialog_id(dialog, number) for number, dialog in enumerate(self._dialogs, start=1)}
        if target.startswith("#") and target[1:] in known:
            return self._names.of(target[1:])
        shown = " ".join(f'{name}="{value}"' for name, value in element.attrib.items())
        self._lose(
            node,
            f"<{local_name(element)} {shown}> 到别的文件或算出来的地方，没有带过来，这里就结束",
            f"<{local_name(element)} {shown}> leads out of this document: the call ends here",
        )
        return "goodbye"

    def _step(self, near: str, what: str, data: dict[str, Any]) -> str:
        name = self._names.fresh(f"{near}_{what}")
        self._nodes[name] = data
        return name

    # Words and values

    def _prompt_of(self, parent: Element, node: str) -> str:
        prompts = [child for child in parent if local_name(child) in PROMPTS]
        loose = [parent.text or ""] if local_name(parent) == "menu" else []
        parts = [plain_text(text) for text in loose]
        parts += [prompt_text([child], self._slot, lambda zh, en: self._lose(node, zh, en)) for child in prompts]
        return " ".join(part for part in parts if part)

    def _helps(self, parent: Element, node: str) -> dict[str, Any]:
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
                text = prompt_text(list(element), self._slot, lambda zh, en: self._lose(node, zh, en), element.text)
                made.update({"help": text} if text else {})
            elif kind in ("noinput", "nomatch", "catch", "error"):
                said = plain_text("".join(element.itertext()))
                self._lose(
                    node,
                    f"<{kind}>“{said}”没有带过来：没按、按错时用标准句子（wording）",
                    f"<{kind}> {said!r} was left out: the standard sentences are used (wording)",
                )
        return made

    def _declare(self, element: Element) -> None:
        name = element.get("name")
        expression = self._expression(element.get("expr") or "none", "") if name else None
        value = (expression or "").strip("'")
        if name and expression is not None:
            self._variables[self._variable(name)] = None if value == "none" else value

    def _variable(self, foreign: str) -> str:
        return plain_name(foreign.removeprefix("application.").removeprefix("session."))

    def _slot(self, expression: str) -> str | None:
        """A value that is said: only plain variables can be."""
        return f"{{{self._variable(expression)}}}" if re.fullmatch(r"[A-Za-z_]\w*", expression, re.ASCII) else None

    def _expression(self, script: str, node: str) -> str | None:
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
            self._lose(node, f"条件或值“{script}”看不懂，没有带过来", f"the expression {script!r} was left out")
            return None
        return made

    def _lose(self, node: str, zh: str, en: str) -> None:
        self._lost.append(Lost(self._where, node, Bilingual(zh, en)))


def _statements(parent: Element) -> Iterator[tuple[str, Any]]:
    """What happens in an element, in order: texts that follow one another are said in one go."""
    said: list[Any] = [parent.text or ""]
    for child in parent:
        if local_name(child) in PROMPTS:
            said.append(child)
        elif local_name(child):
            yield "say", said
            said = []
            yield local_name(child), child
        said.append(child.tail or "")
    yield "say", said


def _folded(word: re.Match[str]) -> str:
    return ".".join(step if step in _WORDS_OF_EXPRESSIONS else plain_name(step) for step in word[0].split("."))


def _quotable(value: str) -> str:
    return plain_text(value).replace("'", "").replace("\\", "")


def _unique(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first option of each key."""
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        found.setdefault(option["keys"], option)
    return list(found.values())
