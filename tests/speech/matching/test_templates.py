"""Phrases that stand for many wordings."""

from __future__ import annotations

import pytest

from speech.matching.templates import TemplateError, wordings


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("查进度", ["查进度"]),
        ("(查|问)进度", ["查进度", "问进度"]),
        ("查[一下]进度", ["查一下进度", "查进度"]),
        (
            "(查|问)[一下]{项目}",
            ["查一下低保", "查一下医保", "查低保", "查医保", "问一下低保", "问一下医保", "问低保", "问医保"],
        ),
        ("（查｜问）［一下］进度", ["查一下进度", "查进度", "问一下进度", "问进度"]),
        ("查|问", ["查", "问"]),
        ("(a|b(c|d))", ["a", "bc", "bd"]),
        ("talk [to] (a person|someone)", ["talk to a person", "talk to someone", "talk a person", "talk someone"]),
        ("", []),
    ],
)
def test_wordings(phrase: str, expected: list[str]) -> None:
    assert list(wordings(phrase, {"项目": ["低保", "医保"]})) == expected


@pytest.mark.parametrize(
    "phrase", ["(查", "查)", "[查", "查]", "{查", "查}", "{别的}", "(查]", "[" * 20 + "]" * 20, "(a|b)" * 9]
)
def test_what_cannot_be_read_is_an_error(phrase: str) -> None:
    with pytest.raises(TemplateError):
        wordings(phrase, {"项目": ["低保"]})
