"""The announcer's script as a Word document, read back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import defusedxml.ElementTree as ElementTree  # type: ignore[import-untyped]
from click.testing import CliRunner
from docx import Document
from docx.oxml.ns import qn

from ivr.commands.menus import command
from ivr.voice.script import Line
from ivr.voice.script_docx import as_docx
from tests.menus.small import SMALL

LINES = [
    Line("zh-1.wav", "您好，<请>按 1 & 2。", 1.5, "small/ask", False),
    Line("zh-2.wav", "再见。", 0.8, "", True),
]


def read(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def rows(document: Any) -> list[list[str]]:
    (table,) = document.tables
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_every_sentence_is_in_it_with_its_file() -> None:
    document = read(as_docx(LINES, "zh", "录音稿 <村>"))
    assert document.paragraphs[0].text == "录音稿 <村>"
    assert "还要录大约" in document.paragraphs[1].text and "2 sentences" in document.paragraphs[2].text
    head, *sentences = rows(document)
    assert head[1] == "文字 text"
    assert sentences == [
        ["1", "您好，<请>按 1 & 2。", "1.5", "zh-1.wav\nsmall/ask"],
        ["2", "再见。", "0.8", "zh-2.wav"],
    ]


def test_it_is_made_to_be_printed() -> None:
    """Chinese has a font, what is recorded is grey, the head stands on every page and no sentence is cut in two."""
    document = read(as_docx(LINES, "zh", "录音稿"))
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
    (table,) = document.tables
    colours = [row.cells[1].paragraphs[0].runs[0].font.color.rgb for row in table.rows[1:]]
    assert [str(colour) for colour in colours] == ["None", "999999"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert document.sections[0].page_width > document.sections[0].page_height


def test_every_part_is_well_formed() -> None:
    with ZipFile(io.BytesIO(as_docx(LINES, "zh", "录音稿"))) as package:
        assert package.testzip() is None
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(package.read(name))


def test_by_command(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    file = tmp_path / "script.docx"
    result = CliRunner().invoke(command, ["script", str(tmp_path), "-o", str(file)])
    assert result.exit_code == 0, result.output
    assert any(sentence[1] == "再见。" for sentence in rows(read(file.read_bytes())))
    refused = CliRunner().invoke(command, ["script", str(tmp_path), "--format", "docx"])
    assert refused.exit_code == 2
    assert "-o" in refused.output
