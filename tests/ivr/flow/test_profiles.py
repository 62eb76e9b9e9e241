"""Callers whom the gateway knows: their language and pace, shorter words, what is masked."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.flow import commands
from tests.ivr.flow.caller import Caller, menu_set
from tests.ivr.flow.test_requests import one

REMEMBER = {"kind": "remember", "values": {"language": "'zh'", "township": "'青山'"}, "days": 90, "next": "done"}


class TestRemember:
    def test_only_a_yes_is_one(self) -> None:
        caller = one(REMEMBER)
        assert caller.heard[0].startswith("要不要我记住您的选择？记<90>天，")
        caller.press("1")
        assert commands.RememberCaller({"language": "zh", "township": "青山"}, 90) in caller.last
        assert caller.hung_up == "done"

    def test_a_no_forgets(self) -> None:
        caller = one(REMEMBER).press("2")
        assert commands.ForgetCaller() in caller.last and caller.hung_up == "done"

    def test_silence_keeps_nothing(self) -> None:
        caller = one(REMEMBER)
        for _ in range(3):
            caller.listen().wait()
        assert caller.hung_up == "done"
        assert not any(isinstance(command, commands.RememberCaller) for command in caller.all)

    def test_who_has_said_yes_is_not_asked_again(self) -> None:
        caller = one(REMEMBER, profile={"language": "zh"})
        assert (
            caller.hung_up == "done"
            and commands.RememberCaller({"language": "zh", "township": "青山"}, 90) in caller.all
        )

    def test_whoever_said_yes_can_take_it_back(self) -> None:
        caller = one({**REMEMBER, "ask_again": True}, profile={"language": "zh"}).press("2")
        assert commands.ForgetCaller() in caller.last and caller.state.variables["profile"] == {}

    def test_a_withheld_number_is_not_asked(self) -> None:
        assert one(REMEMBER, number="").heard == []


def test_the_language_and_pace_of_the_profile_hold_from_the_first_word() -> None:
    nodes = {
        "begin": {"kind": "say", "text": {"zh": "您好。", "en": "Hello."}, "next": "end"},
        "end": {"kind": "hangup"},
    }
    caller = Caller(menu_set(nodes, languages=["zh", "en"]), profile={"language": "en", "pace": "slow"})
    assert caller.heard == ["Hello."] and caller.playing is not None and caller.playing.pace == "slow"


def test_slower_and_help_are_universal() -> None:
    menu = {
        "kind": "menu",
        "prompt": {"zh": "请问办什么？"},
        "help": {"zh": "这里可以办事。"},
        "options": [{"keys": "1", "label": {"zh": "办事"}, "next": "done"}],
    }
    keys = {"repeat": "*", "slower": "7", "help": "8"}
    nodes = {"begin": menu, "done": {"kind": "hangup", "text": {"zh": "再见。"}}}
    caller = Caller(menu_set(nodes, universals=keys)).press("7")
    assert caller.heard[-1] == "好的，我说慢一点。请问办什么？办事，请按一。"
    assert caller.playing is not None and caller.playing.pace == "slow"
    caller.press("8")
    assert caller.heard[-1].startswith("这里可以办事。我慢慢说一遍，您听好了再按。…办事，…请按一。…想再听一遍，")
    caller.press("1")
    assert caller.playing is not None and caller.playing.pace == "slow", "the pace stays for the whole call"


VARIED = {
    "kind": "menu",
    "prompt": {"zh": "请问您要办什么事？"},
    "variants": {
        "elderly": {"prompt": {"zh": "老人家，您慢慢听。"}, "spoken": ["1"]},
        "short": {"prompt": {"zh": "办什么？"}},
    },
    "options": [
        {"keys": "1", "label": {"zh": "找人"}, "next": "done"},
        {"keys": "2", "label": {"zh": "再来"}, "next": "begin"},
    ],
}


@pytest.mark.parametrize(
    ("profile", "heard"),
    [
        ({}, "请问您要办什么事？找人，请按一。再来，请按二。"),
        ({"style": "elderly"}, "老人家，您慢慢听。找人，请按一。"),
        ({"pace": "slow"}, "老人家，您慢慢听。找人，请按一。"),
        ({"style": "short"}, "办什么？找人，请按一。再来，请按二。"),
        ({"style": ["?"]}, "请问您要办什么事？找人，请按一。再来，请按二。"),
    ],
)
def test_a_menu_has_other_words_for_some_callers(profile: dict[str, Any], heard: str) -> None:
    assert one(VARIED, profile=profile).heard == [heard]


def test_who_comes_again_hears_the_short_words_and_unnamed_keys_work() -> None:
    assert one(VARIED).press("2").heard[-1].startswith("办什么？")
    assert one(VARIED, profile={"style": "elderly"}).press("2").state.visits["root/begin"] == 2


def test_a_variable_that_is_declared_sensitive_is_masked_whatever_sets_it() -> None:
    nodes = {
        "begin": {"kind": "set", "values": {"secret": "'123'"}, "next": "again"},
        "again": {"kind": "set", "values": {"other": "secret"}, "next": "say"},
        "say": {"kind": "say", "text": {"zh": "{secret:digits}{other:digits}{plain}"}, "next": "end"},
        "end": {"kind": "hangup"},
    }
    variables = {
        "secret": {"type": "digits", "sensitive": True},
        "plain": "好",
        "count": {"type": "number", "start": 3},
    }
    caller = Caller(menu_set(nodes, variables=variables))
    assert caller.playing is not None
    assert [getattr(part, "sensitive", None) for part in caller.playing.parts] == [True, True, False]
    assert caller.state.variables["count"] == 3
