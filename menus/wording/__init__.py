"""The standard sentences: what a gateway says in every menu, per language, in `<language>.yaml` beside this file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml  # type: ignore[import-untyped]

#: Sentence name to the slots that may stand in it, and what fills each is told in docs/menus.md.
SENTENCES: dict[str, tuple[str, ...]] = {
    "option": ("label", "keys"),
    "option_slow": ("label", "keys"),
    "silence_1": (),
    "silence_2": (),
    "silence_speech": (),
    "wrong_1": (),
    "wrong_2": (),
    "too_short": (),
    "enter_again": (),
    "slow_intro": (),
    "way_out": (),
    "filler": (),
    "filler_again": (),
    "confirm": ("value", "yes", "no"),
    "confirm_again": ("yes", "no"),
    "terminator_hint": ("keys",),
    "universal_repeat": ("keys",),
    "universal_slower": ("keys",),
    "universal_back": ("keys",),
    "universal_main_menu": ("keys",),
    "universal_operator": ("keys",),
    "universal_help": ("keys",),
    "slower": (),
    "speech_hint": (),
    "unheard_1": (),
    "unheard_2": (),
    "doubt": ("label", "yes", "no"),
    "doubt_back": ("yes", "no"),
    "doubt_main_menu": ("yes", "no"),
    "doubt_operator": ("yes", "no"),
    "keys_only": (),
    "noisy_line": (),
    "ask_by_keys": ("keys",),
    "ask_found": (),
    "ask_none": ("keys",),
    "ask_again": (),
    "record_nothing": (),
    "record_review": ("keep", "hear", "again"),
    "record_again": (),
    "rate_marks": (),
    "callback_own": ("number", "yes", "no"),
    "callback_number": ("keys",),
    "callback_confirm": ("number", "yes", "no"),
    "callback_time": (),
    "remember": ("days", "yes", "no"),
    "resume": ("topic", "yes", "no"),
    "nobody_there": (),
    "limit_reached": (),
    "line_problem": (),
}

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[str, str]]:
    return {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted(_FOLDER.glob("*.yaml"))}


def standard_wording() -> dict[str, dict[str, str]]:
    """Return language to sentence name to template text, a copy that the caller may keep."""
    return {language: dict(sentences) for language, sentences in _read().items()}
