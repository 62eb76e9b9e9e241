"""Recordings by people still say what the menus say.

A recording is heard only as long as its words are those of a menu. When a text is changed, the voice engine speaks in
its place, suddenly with another voice, until somebody has recorded the new words.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from menus.checks.loaded import Loaded
from menus.checks.rule import Rule
from menus.checks.surroundings import RecordedText, Studio
from menus.problems import Bilingual, Problem
from menus.template import TemplateError, parse_template
from menus.walk import spoken_texts

RULES = (
    Rule(
        "stale_recording",
        "warning",
        Bilingual("录音过时了", "a recording that no longer fits"),
        Bilingual(
            "文字改了，录音还是老话；来电人会忽然听到合成的声音。",
            "The text has changed and its recording has not: callers suddenly hear the voice engine.",
        ),
        bad="""\
nodes:
  bye: {kind: hangup, text: 谢谢您的来电，再见。}
""",
        good="""\
nodes:
  bye: {kind: hangup, text: 谢谢您来电，再见。}
""",
        needs="studio",
    ),
)

#: Texts that are less alike have nothing to do with each other.
_LEAST_ALIKE = 0.6
_MOST_COMPARED = 3000


def check(loaded: Loaded) -> Iterator[Problem]:
    studio = loaded.surroundings.studio
    if studio is None or not studio.recorded:
        return
    said = dict(_sentences(loaded, studio))
    recorded = {(recording.language, studio.normalised(recording.text)) for recording in studio.recorded}
    unrecorded = {key: place for key, place in said.items() if key not in recorded}
    for recording in studio.recorded:
        if (recording.language, studio.normalised(recording.text)) not in said:
            yield from _stale(loaded, studio, recording, unrecorded)


def _stale(
    loaded: Loaded, studio: Studio, recording: RecordedText, unrecorded: dict[tuple[str, str], _Place]
) -> Iterator[Problem]:
    """Told at the text that took its place. A recording that no text is like any more is simply not used."""
    old = studio.normalised(recording.text)
    best, alike = None, _LEAST_ALIKE
    for (language, text), place in list(unrecorded.items())[:_MOST_COMPARED]:
        if language == recording.language and SequenceMatcher(None, old, text).quick_ratio() >= alike:
            ratio = SequenceMatcher(None, old, text).ratio()
            if ratio >= alike:
                best, alike = place, ratio
    if best is None:
        return
    tree, where, offset = best
    what = Bilingual(
        f"录音 {recording.file} 说的还是“{recording.text}”",
        f"the recording {recording.file} still says {recording.text!r}",
    )
    fix = Bilingual(
        "重新录这一句（ivr menus script），或者改回原文",
        "record it again (ivr menus script), or restore the text",
    )
    source = loaded.trees[tree].source
    yield source.problem(where, "stale_recording", what, fix, severity="warning", offset=offset)


_Place = tuple[str, tuple[str | int, ...], int]


def _sentences(loaded: Loaded, studio: Studio) -> Iterator[tuple[tuple[str, str], _Place]]:
    """Every sentence that the menus say, normalised, with the first place that says it."""
    seen = set()
    for tree_id, tree in loaded.trees.items():
        for place, text in spoken_texts(tree.tree):
            for language, written in text.items():
                try:
                    template = parse_template(written)
                except TemplateError:
                    continue
                for sentence in studio.sentences(template, language):
                    key = (language, studio.normalised(sentence))
                    if key not in seen:
                        seen.add(key)
                        yield key, (tree_id, (*place, language), max(0, written.find(sentence)))
