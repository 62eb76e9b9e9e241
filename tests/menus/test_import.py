"""Menus of other systems come over: they load without errors, they run, and what was lost is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.commands.menus import command
from menus.importers import CannotImport, Imported, import_file
from menus.importers.writing import yaml_of
from menus.loader import check_menus
from menus.model import Collect, Menu, MenuSet, Record, Tree
from tests.ivr.flow.caller import Caller

FOREIGN = Path(__file__).parents[3] / "shared" / "data" / "foreign_menus"
NEEDS_FILES = pytest.mark.skipif(not FOREIGN.is_dir(), reason=f"the test material is not there: {FOREIGN}")
QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)


def loaded(folder: Path, imported: Imported) -> MenuSet:
    """The trees as they are written and read again."""
    folder.mkdir(exist_ok=True)
    for tree in imported.trees:
        (folder / f"{tree.id}.yaml").write_text(yaml_of(tree, imported.format), "utf-8")
    checked = check_menus(folder)
    assert checked.menus is not None, "\n".join(problem.text for problem in checked.problems)
    return checked.menus


def brought(folder: Path, text: str, suffix: str = "xml") -> tuple[MenuSet, Imported]:
    file = folder / f"root.{suffix}"
    file.write_text(text, "utf-8")
    imported = import_file(file)
    return loaded(folder / "made", imported), imported


def foreign(folder: Path, name: str) -> tuple[Caller, Tree, Imported]:
    imported = import_file(FOREIGN / name, "root")
    menus = loaded(folder / "made", imported)
    return Caller(menus), menus.trees["root"], imported


# Real files


@NEEDS_FILES
def test_the_menus_of_freeswitch_run(tmp_path: Path) -> None:
    caller, tree, imported = foreign(tmp_path, "freeswitch_demo_ivr.xml")
    main = tree.nodes["demo_ivr"]
    assert isinstance(main, Menu)
    assert [option.keys for option in main.options] == ["1", "2", "3", "4", "5", "6", "9"]
    assert main.timing is not None
    assert (main.timing.first_input, main.timing.between_keys) == (10_000, 2000)
    assert any("/^(10[01][0-9])$/" in lost.what.en for lost in imported.lost)
    assert any("transfer.targets.to_9196" in lost.what.en for lost in imported.lost)
    assert "demo ivr main menu" in caller.heard[-1]
    caller.press("6").press("*").press("2")
    assert caller.transferred is not None
    assert caller.transferred.target == "to_9196"


@NEEDS_FILES
def test_a_menu_of_voicexml_runs(tmp_path: Path) -> None:
    caller, tree, _ = foreign(tmp_path, "voicexml_movies.vxml")
    assert tree.languages == ["en"]
    assert "Please enter 1 to list the titles" in caller.heard[-1]
    caller.press("2")
    assert "Which movie do you want to watch?" in caller.heard[-1]
    caller.press("12#")
    assert "You can watch the film <12>" in caller.heard[-1]
    caller.listen()
    assert "Goodbye" in caller.heard[-1]


@NEEDS_FILES
def test_a_recording_of_voicexml_runs(tmp_path: Path) -> None:
    caller, tree, imported = foreign(tmp_path, "voicexml_record.vxml")
    record = tree.nodes[tree.start]
    assert isinstance(record, Record)
    assert record.longest == 5000
    assert "Please record a message" in caller.heard[-1]
    caller.listen()
    assert caller.recording is not None
    assert any("msg" in lost.what.en for lost in imported.lost)


@NEEDS_FILES
def test_a_flow_of_rapidpro_runs(tmp_path: Path) -> None:
    caller, tree, imported = foreign(tmp_path, "rapidpro_ivr_flow.json")
    assert "Hello there. Please enter one or two." in caller.heard[-1]
    caller.press("1")
    assert "You said <One>" in caller.heard[-1]
    caller.press("500#")
    assert "Sorry, that's too big" in caller.heard[-1]
    caller.listen().press("50#")
    assert "You picked the number <50>" in caller.heard[-1]
    caller.listen()
    assert caller.recording is not None
    assert {type(node).__name__ for node in tree.nodes.values()} >= {"Menu", "Collect", "Branch", "Record", "Transfer"}
    assert any("@results.happy" in lost.what.en for lost in imported.lost)


# What each format has


def test_entries_of_freeswitch(tmp_path: Path) -> None:
    menus, imported = brought(
        tmp_path,
        """<configuration name="ivr.conf"><menus>
        <menu name="top" greet-long="say:您好，一是通知。" exit-sound="say:再会。" max-failures="99" timeout="0">
          <entry action="menu-play-sound" digits="1" param="say:没有通知。"/>
          <entry action="menu-sub" digits="2" param="below"/>
          <entry action="menu-exit" digits="3"/>
          <entry action="menu-exec-app" digits="4" param="lua odd.lua"/>
          <entry action="menu-exec-app" digits="5" param="hangup"/>
          <entry action="menu-exec-app" digits="A" param="transfer 1 XML default"/>
        </menu>
        <menu name="below" greet-long="say:下面。"><entry action="menu-back" digits="*"/></menu>
        </menus></configuration>""",
    )
    tree = menus.trees["root"]
    assert tree.languages == ["zh"]
    caller = Caller(menus).press("1")
    assert "没有通知" in caller.heard[-1]
    caller.listen().press("2*3")
    assert "再会" in caller.heard[-1]
    said = " ".join(lost.what.en for lost in imported.lost)
    assert "lua odd.lua" in said
    assert "digits A" in said


VOICEXML = """<?xml version="1.0"?>
<!DOCTYPE vxml PUBLIC "-//W3C//DTD VOICEXML 2.1//EN" "http://www.w3.org/TR/voicexml21/vxml.dtd">
<vxml version="2.1" xml:lang="zh-CN"><meta name="title" content="测试"/>
<var name="tries" expr="0"/>
<form id="first">
  <block><prompt>您好。</prompt><assign name="tries" expr="tries + 1"/></block>
  <field name="sure" type="boolean"><prompt timeout="3s">要查吗？</prompt>
    <help>查办件用的。</help>
    <filled><if cond="sure == true">好的。<elseif cond="tries > 3"/><exit/><else/><goto next="#other"/></if></filled>
  </field>
  <field name="code" type="digits?length=4"><prompt>请输入四位数。<break time="300ms"/></prompt></field>
  <block>您输入的是<value expr="code"/>。<goto next="#other"/></block>
</form>
<menu id="other" dtmf="true"><prompt>请选：<enumerate/></prompt>
  <choice next="#first">再来一次</choice>
  <choice dtmf="9" next="far.vxml">到远处</choice>
  <noinput>请按键。</noinput>
</menu>
</vxml>"""


def test_forms_and_menus_of_voicexml(tmp_path: Path) -> None:
    menus, imported = brought(tmp_path, VOICEXML)
    tree = menus.trees["root"]
    assert tree.title == {"zh": "测试"}
    caller = Caller(menus)
    assert "您好" in "".join(caller.heard)
    caller.listen()
    assert "要查吗" in caller.heard[-1]
    caller.press("1").listen()
    assert "请输入四位数" in caller.heard[-1]
    caller.press("1234")
    assert "您输入的是 <1234>" in caller.heard[-1]
    caller.listen()
    assert "再来一次" in caller.heard[-1]
    codes = [node for node in tree.nodes.values() if isinstance(node, Collect)]
    assert [(node.least, node.most) for node in codes] == [(4, 4)]
    asked = next(node for node in tree.nodes.values() if isinstance(node, Menu) and node.prompt == {"zh": "要查吗？"})
    assert asked.help == {"zh": "查办件用的。"}
    assert asked.timing is not None
    assert asked.timing.first_input == 3000
    said = " ".join(lost.what.en for lost in imported.lost)
    assert "far.vxml" in said
    assert "请按键" in said


def test_the_no_of_a_voicexml_condition_leads_elsewhere(tmp_path: Path) -> None:
    menus, _ = brought(tmp_path, VOICEXML)
    caller = Caller(menus).listen().press("2")
    assert "再来一次" in caller.heard[-1]


def test_flows_of_rapidpro_call_each_other(tmp_path: Path) -> None:
    def node(uuid: str, *actions: dict[str, object], to: str | None = None) -> dict[str, object]:
        return {"uuid": uuid, "actions": list(actions), "exits": [{"uuid": f"{uuid}x", "destination_uuid": to}]}

    def say(text: str) -> dict[str, object]:
        return {"type": "say_msg", "text": text}

    def enter(uuid: str) -> dict[str, object]:
        return {"type": "enter_flow", "flow": {"uuid": uuid, "name": "x"}}

    flows: dict[str, list[dict[str, object]]] = {
        "flows": [
            {
                "uuid": "f1",
                "name": "One",
                "language": "eng",
                "nodes": [node("a", say("First."), enter("f2"), say("Last."))],
            },
            {"uuid": "f2", "name": "Two", "nodes": [node("b", say("Second @@ {x} @fields.age."))]},
        ]
    }
    menus, imported = brought(tmp_path, json.dumps(flows), "json")
    assert set(menus.trees) == {"root", "two"}
    caller = Caller(menus).listen().listen().listen()
    assert ["First." in caller.heard[0], "Second @ {x}" in caller.heard[1], "Last." in caller.heard[2]] == [True] * 3
    assert any("@fields.age" in lost.what.en for lost in imported.lost)
    in_a_circle = {"flows": [flows["flows"][0], {**flows["flows"][1], "nodes": [node("b", enter("f1"))]}]}
    _, imported = brought(tmp_path, json.dumps(in_a_circle), "json")
    assert any("circle" in lost.what.en for lost in imported.lost)


def test_a_circle_that_asks_nothing_is_cut(tmp_path: Path) -> None:
    text = '<vxml version="2.1"><form id="a"><block>round<goto next="#a"/></block></form></vxml>'
    menus, imported = brought(tmp_path, text)
    assert any("circle" in lost.what.en for lost in imported.lost)
    assert Caller(menus).listen().listen().hung_up or "Goodbye" in Caller(menus).listen().heard[-1]


# Files that are broken or meant to harm

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><vxml version="2.1"><form><block>&j;</block></form></vxml>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><vxml><form><block>&a;</block></form></vxml>'


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "XML"),
        (b"\xff\xfe\x00", "XML"),
        (b"hello", "XML"),
        (b"<a>", "XML"),
        (b"<a/>", "FreeSWITCH"),
        (b"{", "JSON"),
        (b"{}", "flows"),
        (b'{"flows": []}', "version 13"),
        (b'{"flows": [{"nodes": 3}]}', "version 13"),
        (b'{"a":' * 100_000, "JSON"),
        (BOMB.encode(), "entities"),
        (OUTSIDE.encode(), "entities"),
        (b"<a>" * 200_000, "nested"),
        (b"<menus>" + b"<menu/>" * 60_000 + b"</menus>", "large"),
        (b"<vxml>" + b" " * 5_000_001 + b"</vxml>", "5 MB"),
        (b'<?xml version="1.0" encoding="odd"?><vxml/>', "XML"),
    ],
)
def test_a_file_that_is_no_menu_is_refused_with_a_reason(tmp_path: Path, content: bytes, word: str) -> None:
    file = tmp_path / "x.xml"
    file.write_bytes(content)
    with pytest.raises(CannotImport) as caught:
        import_file(file)
    assert word in str(caught.value)
    assert str(file) in str(caught.value)


MANGLED = [VOICEXML]
if FOREIGN.is_dir():
    MANGLED += [file.read_text("utf-8") for file in sorted(FOREIGN.iterdir())]


@QUIET
@given(
    st.sampled_from(MANGLED),
    st.floats(0, 1),
    st.integers(0, 60),
    st.sampled_from(["", "x", '"', "<", "&amp;", "{}", "}", "{", "\u202e", "#", "'", "9" * 30, "null", "[]", "1"]),
)
def test_whatever_is_changed_it_loads_or_is_refused(
    tmp_path: Path, text: str, place: float, length: int, inserted: str
) -> None:
    start = int(place * len(text))
    file = tmp_path / "root.txt"
    file.write_text(text[:start] + inserted + text[start + length :], "utf-8")
    try:
        imported = import_file(file)
    except CannotImport:
        return
    made = tmp_path / "mangled"
    made.mkdir(exist_ok=True)
    for old in made.iterdir():
        old.unlink()
    loaded(made, imported)


def test_the_command_writes_reports_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "old.vxml"
    file.write_text(VOICEXML, "utf-8")
    first = CliRunner().invoke(command, ["import", str(file), "--folder", str(tmp_path / "new")])
    assert first.exit_code == 0, first.output
    assert "old.yaml" in first.output
    assert "没带过来 not carried over" in first.output
    assert "not carried over" in (tmp_path / "new" / "old.yaml").read_text("utf-8")
    second = CliRunner().invoke(command, ["import", str(file), "--folder", str(tmp_path / "new")])
    assert second.exit_code == 1
    assert "--name" in second.output
