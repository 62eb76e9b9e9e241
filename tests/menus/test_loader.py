from __future__ import annotations

import os
from pathlib import Path

import pytest

from menus.loader import check_menus, load_menus
from menus.model import NODE_KINDS, Branch, Menu, Tree
from menus.problems import Bilingual, MenuProblems, Problem, report
from menus.source import LARGEST_FILE
from menus.walk import REFERENCE_FIELDS
from menus.wording import standard_wording
from tests.menus.small import SMALL, check_text, codes, load_text, small


def test_the_small_tree_is_sound(tmp_path: Path) -> None:
    checked = check_text(tmp_path, SMALL)
    assert checked.problems == []
    assert checked.menus is not None
    assert list(checked.menus.trees) == ["small"]
    assert checked.menus.wording == standard_wording()


def test_readings_of_all_trees_hold_everywhere(tmp_path: Path) -> None:
    readings = "readings: {zh: {六安: 陆安}}"
    (tmp_path / "small.yaml").write_text(small(("way_out: person", f"way_out: person\n{readings}")), "utf-8")
    other = small(("id: small", "id: other"), ("way_out: person", "way_out: person\nreadings: {zh: {台州: 胎州}}"))
    (tmp_path / "other.yaml").write_text(other, "utf-8")
    assert load_menus(tmp_path).readings == {"zh": {"六安": "陆安", "台州": "胎州"}}


def test_an_empty_reading_is_an_error(tmp_path: Path) -> None:
    checked = check_text(tmp_path, small(("way_out: person", 'way_out: person\nreadings: {zh: {六安: ""}}')))
    assert checked.menus is None
    assert checked.problems[0].line == 7


def test_plain_text_is_in_the_base_language(tmp_path: Path) -> None:
    assert load_text(tmp_path, SMALL).title == {"zh": "测试"}
    english = small(("languages: [zh]", "languages: [en]"))
    assert load_text(tmp_path, english).title == {"en": "测试"}


def test_durations_are_milliseconds(tmp_path: Path) -> None:
    tree = load_text(tmp_path, small(("way_out: person", "way_out: person\ntiming: {first_input: 1.5s}")))
    assert tree.timing.first_input == 1500
    assert tree.timing.between_keys == 4000


def test_a_loaded_tree_survives_json(tmp_path: Path) -> None:
    tree = load_text(tmp_path, SMALL)
    assert Tree.model_validate_json(tree.model_dump_json()) == tree


def test_the_revision_names_the_content_and_not_its_layout(tmp_path: Path) -> None:
    def revision(text: str) -> str:
        checked = check_text(tmp_path, text)
        assert checked.menus
        return checked.menus.revision

    first = revision(SMALL)
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert revision("# 说明\n\n" + SMALL.replace("title: 测试", "title: {zh: '测试'}")) == first
    assert revision(SMALL.replace("再见。", "再会。")) != first


def test_a_folder_is_loaded_without_rehearsals_and_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "small.cases.yaml").write_text("- press: 1\n", "utf-8")
    (tmp_path / ".#small.yaml").write_text("x", "utf-8")
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    assert list(load_menus(tmp_path).trees) == ["small"]
    assert load_menus([tmp_path / "small.yaml", tmp_path]) == load_menus(str(tmp_path))


def test_trees_call_each_other_by_id(tmp_path: Path) -> None:
    called = small(
        ("id: small", "id: called"),
        ("{kind: hangup, text: 再见。}", "{kind: hangup, returns: true}"),
        ("label: 办事", 'label: "办{given}"'),
    )
    caller = small(
        ("next: bye}\n", "next: sub}\n"),
        nodes="sub: {kind: call, tree: called, arguments: {given: \"'事'\"}, save: {got: given}, next: say}\n"
        'say: {kind: say, text: "{got}", next: bye}\n',
    )
    (tmp_path / "small.yaml").write_text(caller, "utf-8")
    (tmp_path / "called.yaml").write_text(called, "utf-8")
    checked = check_menus(tmp_path)
    assert checked.problems == []
    assert sorted(checked.menus.trees) == ["called", "small"]  # type: ignore[union-attr]


def test_trees_that_call_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    for name, other in (("small", "second"), ("second", "small")):
        text = small(
            ("id: small", f"id: {name}"),
            ("next: bye}\n", "next: sub}\n"),
            nodes=f"sub: {{kind: call, tree: {other}, next: bye}}\nback: {{kind: hangup, returns: true}}\n",
        )
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    found = [problem for problem in check_menus(tmp_path).problems if problem.severity == "error"]
    assert [problem.code for problem in found] == ["trees_call_in_circle"]
    assert "small → second → small" in found[0].what.en or "second → small → second" in found[0].what.en


def test_a_circle_through_a_called_tree_that_asks_is_no_loop(tmp_path: Path) -> None:
    called = small(("id: small", "id: called"), ("{kind: hangup, text: 再见。}", "{kind: hangup, returns: true}"))
    caller = small(("next: bye}\n", "next: sub}\n"), nodes="sub: {kind: call, tree: called, next: sub}\n")
    (tmp_path / "small.yaml").write_text(caller, "utf-8")
    (tmp_path / "called.yaml").write_text(called, "utf-8")
    assert "loop_without_input" not in codes(check_menus(tmp_path))


def test_two_files_with_one_id_are_told(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "small.yaml").write_text(SMALL, "utf-8")
    assert codes(check_menus([tmp_path / "a", tmp_path / "b"])) == ["same_id"]


def test_structure_and_sense_are_told_in_one_pass(tmp_path: Path) -> None:
    text = small(
        ("next: bye}\n", "next: bey}\n"),
        nodes="broken: {kind: say, txt: 你好, next: bye}\nafter: {kind: say, text: 好, next: broken}\n",
    )
    assert codes(check_text(tmp_path, text)) == ["unknown_node", "unknown_key"]


def test_a_call_to_a_tree_that_has_errors_is_no_second_error(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(
        small(("next: bye}\n", "next: sub}\n"), nodes="sub: {kind: call, tree: called, next: bye}\n"), "utf-8"
    )
    (tmp_path / "called.yaml").write_text("ivr: [", "utf-8")
    assert codes(check_menus(tmp_path)) == ["yaml_syntax"]


# Files that are hardly files


def test_bytes_that_are_not_utf8_are_told_with_a_guess(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_bytes(SMALL.encode("gb18030"))
    (problem,) = check_menus(file).problems
    assert (problem.code, problem.line, problem.column) == ("not_utf8", 3, 8)
    assert "GBK" in problem.what.en
    file.write_bytes(SMALL.encode("utf-16"))
    (problem,) = check_menus(file).problems
    assert "UTF-16" in problem.what.en
    file.write_bytes(b"title: \xff\xff")
    (problem,) = check_menus(file).problems
    assert (problem.code, problem.line, problem.column) == ("not_utf8", 1, 8)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert check_menus(file).problems == []


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85"])
def test_control_characters_are_told(tmp_path: Path, character: str) -> None:
    checked = check_text(tmp_path, SMALL.replace("再见", f"再{character}见"))
    (problem,) = checked.problems
    assert (problem.code, problem.line) == ("control_character", 14)
    assert character not in problem.text


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    assert codes(check_text(tmp_path, SMALL + "#" * LARGEST_FILE)) == ["file_too_large"]


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_told(tmp_path: Path, content: str) -> None:
    assert codes(check_text(tmp_path, content)) == ["empty_file"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert codes(check_menus(tmp_path / "none.yaml")) == ["unreadable"]
    assert codes(check_menus(tmp_path)) == ["no_menus"]
    assert codes(check_menus([])) == ["no_menus"]
    assert codes(check_menus("nul\0byte")) == ["unreadable"]


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "circle.yaml").symlink_to(tmp_path / "circle.yaml")
    assert sorted(codes(check_menus(tmp_path))) == ["not_a_file", "not_a_file", "unreadable"]


# What a problem looks like


def test_a_problem_shows_the_line_and_a_caret_under_wide_characters() -> None:
    problem = Problem("a.yaml", 12, 5, "error", "x", Bilingual("错", "wrong"), Bilingual("改", "mend"), "标题: 办")
    assert problem.text.splitlines() == [
        "a.yaml:12:5: 错误 error [x] 错 / wrong",
        "  12 | 标题: 办",
        "     |       ^",
        "  改法 fix: 改 / mend",
    ]


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    assert (
        Problem("a.yaml", 0, 0, "warning", "x", Bilingual("错", "wrong")).text == "a.yaml: 提醒 warning [x] 错 / wrong"
    )


def test_a_problem_is_json_data() -> None:
    problem = Problem("a.yaml", 1, 2, "error", "x", Bilingual("错", "wrong"))
    assert problem.as_json() == {
        "file": "a.yaml",
        "line": 1,
        "column": 2,
        "severity": "error",
        "code": "x",
        "what": {"zh": "错", "en": "wrong"},
        "fix": {"zh": "", "en": ""},
        "excerpt": "",
    }


def test_what_a_terminal_would_act_upon_is_shown() -> None:
    problem = Problem("a.yaml", 1, 3, "error", "x", Bilingual("错", "wrong"), excerpt="a\u202eb")
    assert problem.text.splitlines()[1:] == ["  1 | a<U+202E>b", "    |          ^"]


def test_the_report_counts() -> None:
    problem = Problem("a.yaml", 0, 0, "warning", "x", Bilingual("错", "wrong"))
    assert report([problem]).endswith("0 个错误，1 个提醒 / 0 errors, 1 warnings")
    assert str(MenuProblems([problem])) == report([problem])


# What the loader takes for granted of the model


def test_every_field_that_names_a_node_is_walked() -> None:
    """References are the fields with the pattern of names that are not names of something else."""
    names_of_others = {"id", "item", "save_as", "tree", "operation", "target", "reason"} | {
        "words_as",
        "leave_as",
        "label",
    }
    for model in [*NODE_KINDS.values(), *(field for field in (Menu, Branch))]:
        for name, field in model.model_fields.items():
            if any(getattr(mark, "pattern", "") == "^[a-z][a-z0-9_]*$" for mark in field.metadata):
                assert name in REFERENCE_FIELDS or name in names_of_others, (model, name)


def test_what_the_engine_sets_is_there_in_every_tree(tmp_path: Path) -> None:
    caller = small(
        ("请问您要办什么事？", '"{call.caller}"'),
        ("next: bye}\n", "next: sub}\n"),
        nodes="sub: {kind: call, tree: called, next: bye}\n",
    )
    called = small(("id: small", "id: called"), ("请问您要办什么事？", '"{call.caller}"'))
    (tmp_path / "small.yaml").write_text(caller, "utf-8")
    (tmp_path / "called.yaml").write_text(called, "utf-8")
    found = [problem.file for problem in check_menus(tmp_path).problems if problem.code == "variable_never_set"]
    assert found == []
