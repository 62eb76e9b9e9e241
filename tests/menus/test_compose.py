from __future__ import annotations

from pathlib import Path

import pytest

from menus.compose import RUNGS, confirmation, every_template, language_for, pace_of, prompt, sentence
from menus.model import Collect, Listening, Tree
from menus.parts import Pause, Slot, Template, Words
from menus.wording import standard_wording
from tests.menus.small import load_text, menu_set, small

WORDING = standard_wording()
TWO_LANGUAGES = (
    ("languages: [zh]", "languages: [zh, en]"),
    ("prompt: 请问您要办什么事？", "prompt: {zh: 请问您要办什么事？, en: How can we help?}"),
    ("label: 办事,", "label: {zh: 办事, en: business},"),
)
COLLECT = """
digits:
  kind: collect
  prompt: 请输入{what}。
  short: 请再输一遍。
  save_as: number
  least: 4
  most: 8
  confirm: true
  next: bye
"""


def heard(template: Template) -> str:
    """A template as text: slots in braces, pauses as a bar."""
    pieces = []
    for piece in template:
        if isinstance(piece, Words):
            pieces.append(piece.text)
        else:
            pieces.append("|" if isinstance(piece, Pause) else f"{{{piece.path}:{piece.say_as}}}")
    return "".join(pieces)


def listening(tree: Tree, name: str) -> Listening:
    node = tree.nodes[name]
    assert isinstance(node, Listening)
    return node


def collecting(folder: Path, *changes: tuple[str, str]) -> tuple[Tree, Collect]:
    variables = ("way_out: person", "way_out: person\nvariables: {what: 号码}")
    tree = load_text(
        folder, small(variables, ("label: 办事, next: bye", "label: 办事, next: digits"), *changes, nodes=COLLECT)
    )
    node = tree.nodes["digits"]
    assert isinstance(node, Collect)
    return tree, node


def test_a_menu_is_composed_from_its_options(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small(("next: bye}\n", 'next: bye}\n      - {keys: "#", label: 返回, next: bye}\n')))
    ask = listening(tree, "ask")
    assert heard(prompt(tree, WORDING, ask, "zh")) == "请问您要办什么事？办事，请按一。返回，请按井号键。"
    assert heard(prompt(tree, WORDING, ask, "zh", "short")) == "办事，请按一。返回，请按井号键。"
    assert heard(prompt(tree, WORDING, ask, "zh", "slow")) == (
        "我慢慢说一遍，您听好了再按。|办事，|请按一。|返回，|请按井号键。|想再听一遍，请按星号键。|找人工，请按零。"
    )


def test_options_that_are_not_spoken_are_left_out(tmp_path: Path) -> None:
    hidden = 'next: bye}\n      - {keys: "2", label: 暗门, next: bye, spoken: false}\n'
    tree = load_text(tmp_path, small(("next: bye}\n", hidden)))
    for rung in RUNGS:
        assert "暗门" not in heard(prompt(tree, WORDING, listening(tree, "ask"), "zh", rung))


def test_english_has_blanks_between_sentences(tmp_path: Path) -> None:
    more = 'next: bye}\n      - {keys: "2", label: {zh: 别的, en: other things}, next: bye}\n'
    tree = load_text(
        tmp_path, small(*TWO_LANGUAGES, ("next: bye}\n", more), ("text: 再见。", "text: {zh: 再见。, en: Bye.}"))
    )
    assert heard(prompt(tree, WORDING, listening(tree, "ask"), "en")) == (
        "How can we help? For business, press one. For other things, press two."
    )


def test_a_node_without_translation_speaks_its_base_language(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small(*TWO_LANGUAGES[:2]))
    assert language_for(tree, tree.nodes["ask"], "en") == "zh"
    whole = load_text(tmp_path, small(*TWO_LANGUAGES))
    assert language_for(whole, whole.nodes["ask"], "en") == "en"
    assert language_for(whole, whole.nodes["bye"], "en") == "zh"
    assert language_for(whole, whole.nodes["ask"], "ko") == "zh"


def test_collecting_says_how_to_end(tmp_path: Path) -> None:
    tree, node = collecting(tmp_path)
    assert heard(prompt(tree, WORDING, node, "zh")) == "请输入{what:text}。输完以后，请按井号键。"
    assert heard(prompt(tree, WORDING, node, "zh", "short")) == "请再输一遍。输完以后，请按井号键。"
    assert heard(prompt(tree, WORDING, node, "zh", "slow")).startswith("我慢慢说一遍，您听好了再按。请再输一遍。")


def test_a_fixed_length_ends_by_itself(tmp_path: Path) -> None:
    tree, node = collecting(tmp_path)
    fixed = node.model_copy(update={"least": 8})
    assert heard(prompt(tree, WORDING, fixed, "zh")) == "请输入{what:text}。"


def test_the_input_is_read_back_by_its_type(tmp_path: Path) -> None:
    tree, node = collecting(tmp_path)
    assert heard(confirmation(tree, WORDING, node, "zh")) == (
        "您输入的是，{number:digits}。对的话，请按一；要重新输入，请按二。"
    )
    assert heard(confirmation(tree, WORDING, node, "zh", "short")) == "对的话，请按一；要重新输入，请按二。"


def test_a_tree_can_replace_a_standard_sentence(tmp_path: Path) -> None:
    own = ("way_out: person", 'way_out: person\nwording: {option: "按{keys}，{label}。"}')
    tree = load_text(tmp_path, small(own))
    assert heard(prompt(tree, WORDING, listening(tree, "ask"), "zh", "short")) == "按一，办事。"
    assert heard(sentence(tree, WORDING, "filler", "zh")) == WORDING["zh"]["filler"]


def test_a_sentence_always_exists(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small())
    assert heard(sentence(tree, WORDING, "filler", "ko")) == WORDING["zh"]["filler"]


def test_every_template_holds_what_a_call_can_say(tmp_path: Path) -> None:
    tree, node = collecting(tmp_path)
    every = set(every_template(menu_set(tree)))
    for rung in RUNGS:
        for listener in (listening(tree, "ask"), node):
            assert ("zh", pace_of(rung), prompt(tree, WORDING, listener, "zh", rung), "") in every
        assert ("zh", pace_of(rung), confirmation(tree, WORDING, node, "zh", rung), "") in every
    for name in ("silence_1", "way_out", "filler", "limit_reached", "nobody_there"):
        assert ("zh", "normal", sentence(tree, WORDING, name, "zh"), "") in every
    assert ("zh", "normal", (Words("再见。"),), "") in every


def test_a_node_speaks_in_its_own_voice_and_a_tree_in_its_own(tmp_path: Path) -> None:
    tree = load_text(
        tmp_path,
        small(
            ("way_out: person", "way_out: person\nvoices: {zh: {name: zf_xiaobei}}"),
            ("text: 再见。", "text: 再见。, voices: {zh: {speed: 0.8}}"),
        ),
    )
    said = {(spoken.template, spoken.voice) for spoken in every_template(menu_set(tree))}
    assert ((Words("再见。"),), "@0.8") in said
    assert (prompt(tree, WORDING, listening(tree, "ask"), "zh"), "zf_xiaobei") in said
    assert (sentence(tree, WORDING, "filler", "zh"), "zf_xiaobei") in said
    assert (sentence(tree, WORDING, "silence_1", "zh"), "@0.8") in said, "any node may say it"


def test_every_template_comes_once(tmp_path: Path) -> None:
    tree, _ = collecting(tmp_path)
    every = list(every_template(menu_set(tree)))
    assert len(every) == len(set(every))
    assert all(spoken.template for spoken in every)


@pytest.mark.parametrize(("rung", "pace"), [("first", "normal"), ("short", "normal"), ("slow", "slow")])
def test_only_the_slow_rung_is_slow(rung: str, pace: str) -> None:
    assert pace_of(rung) == pace  # type: ignore[arg-type]


def test_slots_keep_their_type(tmp_path: Path) -> None:
    tree, node = collecting(tmp_path)
    assert Slot("number", "digits") in confirmation(tree, WORDING, node, "zh")
