"""`ivr menus fmt`: one layout, the same meaning, every comment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.commands.menus import command
from menus.formatting import CannotFormat, formatted
from menus.loader import check_menus
from tests.menus.small import SMALL

TREES = Path(__file__).parents[2] / "menus" / "trees"
BAD = Path(__file__).parent / "bad"
COMMENT = re.compile(r"(?:^|\s)(#.*)$", re.MULTILINE)

UNTIDY = """\
# 开头的话
ivr:   1
id: small   # 名字
title: '测试'
languages: [zh]
start: ask
way_out: person



nodes:
    # 第一步
    ask:
        kind: menu
        prompt: 请问您要办什么事？\t
        options:
        - {keys: "1", label: 办事, next: bye}   # 一
        # ivr: allow universal_hidden 因为大家都习惯了
        - keys: "0"
          label: 别的
          next: bye
    person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
    bye:
        kind: hangup
        text: |
            再见。
            慢走。
"""


def test_indentation_is_made_even_and_comments_stay() -> None:
    made = formatted(UNTIDY)
    assert "\n  ask:\n    kind: menu\n" in made
    assert '\n      - keys: "0"\n        label: 别的\n' in made
    assert "\n\n\n" not in made
    assert "title: '测试'" in made
    assert COMMENT.findall(made) == COMMENT.findall(UNTIDY)


def test_the_meaning_stays(tmp_path: Path) -> None:
    revisions = []
    for text in (UNTIDY.replace("\t", ""), formatted(UNTIDY)):
        (tmp_path / "small.yaml").write_text(text, "utf-8")
        menus = check_menus(tmp_path / "small.yaml").menus
        assert menus is not None
        revisions.append(menus.revision)
    assert revisions[0] == revisions[1]


@pytest.mark.parametrize("file", sorted(TREES.glob("*.yaml")), ids=lambda file: file.name)
def test_shipped_files_have_the_layout(file: Path) -> None:
    assert formatted(file.read_text("utf-8")) == file.read_text("utf-8")


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_bad_file_is_laid_out_or_refused(file: Path) -> None:
    text = file.read_text("utf-8")
    try:
        once = formatted(text)
    except CannotFormat as refusal:
        assert "/" in str(refusal)
        return
    assert formatted(once) == once


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(SMALL)),
    st.integers(0, 12),
    st.text(alphabet="{}[]:-#&*!|>'\"% \n：１a1~?,", max_size=8),
)
def test_twice_is_as_once(start: int, length: int, inserted: str) -> None:
    try:
        once = formatted(SMALL[:start] + inserted + SMALL[start + length :])
    except CannotFormat:
        return
    assert formatted(once) == once


def test_the_command_changes_files_and_can_only_look(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(UNTIDY, "utf-8")
    looked = CliRunner().invoke(command, ["fmt", "--check", str(tmp_path)])
    assert (looked.exit_code, looked.output.strip()) == (1, str(file))
    assert file.read_text("utf-8") == UNTIDY
    assert CliRunner().invoke(command, ["fmt", str(tmp_path)]).exit_code == 0
    assert file.read_text("utf-8") == formatted(UNTIDY)
    assert CliRunner().invoke(command, ["fmt", "--check", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"a: [", b"a: *b\n", b"- " * 400_000, b"a: b\n" * 300_000])
def test_what_cannot_be_laid_out_is_told_and_left(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "small.yaml"
    file.write_bytes(content)
    result = CliRunner().invoke(command, ["fmt", str(file)])
    assert result.exit_code == 1
    assert str(file) in result.output
    assert file.read_bytes() == content
