"""`ivr prompts` on the shipped menus, with rendering replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audio.pcm import Pcm
from ivr.commands import prompts
from ivr.voice.ahead import Prompt
from ivr.voice.prompts import Shelf
from ivr.voice.render import Rendered
from menus.wording import SENTENCES

KOREAN = """\
ivr: 2
id: village
title: 热线
languages: [zh, ko]
start: person
way_out: person
nodes:
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: {zh: 再会。, ko: 안녕히 계세요.}}
wording:
""" + "".join(
    f"  {name}: {{ko: '네 {' '.join(f'{{{slot}}}' for slot in slots)}.'}}\n" for name, slots in SENTENCES.items()
)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Prompt]:
    """What rendering was asked for. One text cannot be said."""
    asked: list[Prompt] = []

    def rendered(
        missing: Sequence[Prompt], shelf: Shelf, models: Path, told: Callable[[Rendered], None], processes: int | None
    ) -> list[Rendered]:
        results = []
        for prompt in missing:
            asked.append(prompt)
            problem = "broken" if prompt.text == "再见。" else ""
            if not problem:
                shelf.keep(prompt.text, prompt.language, prompt.pace, Pcm.silence(10, 8000), dynamic=False)
            results.append(Rendered(prompt, 0.01, problem))
            told(results[-1])
        return results

    monkeypatch.setattr(prompts, "render_all", rendered)
    return asked


def run(data: Path, name: str, *arguments: str) -> Result:
    return CliRunner().invoke(prompts.command, [name, "--data", str(data), *arguments])


def test_render_makes_what_is_missing_and_tells_what_could_not_be_made(tmp_path: Path, asked: list[Prompt]) -> None:
    first = run(tmp_path, "render", "--json")
    assert first.exit_code == 1
    report = json.loads(first.stdout)
    assert report["prompts"] == len(asked) == report["rendered"] + 1
    assert report["problems"] == [{"text": "再见。", "problem": "broken"}]
    asked.clear()
    assert run(tmp_path, "render").exit_code == 1
    assert [prompt.text for prompt in asked] == ["再见。"]


def test_in_a_log_every_tenth_is_a_line(tmp_path: Path) -> None:
    lines = run(tmp_path, "render", "--json").stderr.splitlines()
    assert [line for line in lines if "rendering prompts" in line] == [
        f"合成提示音 rendering prompts: {percent} %" for percent in range(10, 101, 10)
    ]


def test_render_says_that_people_should_record_what_no_good_voice_speaks(tmp_path: Path) -> None:
    trees = tmp_path / "trees"
    trees.mkdir()
    (trees / "village.yaml").write_text(KOREAN, encoding="utf-8")
    done = run(tmp_path, "render", "--menus", str(trees))
    assert "ko：只有应急声音会说" in done.stderr


def test_check_lists_what_is_missing(tmp_path: Path) -> None:
    assert "ivr prompts render" in run(tmp_path, "check").stdout
    run(tmp_path, "render")
    result = run(tmp_path, "check", "--json")
    assert result.exit_code == 1
    assert [entry["text"] for entry in json.loads(result.stdout)["missing"]] == ["再见。"]


def test_one_tree_only(tmp_path: Path, asked: list[Prompt]) -> None:
    run(tmp_path, "render", "--tree", "case_status")
    some = len(asked)
    run(tmp_path, "render")
    assert 0 < some < len(asked)


def test_the_list_is_what_people_record(tmp_path: Path) -> None:
    lines = run(tmp_path, "list").stdout.splitlines()
    assert "zh\tnormal\t没有听到您按键。" in lines
    run(tmp_path, "render")
    entries = json.loads(run(tmp_path, "list", "--json").stdout)
    assert len(entries) == len(lines)
    assert all(entry["file"] or entry["text"] == "再见。" for entry in entries)


def test_an_unknown_tree_lists_the_known_ones(tmp_path: Path) -> None:
    result = run(tmp_path, "render", "--tree", "nothing")
    assert result.exit_code == 2
    assert "hotline" in result.output
