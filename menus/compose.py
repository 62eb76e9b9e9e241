"""Composes what is said: the one place where prompts are put together.

The engine says these templates; the ahead-of-time renderer asks for all of them with `every_template`. Because both
come from here, a prompt that a call can speak has always been rendered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from menus import compose_requests
from menus.compose_sentences import Wording, sentence, sentence_break, spoken_text
from menus.keys import CONFIRM_NO, CONFIRM_YES, active_universals, spoken_key
from menus.model import Collect, Listening, Menu, MenuSet, Node, Style, Text, Tree, UniversalAction, Variant
from menus.parts import Pause, Piece, Slot, Template, Words
from menus.template import join
from menus.walk import node_texts
from menus.wording import SENTENCES

__all__ = [
    "DOUBTED_ACTIONS",
    "RUNGS",
    "Rung",
    "Utterance",
    "Wording",
    "confirmation",
    "doubt",
    "every_template",
    "language_for",
    "pace_of",
    "prompt",
    "resume",
    "sentence",
    "spoken_text",
    "texts_of",
]

#: How a prompt is said: in full, shortened after a first mistake, or slowly with the keys listed.
Rung = Literal["first", "short", "slow"]
RUNGS: tuple[Rung, ...] = ("first", "short", "slow")

_BETWEEN_OPTIONS = Pause(600)
#: Universal actions that a caller is asked about when they were not heard well. The others do no harm.
DOUBTED_ACTIONS: tuple[UniversalAction, ...] = ("back", "main_menu", "operator")


class Utterance(NamedTuple):
    """Something that a call may speak.

    Attributes:
        voice: wish for a voice and a speed, see `menus.model_common.Voice.wish`.
    """

    language: str
    pace: Literal["normal", "slow"]
    template: Template
    voice: str


def pace_of(rung: Rung) -> Literal["normal", "slow"]:
    """Return the pace in which a rung is spoken."""
    return "slow" if rung == "slow" else "normal"


def language_for(tree: Tree, node: Node, language: str) -> str:
    """Return the language in which a node speaks: the caller's, or the base language where a translation is missing.

    A node never mixes languages: a voice reads one language at a time.
    """
    return language if all(language in text for text in texts_of(node)) else tree.base_language


def texts_of(node: Node) -> list[Text]:
    """Return every text of a node that may be spoken."""
    unspoken = [option.label for option in node.options if not option.spoken] if isinstance(node, Menu) else []
    # The topic is said in another call, within another sentence.
    return [text for _, text in node_texts(node) if text is not node.topic and all(text is not one for one in unspoken)]


def prompt(
    tree: Tree,
    wording: Wording,
    node: Listening,
    language: str,
    rung: Rung = "first",
    *,
    phase: str = "",
    invites_speech: bool = False,
    style: Style | None = None,
) -> Template:
    """Return the whole prompt of a node that listens, on a rung of the ladder.

    - `first`: the prompt, then the options or the hint how to end the input.
    - `short`: `short` in place of the prompt; a menu without one says only its options.
    - `slow`: an announcement, the short prompt, the options with pauses, then the universal keys.

    Args:
        style: words of the node for some callers, where it has them; only on the first rung.
        invites_speech: say behind the question that the caller may speak, too.
        phase: which question of a node that has several; the author's words belong to the first.
    """
    variant = node.variants.get(style) if style and rung == "first" else None
    pieces: list[Piece] = []
    if rung == "slow":
        pieces += sentence(tree, wording, "slow_intro", language)
    pieces += sentence_break(language, pieces)
    if not phase:
        pieces += _question(tree, node, language, rung, variant)
    pieces += sentence_break(language, pieces)
    if invites_speech:
        pieces += sentence(tree, wording, "speech_hint", language)
        pieces += sentence_break(language, pieces)
    if isinstance(node, Menu):
        pieces += _options(tree, wording, node, language, rung, variant)
    if isinstance(node, Collect) and node.terminator and node.least != node.most:
        keys: Template = (Words(spoken_key(node.terminator, language)),)
        pieces += sentence(tree, wording, "terminator_hint", language, {"keys": keys})
    pieces += compose_requests.hint(tree, wording, node, phase, language)
    if rung == "slow":
        pieces += _universals(tree, wording, node, language, phase)
    return join(pieces)


def resume(tree: Tree, wording: Wording, parked: Tree, topic: Text, language: str) -> Template:
    """Return the question whether a caller wants to go on with what broke off.

    Args:
        parked: the tree that has the topic.
    """
    slots: dict[str, Template] = {
        "topic": spoken_text(parked, topic, language),
        "yes": (Words(spoken_key(CONFIRM_YES, language)),),
        "no": (Words(spoken_key(CONFIRM_NO, language)),),
    }
    return sentence(tree, wording, "resume", language, slots)


def doubt(tree: Tree, wording: Wording, node: Node, language: str, meant: str) -> Template:
    """Return the question whether the caller meant an option or a universal action.

    Args:
        meant: keys of an option of the node, or `back`, `main_menu` or `operator`.
    """
    slots: dict[str, Template] = {
        "yes": (Words(spoken_key(CONFIRM_YES, language)),),
        "no": (Words(spoken_key(CONFIRM_NO, language)),),
    }
    options = node.options if isinstance(node, Menu) else []
    option = next((option for option in options if option.keys == meant), None)
    if option is None:
        return sentence(tree, wording, f"doubt_{meant}", language, slots)
    return sentence(tree, wording, "doubt", language, {**slots, "label": spoken_text(tree, option.label, language)})


def confirmation(tree: Tree, wording: Wording, node: Collect, language: str, rung: Rung = "first") -> Template:
    """Return the question whether the input of a node is right; later rungs leave the value out of it.

    The slot is the node's own variable, so the engine fills it like any other.
    """
    value: Template = (Slot(node.save_as, node.say_as),)
    yes: Template = (Words(spoken_key(CONFIRM_YES, language)),)
    no: Template = (Words(spoken_key(CONFIRM_NO, language)),)
    name = "confirm_again" if rung == "short" else "confirm"
    return sentence(tree, wording, name, language, {"value": value, "yes": yes, "no": no})


def every_template(menus: MenuSet) -> Iterator[Utterance]:
    """Yield every template that a call may speak, with its language, pace and voice, each once."""
    seen: set[Utterance] = set()
    for tree in menus.trees.values():
        for spoken in (*_templates_of(tree, menus.wording), *_offers_to_resume(tree, menus)):
            if spoken.template and spoken not in seen:
                seen.add(spoken)
                yield spoken


def _offers_to_resume(root: Tree, menus: MenuSet) -> Iterator[Utterance]:
    for tree in menus.trees.values() if root.resumable else ():
        topics = [tree.topic or tree.title, *(node.topic for node in tree.nodes.values() if node.topic)]
        for language in root.languages:
            for topic in topics:
                template = resume(root, menus.wording, tree, topic, language)
                yield Utterance(language, "normal", template, root.voice_wish(language))


def _templates_of(tree: Tree, wording: Wording) -> Iterator[Utterance]:
    whole = [name for name, slots in SENTENCES.items() if not slots]
    for language in tree.languages:
        nodes = [node for node in tree.nodes.values() if language_for(tree, node, language) == language]
        # Any node may say any of them.
        for voice in dict.fromkeys((tree.voice_wish(language), *(tree.voice_wish(language, node) for node in nodes))):
            for name in whole:
                yield Utterance(language, "normal", sentence(tree, wording, name, language), voice)
        for node in tree.nodes.values():
            spoken_in = language_for(tree, node, language)
            voice = tree.voice_wish(spoken_in, node)
            for pace, template in _of_node(tree, wording, node, spoken_in):
                yield Utterance(spoken_in, pace, template, voice)


def _of_node(
    tree: Tree, wording: Wording, node: Node, language: str
) -> Iterator[tuple[Literal["normal", "slow"], Template]]:
    if isinstance(node, Listening):
        yield from _of_listening(tree, wording, node, language)
        return
    for text in texts_of(node):
        yield "normal", spoken_text(tree, text, language)


def _of_listening(
    tree: Tree, wording: Wording, node: Listening, language: str
) -> Iterator[tuple[Literal["normal", "slow"], Template]]:
    if node.help:
        yield "slow", spoken_text(tree, node.help, language)
    for style in node.variants:
        yield "normal", prompt(tree, wording, node, language, style=style)
    for rung in RUNGS:
        for phase in compose_requests.phases(node):
            yield pace_of(rung), prompt(tree, wording, node, language, rung, phase=phase)
        if isinstance(node, Collect) and (node.confirm or node.speech):
            yield pace_of(rung), confirmation(tree, wording, node, language, rung)
    if node.speech and not node.sensitive:
        yield "slow", sentence(tree, wording, "speech_hint", language)
        options = [option.keys for option in node.options] if isinstance(node, Menu) else []
        for meant in (*options, *DOUBTED_ACTIONS):
            yield "normal", doubt(tree, wording, node, language, meant)


def _question(tree: Tree, node: Listening, language: str, rung: Rung, variant: Variant | None) -> Template:
    if variant and variant.prompt:
        return spoken_text(tree, variant.prompt, language)
    if rung == "first":
        return spoken_text(tree, node.prompt, language)
    if node.short or isinstance(node, Menu):
        return spoken_text(tree, node.short, language)
    return spoken_text(tree, node.prompt, language)


def _options(
    tree: Tree, wording: Wording, node: Menu, language: str, rung: Rung, variant: Variant | None
) -> list[Piece]:
    named = variant.spoken if variant else None
    pieces: list[Piece] = []
    for option in node.options:
        if not option.spoken or (named is not None and option.keys not in named):
            continue
        pieces += sentence_break(language, pieces)
        if rung == "slow":
            pieces.append(_BETWEEN_OPTIONS)
        slots: dict[str, Template] = {
            "label": spoken_text(tree, option.label, language),
            "keys": (Words(spoken_key(option.keys, language)),),
        }
        pieces += sentence(tree, wording, "option_slow" if rung == "slow" else "option", language, slots)
    return pieces


def _universals(tree: Tree, wording: Wording, node: Listening, language: str, phase: str) -> list[Piece]:
    pieces: list[Piece] = []
    for action, keys in active_universals(tree, node, phase).items():
        spoken: Template = (Words(spoken_key(keys, language)),)
        pieces += [_BETWEEN_OPTIONS, *sentence(tree, wording, f"universal_{action}", language, {"keys": spoken})]
    return pieces
