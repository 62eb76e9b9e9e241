"""FreeSWITCH `ivr_menu` XML (`conf/ivr_menus/*.xml`): menus with entries for digits.

Every `<menu>` becomes a node of one tree. Their prompts name the keys themselves, so the options are not spoken again.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from menus.duration import written_duration
from menus.importers.document import CannotImport, local_name, read_document
from menus.importers.imported import (
    Imported,
    ImportedTree,
    Lost,
    Names,
    plain_name,
    plain_text,
    spoken_language,
    words_of_file,
)
from menus.keys import spoken_key
from menus.migrations import NEWEST
from menus.problems import Bilingual

_KEYS = re.compile(r"[0-9*#]{1,8}")
_DIAL = re.compile(r"(transfer|bridge|deflect)\s+(\S+)")
_WITHOUT_EQUAL = (
    "invalid-sound",
    "confirm-macro",
    "confirm-key",
    "pin",
    "exec-on-max-failures",
    "exec-on-max-timeouts",
)
_NOT_YET = {"zh": "对不起，这一项还没有开通。", "en": "I am sorry, this choice is not available yet."}
_LABEL = {"zh": "选项{keys}", "en": "choice {keys}"}
_GOODBYE = {"zh": "再见。", "en": "Goodbye."}


def import_menus(content: bytes, name: str, language: str | None) -> Imported:
    """Read a file with one or more `<menu>`; the first one answers the call."""
    root = read_document(content).root
    menus = [element for element in root.iter() if local_name(element) == "menu" and element.get("name")]
    if not menus:
        raise CannotImport("没有 <menu name=…> / there is no <menu name=…>")
    texts = [value for menu in menus for value in menu.attrib.values() if value.startswith("say:")]
    return Imported("freeswitch", [_Reader(menus, plain_name(name), spoken_language(None, language, texts)).tree()])


class _Reader:
    """Reads the menus of one file into one tree."""

    def __init__(self, menus: list[Element], tree_id: str, language: str) -> None:
        self._menus = menus
        self._language = language
        self._id = tree_id
        self._names = Names("goodbye")
        self._nodes: dict[str, Any] = {}
        self._lost: list[Lost] = []
        self._parents: dict[str, str] = {}
        for menu in menus:
            self._names.of(str(menu.get("name")))

    def tree(self) -> ImportedTree:
        known = {str(menu.get("name")) for menu in self._menus}
        for menu in self._menus:
            for entry in menu:
                if entry.get("action") == "menu-sub" and entry.get("param") in known:
                    self._parents.setdefault(str(entry.get("param")), str(menu.get("name")))
        for menu in self._menus:
            self._menu(menu)
        goodbye = next((sound for menu in self._menus if (sound := menu.get("exit-sound"))), "")
        text = self._said(goodbye, str(self._menus[0].get("name")), "goodbye") if goodbye else _GOODBYE[self._language]
        self._nodes["goodbye"] = {"kind": "hangup", "text": text}
        data = {
            "ivr": NEWEST,
            "id": self._id,
            "title": plain_text(str(self._menus[0].get("name"))) or self._id,
            "languages": [self._language],
            "start": self._names.of(str(self._menus[0].get("name"))),
            "way_out": "goodbye",
            "nodes": self._nodes,
        }
        return ImportedTree(self._id, data, self._lost)

    def _menu(self, menu: Element) -> None:
        foreign = str(menu.get("name"))
        node = self._names.of(foreign)
        data: dict[str, Any] = {"kind": "menu"}
        self._nodes[node] = data
        data["prompt"] = self._said(menu.get("greet-long") or menu.get("greet-short") or "", foreign, node)
        if menu.get("greet-short") and menu.get("greet-long"):
            data["short"] = self._said(str(menu.get("greet-short")), foreign, node)
        timing = {
            "first_input": _duration(menu.get("timeout")),
            "between_keys": _duration(menu.get("inter-digit-timeout")),
        }
        if any(timing.values()):
            data["timing"] = {key: value for key, value in timing.items() if value}
        tries = {"silence": _count(menu.get("max-timeouts")), "wrong": _count(menu.get("max-failures"))}
        if any(tries.values()):
            data["tries"] = {key: value for key, value in tries.items() if value}
        for attribute in _WITHOUT_EQUAL:
            if menu.get(attribute):
                self._lose(
                    foreign,
                    node,
                    f"{attribute}={menu.get(attribute)} 没有带过来；听错、没按时用标准句子（wording）",
                    f"{attribute}={menu.get(attribute)} was left out: the standard sentences are used (wording)",
                )
        options = [option for entry in menu if (option := self._option(entry, foreign, node))]
        data["options"] = options or [self._way_home(foreign, node)]

    def _way_home(self, foreign: str, node: str) -> dict[str, Any]:
        self._lose(foreign, node, "没有能用的选项，加了 0 结束", "no entry could be used: 0 ends the call")
        return {"keys": "0", "label": _GOODBYE[self._language].strip("。."), "spoken": False, "next": "goodbye"}

    def _option(self, entry: Element, foreign: str, node: str) -> dict[str, Any] | None:
        if local_name(entry) != "entry":
            return None
        digits, action, parameter = entry.get("digits", ""), entry.get("action", ""), entry.get("param", "")
        if not _KEYS.fullmatch(digits):
            self._lose(
                foreign,
                node,
                f"按键 {digits} 是规则，不是按键（{action} {parameter}）：用 collect 加 branch 来写",
                f"the digits {digits} are a pattern ({action} {parameter}): write it as collect and branch",
            )
            return None
        # Prompts name their keys themselves; the label is for people, in logs and graphs.
        label = _LABEL[self._language].format(keys=spoken_key(digits, self._language))
        target = self._target(action, parameter, foreign, node, digits)
        return {"keys": digits, "label": label, "spoken": False, "next": target}

    def _target(self, action: str, parameter: str, foreign: str, node: str, digits: str) -> str:
        first = str(self._menus[0].get("name"))
        if action == "menu-sub" and parameter in {menu.get("name") for menu in self._menus}:
            return self._names.of(parameter)
        if action == "menu-top":
            return self._names.of(first)
        if action == "menu-back":
            return self._names.of(self._parents.get(foreign, first))
        if action == "menu-exit":
            return "goodbye"
        step = self._names.fresh(f"{node}_{digits}".replace("*", "star").replace("#", "pound"))
        if action in ("menu-play-sound", "menu-say-phrase"):
            self._nodes[step] = {"kind": "say", "text": self._said(parameter, foreign, step), "next": node}
            return step
        dial = _DIAL.match(parameter) if action == "menu-exec-app" else None
        if dial:
            self._nodes[step] = self._transfer(dial[2], foreign, step)
            return step
        if action == "menu-exec-app" and parameter.split(" ")[0] == "hangup":
            return "goodbye"
        self._nodes[step] = {"kind": "say", "text": _NOT_YET[self._language], "next": node}
        self._lose(
            foreign, step, f"按 {digits} 的 {action} {parameter} 没有带过来", f"{action} {parameter} was left out"
        )
        return step

    def _transfer(self, destination: str, foreign: str, step: str) -> dict[str, Any]:
        target = plain_name(f"to_{destination.rpartition('/')[2].partition('@')[0]}")
        self._lose(
            foreign,
            step,
            f"号码不写在菜单里：在设置 transfer.targets.{target} 写上 {destination}",
            f"numbers stand in the settings: set transfer.targets.{target} for {destination}",
        )
        ways = dict.fromkeys(("next", "busy", "no_answer", "failed"), "goodbye")
        return {"kind": "transfer", "target": target, **ways}

    def _said(self, sound: str, foreign: str, node: str) -> str:
        """The words of a prompt. Of a recording or a phrase macro only the name is known."""
        if sound.startswith("say:") and plain_text(sound[4:]):
            return plain_text(sound[4:])
        words = words_of_file(sound) if sound else plain_text(foreign)
        self._lose(
            foreign,
            node,
            f"录音 {sound or '（没有）'} 说的话不在文件里：写上它说的话，现在是“{words}”",
            f"what {sound or '(no prompt)'} says is not in the file: write its words in place of {words!r}",
        )
        return words

    def _lose(self, where: str, node: str, zh: str, en: str) -> None:
        self._lost.append(Lost(where, node, Bilingual(zh, en)))


def _duration(milliseconds: str | None) -> str:
    """FreeSWITCH counts in milliseconds; ours has limits of its own."""
    if milliseconds is None or not milliseconds.isascii() or not milliseconds.isdecimal() or len(milliseconds) > 7:
        return ""
    return written_duration(max(100, int(milliseconds))) if int(milliseconds) else ""


def _count(written: str | None) -> int:
    if written is None or not written.isascii() or not written.isdecimal():
        return 0
    return min(9, max(1, int(written[:4])))
