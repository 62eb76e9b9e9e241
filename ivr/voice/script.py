"""The announcer's script: every sentence that a person can record, each with a file name that holds a hash of its text.

The hash is what brings a file back to its sentence: a recording of words that were changed since is found out.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

from audio.recordings import normalise
from ivr.voice.ahead import prompts_of
from ivr.voice.clauses import Spoken, units_of_parts
from menus.compose import every_template
from menus.model import MenuSet
from menus.parts import Words
from menus.speaking_time import seconds
from menus.template import parse_template
from menus.walk import spoken_texts
from speech.spoken import Speaker

_COLUMNS = ("file", "text", "seconds", "where", "recorded")


@dataclass(frozen=True)
class Line:
    """One sentence to read.

    Attributes:
        file: what the recording must be called.
        text: words only; numbers and keys are written out.
        seconds: about how long it takes.
        where: nodes that say it, for the announcer's tone; empty for standard sentences.
        recorded: whether there is a recording of exactly these words.
    """

    file: str
    text: str
    seconds: float
    where: str
    recorded: bool


def file_name(text: str, language: str) -> str:
    """Return the name that a recording of a text must have: `zh-3f2a9c1b04.wav`."""
    digest = hashlib.sha256(f"{language}\0{normalise(text)}".encode()).hexdigest()[:10]
    return f"{language}-{digest}.wav"


def script(menus: MenuSet, speaker: Speaker, language: str, recorded: Sequence[str] = ()) -> list[Line]:
    """Return the script of a language, each sentence once, in the order of the menus.

    Args:
        recorded: texts of which there are recordings.
    """
    places = _places(menus, speaker, language)
    done = {normalise(text) for text in recorded}
    lines: dict[str, Line] = {}
    for prompt in prompts_of(menus, speaker):
        if prompt.language == language:
            file = file_name(prompt.text, language)
            length = round(seconds((Words(prompt.text),), language), 1)
            where = ", ".join(places.get(normalise(prompt.text), ())[:3])
            lines.setdefault(file, Line(file, prompt.text, length, where, normalise(prompt.text) in done))
    return list(lines.values())


def as_csv(lines: Sequence[Line]) -> str:
    """The script for a spreadsheet; it begins with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in lines:
        writer.writerow([line.file, line.text, line.seconds, line.where, "yes" if line.recorded else ""])
    return "\ufeff" + out.getvalue()


def instructions(lines: Sequence[Line]) -> list[str]:
    """What the announcer needs to know, one paragraph in each language."""
    left = sum(line.seconds for line in lines if not line.recorded) / 60
    return [
        f"{len(lines)} 句，还要录大约 {left:.0f} 分钟。每句存成一个 WAV 文件，文件名照右边写；录完交回文件夹："
        "ivr prompts import 文件夹",
        f"{len(lines)} sentences, about {left:.0f} minutes to record. Save each as a WAV file of the name on the right "
        "and give the folder back: ivr prompts import FOLDER",
    ]


def as_html(lines: Sequence[Line], language: str, title: str) -> str:
    """The script to print and read from: large type, what is recorded already in grey."""
    rows = "\n".join(
        f'<tr class="{"done" if line.recorded else "open"}"><td>{number}</td>'
        f'<td class="text">{html.escape(line.text)}</td>'
        f"<td>{line.seconds:g} s</td><td><code>{line.file}</code><br>{html.escape(line.where)}</td></tr>"
        for number, line in enumerate(lines, start=1)
    )
    told = "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in instructions(lines))
    return f"""\
<!doctype html>
<html lang="{html.escape(language)}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<style>
body {{ font-family: "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border-bottom: 1px solid #ccc; padding: .5em; text-align: left; vertical-align: top; }}
.text {{ font-size: 1.4em; }} .done {{ color: #999; }} tr {{ page-break-inside: avoid; }}
code {{ white-space: nowrap; }}
</style></head><body>
<h1>{html.escape(title)}</h1>
{told}
<table><tr><th>#</th><th>文字 text</th><th></th><th>文件 file</th></tr>
{rows}
</table></body></html>
"""


def _places(menus: MenuSet, speaker: Speaker, language: str) -> dict[str, list[str]]:
    """For each sentence the nodes that say it."""
    found: dict[str, list[str]] = {}
    for tree in menus.trees.values():
        for place, text in spoken_texts(tree):
            if place[0] == "nodes" and language in text:
                for unit in units_of_parts(parse_template(text[language]), speaker, language):
                    if isinstance(unit, Spoken):
                        found.setdefault(normalise(unit.text), []).append(f"{tree.id}/{place[1]}")
    return found


def languages_of(menus: MenuSet) -> list[str]:
    """Every language that the menus speak."""
    return list(dict.fromkeys(said.language for said in every_template(menus)))
