"""Every hazard that a file can be, through the command line: a line, a reason, in time, and never a trace."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.menus import command
from tests.menus.small import SMALL, small

LAUGHS = (
    "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    + SMALL
)
#: Content of the file, the code that must be told, and its line; 0 for the file as a whole.
HAZARDS: dict[str, tuple[bytes, str, int]] = {
    "broken UTF-8": (SMALL.encode().replace("测试".encode(), b"\xe6\xb5\xff"), "not_utf8", 3),
    "GBK": (SMALL.encode("gbk"), "not_utf8", 3),
    "UTF-16": (SMALL.encode("utf-16"), "not_utf8", 1),
    "a tab": (SMALL.replace("    kind: menu", "\tkind: menu").encode(), "yaml_syntax", 9),
    "ten megabytes": (SMALL.encode() + b"#" * 10_000_000, "file_too_large", 0),
    "billion laughs": (LAUGHS.encode(), "too_many_values", 5),
    "deep nesting": (SMALL.encode() + b"x: " + b"[" * 5000 + b"]" * 5000, "too_deep", 15),
    "a path as a tree": (
        small(nodes="go: {kind: call, tree: ../../etc/passwd, next: bye}\n").encode(),
        "wrong_name",
        15,
    ),
    "a path as an id": (SMALL.replace("id: small", "id: ../small").encode(), "wrong_name", 2),
    "a key twice": (SMALL.replace("id: small\n", "id: small\nid: small\n").encode(), "duplicate_key", 3),
    "emoji as a key": (SMALL.replace('"1"', '"1️⃣"').encode(), "wrong_keys", 12),
    "a full-width digit as a key": (SMALL.replace('"1"', '"１"').encode(), "wrong_keys", 12),
    "a right-to-left mark": (SMALL.replace("再见", "再\u202e见").encode(), "hidden_character", 14),
    "a zero byte": (SMALL.replace("再见", "再\0见").encode(), "control_character", 14),
    "two documents": ((SMALL + "---\n" + SMALL).encode(), "several_documents", 15),
    "a program": (SMALL.replace("测试", "!!python/object/apply:os.system [ls]").encode(), "yaml_tag", 3),
    "nothing": (b"", "empty_file", 0),
}
#: Processor seconds, so that a busy machine fails no test.
LONGEST_S = 2.0


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_is_told_at_its_line_in_time(tmp_path: Path, name: str) -> None:
    content, code, line = HAZARDS[name]
    (tmp_path / "small.yaml").write_bytes(content)
    begun = time.process_time()
    result = CliRunner().invoke(command, ["check", str(tmp_path), "--json"])
    assert time.process_time() - begun < LONGEST_S
    assert result.exit_code == 1
    problems = json.loads(result.output)["problems"]
    assert (code, line) in [(problem["code"], problem["line"]) for problem in problems]
    assert all(problem["what"]["zh"] and problem["what"]["en"] for problem in problems)


@pytest.mark.parametrize("name", HAZARDS)
@pytest.mark.parametrize("arguments", [["fmt", "--check"], ["graph"], ["script"], ["test"]], ids=lambda given: given[0])
def test_no_other_command_falls_over_it(tmp_path: Path, name: str, arguments: list[str]) -> None:
    (tmp_path / "small.yaml").write_bytes(HAZARDS[name][0])
    result = CliRunner().invoke(command, [*arguments, str(tmp_path)])
    assert result.exit_code in (0, 1, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    result = CliRunner().invoke(command, ["check", str(tmp_path), "--json"])
    told = {Path(problem["file"]).name: problem["code"] for problem in json.loads(result.output)["problems"]}
    assert told == {
        "loop.yaml": "unreadable",
        "folder.yaml": "not_a_file",
        "pipe.yaml": "not_a_file",
        "gone.yaml": "unreadable",
    }
