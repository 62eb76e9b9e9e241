"""Rehearsals pass when a call goes as it must, and say why when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.engine import Engine
from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import VirtualCall
from ivr.rehearsal.report import rehearse
from ivr.rehearsal.sound import VirtualVoice
from menus.loader import load_menus
from speech.spoken import Speaker
from tests.ivr.rehearsal.made import failure, run, write

PASSING = {
    "the whole way": '[{press: "1"}, {hear: 请输入号码}, {press: "2026"}, {asks: {get_case: {number: "2026"}}}, '
    "{hear: [正在审核, 2026年12月5日]}]",
    "words in order, across clauses": '[{hear: "请问您要办什么事？查办件，请按一。"}]',
    "a key before the prompt has ended": '[{press: "1", interrupt: true}, {hear: 请输入号码, within: 1s}]',
    "keys after one another, each when it is asked for": '[{press: "1 2026"}, {hear: 正在审核}]',
    "what must not be heard": '[{press: "1"}, {never_hear: [没有这个选项]}]',
    "silence until it speaks again": "[silence, {hear: 没有听到您按键}]",
    "silence twice": "[{silence: 2}, {hear: 我慢慢说一遍}]",
    "where the call comes to": '[{press: "1"}, {reach: number, within: 1s}]',
    "a node of a named tree": '[{press: "1"}, {reach: village.number}]',
    "the caller hangs up": "[hang_up]",
    "the caller speaks": "[{say: 查办件}, {hear: 请输入号码}]",
    "the caller speaks with an accent and in a sentence": "[{say: 我想查办件}, {reach: number}]",
    "digits are spoken": '[{say: 查办件}, {say: 二零二六}, {asks: {get_case: {number: "2026"}}}]',
    "speech is heard badly": "[{say: 查办件, unsure: true}, {hear: 您是说}, {say: 是的}, {reach: number}]",
    "nonsense is answered": "[{say: 今天天气真好}, {hear: 没有听清}]",
    "time passes": "[{wait: 1min}, {hear: 没有听到您按键}]",
}
FAILING = {
    "words that are not said": ("[{hear: 没有这句话}]", "听到的是：您好"),
    "words in the wrong order": ("[{hear: [查办件, 您好]}]", "应当听到“您好”"),
    "words that come late": ("[{hear: 找人工, within: 2s}]", "应当在 2 秒以内"),
    "words of an earlier turn": ('[{press: "1"}, {hear: 您要办什么事}]', "应当听到"),
    "what must not be heard": ("[{never_hear: 查办件}]", "不应当听到"),
    "another node": ('[{press: "1"}, {reach: person}]', "走的是：number"),
    "another question": ('[{press: "1 2026"}, {asks: get_policy}]', "问的是 get_case"),
    "another argument": ('[{press: "1 2026"}, {asks: {get_case: {number: "2027"}}}]', "问的是 get_case"),
    "no question": ("[{asks: get_case}]", "没有问"),
    "a key after the end": ('[{press: "1 2026 1"}]', "通话已经结束"),
    "nonsense": ("[{say: 今天天气真好}, {reach: number}]", "应当走到 number"),
}


@pytest.mark.parametrize("steps", PASSING.values(), ids=PASSING)
def test_passes(tmp_path: Path, steps: str) -> None:
    assert failure(tmp_path, steps) == ""


@pytest.mark.parametrize(("steps", "why"), FAILING.values(), ids=FAILING)
def test_fails_and_says_why(tmp_path: Path, steps: str, why: str) -> None:
    assert why in failure(tmp_path, steps)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("not_found", "没有这个号码"),
        ("timeout", "现在查不了"),
        ("unreachable", "现在查不了"),
        ("{gives: good, after: 20s}", "现在查不了"),
        ("{gives: good, after: 3s}", "请您稍等，正在查询"),
        ('{data: {status_text: 办好了, expected_on: "2026-12-05"}}', "办好了"),
        ("[unreachable, good]", "现在查不了"),
    ],
)
def test_the_backend_answers_as_it_was_told(tmp_path: Path, answer: str, heard: str) -> None:
    steps = f'[{{press: "1 2026"}}, {{hear: {heard}}}]'
    assert failure(tmp_path, steps, f"backend: {{get_case: {answer}}}") == ""


def test_a_question_without_an_answer_fails(tmp_path: Path) -> None:
    cases = '- {name: x, steps: [{press: "1 2026"}, {hear: 现在查不了}]}\n'
    file = tmp_path / "village.cases.yaml"
    run(tmp_path, cases)
    file.write_text(file.read_text("utf-8").replace("backend: {get_case: good}\n", ""), "utf-8")
    (outcome,) = rehearse(load_menus(tmp_path), [file]).outcomes
    assert "排练里没有写怎么回答" in str(outcome.failure)


@pytest.mark.parametrize(
    ("outcomes", "heard"),
    [
        ("ended", "谢谢来电"),
        ("busy", "您要办什么事"),
        ("[no_answer, ended]", "您要办什么事"),
        ("failed", "您要办什么事"),
    ],
)
def test_transfers_end_as_arranged(tmp_path: Path, outcomes: str, heard: str) -> None:
    steps = f'[{{press: "0"}}, {{hear: {heard}}}]'
    assert failure(tmp_path, steps, f"transfers: {{operator: {outcomes}}}") == ""


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ("menu", ""),
        ("{by: menu, reason: completed, within: 1min}", ""),
        ("caller", "应当由 caller 结束"),
        ("{by: menu, reason: other}", "completed"),
        ("{by: menu, within: 5s}", "超过 5 秒"),
    ],
)
def test_the_end_is_looked_at(tmp_path: Path, ends: str, why: str) -> None:
    found = failure(tmp_path, '[{press: "1 2026"}]', f"ends: {ends}")
    assert why in found
    assert bool(found) == bool(why)


def test_without_an_ending_the_caller_hangs_up(tmp_path: Path) -> None:
    (outcome,) = run(tmp_path, '- {name: x, steps: [{press: "1"}]}\n').outcomes
    assert [moment.facts["by"] for moment in outcome.moments if moment.what == "ended"] == ["caller"]


def test_a_call_by_keys_alone_hears_no_speech(tmp_path: Path) -> None:
    assert "听不懂说话" in failure(tmp_path, "[{say: 查办件}]", "speech: false")
    assert failure(tmp_path, "[{hear: 也可以直接说}]", "speech: true") == ""
    assert failure(tmp_path, "[{never_hear: 直接说}]") == ""


def test_a_failure_names_its_line(tmp_path: Path) -> None:
    cases = """\
        - name: x
          steps:
            - press: "1"
            - hear: 没有这句话
        """
    report = run(tmp_path, cases)
    (problem,) = report.problems
    text = (tmp_path / "village.cases.yaml").read_text("utf-8").splitlines()
    assert "没有这句话" in text[problem.line - 1]


def test_prompts_take_their_time(tmp_path: Path) -> None:
    (outcome,) = run(tmp_path, "- {name: x, steps: [silence]}\n").outcomes
    heard = [moment.ms for moment in outcome.moments if moment.what == "heard"]
    fired = next(moment for moment in outcome.moments if moment.what == "fired")
    # 10 characters, then twice 6, at 235 ms each and 640 ms for each sentence; then 8 s of patience.
    assert heard[:3] == [0, 2990, 5040]
    assert fired.ms == 5040 + 2050 + 8000


def test_a_call_leaves_nothing_scheduled(tmp_path: Path) -> None:
    write(tmp_path, "- {name: x, steps: [hang_up]}\n")
    call = VirtualCall(Engine(load_menus(tmp_path), "village"), VirtualVoice(tmp_path, Speaker()), ScriptedAnswers({}))
    call.advance(5)
    call.press("1")
    call.hang_up()
    assert call.clock.getDelayedCalls() == []
