"""VoiceXML 2.x (W3C Recommendations of 2004 and 2007): menus, forms with fields and recordings, goto, conditions.

Every dialog becomes a few nodes of one tree.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from menus.importers.document import local_name, read_document
from menus.importers.imported import Imported, ImportedTree, plain_name, plain_text, spoken_language
from menus.importers.voicexml_draft import GOODBYE, KEYS, Draft, unique
from menus.importers.voicexml_forms import form
from menus.migrations import NEWEST

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def import_menus(content: bytes, name: str, language: str | None) -> Imported:
    """Read one document; its first dialog answers the call."""
    root = read_document(content).root
    spoken = spoken_language(root.get(_LANGUAGE), language, list(root.itertext()))
    return Imported("voicexml", [_tree(root, plain_name(name), spoken)])


def _tree(root: Element, tree_id: str, language: str) -> ImportedTree:
    found = [element for element in root if local_name(element) in ("menu", "form")]
    dialogs = [
        (dialog.get("id") or f"{local_name(dialog)}_{number}", dialog) for number, dialog in enumerate(found, start=1)
    ]
    draft = Draft(language, dialogs)
    for element in root:
        if local_name(element) == "var":
            draft.declare(element)
        elif local_name(element) in ("link", "script", "catch", "noinput", "nomatch", "error", "help"):
            draft.lose("", f"<{local_name(element)}> 没有带过来", f"<{local_name(element)}> was left out")
    for foreign, dialog in dialogs:
        draft.where = foreign
        read = _menu if local_name(dialog) == "menu" else form
        read(draft, dialog, draft.names.of(foreign))
    draft.nodes["goodbye"] = {"kind": "hangup", "text": GOODBYE[language]}
    data: dict[str, Any] = {
        "ivr": NEWEST,
        "id": tree_id,
        "title": _title(root) or tree_id,
        "languages": [language],
        "start": draft.names.of(dialogs[0][0]) if dialogs else "goodbye",
        "way_out": "goodbye",
    }
    if draft.variables:
        data["variables"] = draft.variables
    return ImportedTree(tree_id, {**data, "nodes": draft.nodes}, draft.lost)


def _title(root: Element) -> str:
    titles = (element.get("content", "") for element in root if element.get("name") in ("title", "DC.Title"))
    return next((title for title in map(plain_text, titles) if title), "")


def _menu(draft: Draft, menu: Element, node: str) -> None:
    enumerates = any(local_name(element) == "enumerate" for element in menu.iter())
    prompt = draft.prompt_of(menu, node)
    options = []
    given = {choice.get("dtmf", "").replace(" ", "") for choice in menu if local_name(choice) == "choice"}
    free = (key for key in "123456789" if key not in given)
    for choice in menu:
        if local_name(choice) != "choice":
            continue
        keys = choice.get("dtmf", "").replace(" ", "") or (next(free, "") if menu.get("dtmf") == "true" else "")
        said = plain_text("".join(choice.itertext()))
        if not KEYS.fullmatch(keys):
            keys = next(free, "")
            draft.lose(
                node,
                f"选项“{said or choice.get('next')}”没有按键，给了 {keys or '不出来'}",
                f"the choice {said or choice.get('next')!r} has no key, and got {keys or 'none'}",
            )
            if not keys:
                continue
        target = draft.goto(choice, node)
        option: dict[str, Any] = {"keys": keys, "label": said or plain_text(target.replace("_", " "))}
        if said:
            option["phrases"] = {draft.language: [said]}
        if not (enumerates or not prompt):
            option["spoken"] = False
        options.append({**option, "next": target})
    data: dict[str, Any] = {"kind": "menu", **({"prompt": prompt} if prompt else {})}
    draft.nodes[node] = {**data, **draft.helps(menu, node), "options": unique(options) or [draft.home()]}
