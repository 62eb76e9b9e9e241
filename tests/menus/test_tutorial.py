"""docs/authors/tutorial.md, walked through word by word: files as it has them, commands as it types them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main

TUTORIAL = (Path(__file__).parents[2] / "docs" / "authors" / "tutorial.md").read_text("utf-8")
#: A comment that says what the reader does, with the block behind it if there is one; or commands.
BLOCK = re.compile(
    r"<!-- (?P<what>\w+)(?:: (?P<how>.*?))? -->\n(?:```\w*\n(?P<text>.*?)```)?|```sh\n(?P<sh>.*?)```", re.DOTALL
)


def steps() -> Iterator[tuple[str, str, str]]:
    """What a reader does: kind, argument, text. What is typed comes before the command that it is typed into."""
    found = [
        (match["what"] or "sh", match["how"] or "", match["text"] or match["sh"] or "")
        for match in BLOCK.finditer(TUTORIAL)
    ]
    for index, (what, how, text) in enumerate(found):
        if what == "type":
            continue
        typed = found[index + 1][2] if found[index + 1 : index + 2] and found[index + 1][0] == "type" else ""
        yield (what, typed if what == "sh" else how, text)


def run(command: str, typed: str = "") -> Result:
    words = shlex.split(command)
    assert words[0] == "ivr", command
    return CliRunner().invoke(main, words[1:], input=typed or None)


def replaced(folder: Path, before: str, after: str) -> None:
    """Put words in the place of others, in the one file that has them."""
    (file,) = (file for file in folder.rglob("*.yaml") if before in file.read_text("utf-8"))
    file.write_text(file.read_text("utf-8").replace(before, after, 1), "utf-8")


def test_the_tutorial_works_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XIANGYIN_DATA", str(tmp_path / "var"))
    done = 0
    for what, how, text in steps():
        if what == "write":
            Path(how).write_text(text, "utf-8")
        elif what == "replace":
            replaced(tmp_path / "my_menus", *how.split(" -> "))
            assert how.split(" -> ")[1] in text
        elif what == "mistake":
            change, told = how.split("; told: ")
            before, after = change.split(" -> ")
            replaced(tmp_path / "my_menus", before, after)
            assert told in run("ivr menus check my_menus").output
            replaced(tmp_path / "my_menus", after, before)
        else:
            for command in text.splitlines():
                result = run(command, how)
                assert result.exit_code == 0, f"{command}\n{result.output}"
                done += 1
    assert done >= 9
    log = run("ivr menus log --settings village-gateway.yaml").output
    assert "第一版" in log
    assert "日期写错了" in log
    assert "问上班时间" in Path("my_menus/village.cases.yaml").read_text("utf-8")
