"""Callers who speak: options, digits, doubts, interruptions, and what happens when nobody understands."""

from __future__ import annotations

from typing import Any

from ivr.flow import commands, events
from tests.ivr.flow.caller import Caller, menu_set

ZH = ("zh",)
HINT = "您可以按键，也可以直接说。"


def menu(**more: Any) -> dict[str, Any]:
    ask = {
        "kind": "menu",
        "prompt": {"zh": "请问您要办什么事？"},
        "options": [
            {"keys": "1", "label": {"zh": "查进度"}, "phrases": {"zh": ["进度", "办到哪一步了"]}, "next": "progress"},
            {"keys": "2", "label": {"zh": "问政策"}, "next": "policy"},
        ],
        **more,
    }
    return {
        "ask": ask,
        "progress": {"kind": "say", "text": {"zh": "这是进度。"}, "next": "ask"},
        "policy": {"kind": "say", "text": {"zh": "这是政策。"}, "next": "ask"},
    }


def collect(**more: Any) -> dict[str, Any]:
    ask = {"kind": "collect", "prompt": {"zh": "请输入号码。"}, "save_as": "number", "least": 4, "most": 8, **more}
    return {
        "ask": {**ask, "next": "echo"},
        "echo": {"kind": "say", "text": {"zh": "{number:digits}"}, "next": "person"},
    }


def caller(nodes: dict[str, Any] | None = None, **more: Any) -> Caller:
    return Caller(menu_set(nodes or menu(), **more), speech=ZH)


def named(caller: Caller, kind: type) -> list[commands.Command]:
    return [command for command in caller.last if isinstance(command, kind)]


def last_input(caller: Caller) -> dict[str, Any]:
    return [data for name, data in caller.notes if name == "input"][-1]


# What is listened for


def test_a_menu_listens_for_its_options_and_for_what_may_be_said_everywhere() -> None:
    turn = caller().turn
    assert turn is not None
    assert (turn.expect, turn.language, turn.sensitive) == ("options", "zh", False)
    assert [(option.id, option.phrases) for option in turn.options] == [
        ("1", ("进度", "办到哪一步了", "查进度")),
        ("2", ("问政策",)),
    ]
    assert {"repeat", "slower", "back", "main_menu", "operator", "help"} == {option.id for option in turn.universals}


def test_an_option_that_means_a_universal_action_has_its_phrases() -> None:
    nodes = menu()
    nodes["ask"]["options"].append({"keys": "0", "label": {"zh": "找人工"}, "next": "person"})
    turn = caller(nodes).turn
    assert turn is not None
    assert "接线员" in turn.options[-1].phrases
    assert "operator" not in {option.id for option in turn.universals}


def test_calls_without_speech_listen_for_nothing_and_say_nothing_of_it() -> None:
    quiet = Caller(menu_set(menu()))
    assert quiet.turn is None
    assert HINT not in quiet.heard[-1]


def test_speech_in_another_language_is_not_listened_for() -> None:
    other = Caller(menu_set(menu()), speech=("en",))
    assert other.turn is None


def test_a_node_without_speech() -> None:
    assert caller(menu(speech=False)).turn is None


def test_the_prompt_invites_to_speak_once_and_again_when_it_is_repeated() -> None:
    someone = caller()
    assert someone.heard[-1] == "请问您要办什么事？" + HINT + "查进度，请按一。问政策，请按二。"
    someone.say("1").listen()
    assert HINT not in someone.heard[-1]
    someone.listen().wait()
    assert someone.heard[-1].startswith("没有听到您说话，也没有听到您按键。" + HINT)


def test_collect_listens_for_digits_a_day_or_an_answer() -> None:
    digits = caller(collect()).turn
    day = caller(collect(say_as="date", least=8, most=8)).turn
    amount = caller(collect(say_as="money")).turn
    assert digits and (digits.expect, digits.least, digits.most) == ("digits", 4, 8)
    assert day and day.expect == "date"
    assert amount and (amount.expect, amount.options) == ("options", ())


# What is understood


def test_what_is_said_is_as_good_as_its_key() -> None:
    someone = caller().say("1", text="查进度")
    assert someone.heard[-1] == "这是进度。"
    noted = last_input(someone)
    assert (noted["outcome"], noted["option"], noted["input"], noted["key_source"]) == (
        "match",
        "1",
        "查进度",
        "speech",
    )
    assert (noted["band"], noted["confidence"], noted["decision_ms"]) == ("accept", 0.9, 250)
    assert noted["candidates"] == [{"id": "1", "phrase": "查进度", "confidence": 0.9, "mergers": None}]


def test_digits_that_are_said_are_as_good_as_keys() -> None:
    someone = caller(collect()).say(values=("20260001",), text="二零二六零零零一")
    assert someone.heard[-1] == "<20260001>"
    assert (last_input(someone)["input"], last_input(someone)["key_source"]) == ("20260001", "speech")


def test_digits_of_a_wrong_length_are_not_understood() -> None:
    someone = caller(collect()).say(values=("123",))
    assert last_input(someone)["outcome"] == "unheard"
    assert someone.heard[-1].startswith("对不起，我没有听清。")


def test_digits_are_read_back_when_they_were_not_heard_well() -> None:
    someone = caller(collect()).say(values=("2026",), band="confirm")
    assert someone.heard[-1].startswith("您输入的是，<2026>。")
    assert someone.turn is not None and someone.turn.expect == "yes_no"
    someone.say("yes")
    assert someone.heard[-1] == "<2026>"


def test_no_to_the_read_back_asks_again() -> None:
    someone = caller(collect(confirm=True)).say(values=("2026",)).say("no")
    assert someone.heard[-1].startswith("好的，请您重新输入。")
    assert someone.turn is not None and someone.turn.expect == "digits"


def test_a_doubt_is_asked_about_and_answered_by_speech() -> None:
    someone = caller().say("2", "1", band="confirm")
    assert someone.heard[-1] == "您是说，问政策吗？是的话，请按一；不是，请按二。"
    assert someone.turn is not None and (someone.turn.expect, someone.turn.options) == ("yes_no", ())
    someone.say("yes")
    assert someone.heard[-1] == "这是政策。"
    assert [data["outcome"] for name, data in someone.notes if name == "input"] == ["doubtful", "match"]


def test_a_doubt_is_answered_by_key() -> None:
    assert caller().say("2", band="confirm").press("1").heard[-1] == "这是政策。"
    denied = caller().say("2", band="confirm").press("2")
    assert denied.heard[-1].startswith("对不起，我没有听清。")
    assert [data["outcome"] for name, data in denied.notes if name == "input"] == ["doubtful", "denied"]


def test_another_key_than_yes_or_no_is_one_of_the_menu() -> None:
    nodes = menu()
    nodes["ask"]["options"].append({"keys": "3", "label": {"zh": "问停电"}, "next": "person"})
    assert caller(nodes).say("2", band="confirm").press("3").heard[-1] == "给您转人工。"


def test_an_option_that_is_not_here_is_not_understood() -> None:
    assert last_input(caller().say("77"))["outcome"] == "unheard"
    assert last_input(caller().say())["outcome"] == "unheard"


def test_what_is_said_at_a_sensitive_node_is_not_noted() -> None:
    someone = caller(menu(sensitive=True)).say("1", text="查进度")
    noted = last_input(someone)
    assert (noted["input"], noted["option"], noted["candidates"]) == ("••••", "••••", [])


def test_the_doubt_at_a_sensitive_node_is_said_but_not_shown() -> None:
    someone = caller(menu(sensitive=True)).say("1", band="confirm")
    (play,) = named(someone, commands.Play)
    assert isinstance(play, commands.Play)
    assert all(getattr(part, "sensitive", False) for part in play.parts)


# What may be said everywhere


def test_again_slower_and_help() -> None:
    someone = caller()
    assert HINT in someone.heard[-1]
    assert someone.say("repeat").heard[-1] == someone.heard[0].replace(HINT, "")
    someone.say("slower")
    (play,) = named(someone, commands.Play)
    assert isinstance(play, commands.Play) and play.pace == "slow"
    assert someone.heard[-1].startswith("好的，我说慢一点。请问您要办什么事？")
    assert someone.say("help").heard[-1].startswith("我慢慢说一遍")
    someone.say("1")
    assert someone.playing is not None and someone.playing.pace == "slow", "for the rest of the call"


def test_slower_by_key() -> None:
    someone = Caller(menu_set(menu(), universals={"slower": "7", "repeat": "*"})).press("7")
    assert someone.playing is not None and someone.playing.pace == "slow"


def test_the_way_out_is_taken_when_it_is_said_and_doubted_when_it_is_hardly_heard() -> None:
    assert caller().say("operator").heard[-1] == "给您转人工。"
    doubted = caller().say("operator", band="confirm")
    assert doubted.heard[-1].startswith("您是要找人工吗？")
    assert doubted.say("yes").heard[-1] == "给您转人工。"


def test_back_and_main_menu() -> None:
    nodes = menu()
    nodes["progress"] = {**menu()["ask"], "prompt": {"zh": "第二层。"}}
    someone = caller(nodes).say("1")
    assert someone.heard[-1].startswith("第二层。")
    assert someone.say("back").heard[-1].startswith("请问您要办什么事？")
    assert someone.say("1").say("main_menu").heard[-1].startswith("请问您要办什么事？")


def test_slower_and_again_are_heard_while_an_answer_is_said() -> None:
    someone = caller().say("1")
    assert someone.turn is not None and someone.turn.options == ()
    someone.say("slower")
    assert (someone.heard[-1], someone.playing and someone.playing.pace) == ("好的，我说慢一点。这是进度。", "slow")
    assert someone.say("repeat").heard[-1] == "这是进度。"
    assert someone.say("back").heard[-1].startswith("请问您要办什么事？")


# Interruptions


def test_a_prompt_pauses_when_the_caller_speaks_and_stops_when_they_are_understood() -> None:
    someone = caller().speak()
    assert someone.paused
    assert someone.turn is not None
    token, someone.turn = someone.turn.token, None
    someone.give(events.Heard(token, "accept", "", (events.Candidate("1"),)))
    assert someone.heard[-1] == "这是进度。"


def test_a_prompt_goes_on_when_it_was_interrupted_for_nothing() -> None:
    for reason in ("noise", "filler", "out_of_set"):
        someone = caller().mumble(reason)  # type: ignore[arg-type]
        assert not someone.paused and someone.playing is not None
        assert someone.turn is not None, "and the caller is listened to again"
        assert someone.inputs() == []
        assert someone.heard == someone.heard[:1]


def test_a_prompt_that_is_interrupted_for_nothing_again_and_again_is_said_to_its_end() -> None:
    someone = caller().mumble("noise").mumble("noise")
    assert someone.turn is None and someone.playing is not None
    someone.listen()
    assert someone.turn is not None


def test_a_prompt_that_may_not_be_interrupted_is_not_listened_over() -> None:
    someone = caller(menu(interruptible=False))
    assert someone.turn is None
    someone.listen()
    assert someone.turn is not None


def test_a_key_beats_speech() -> None:
    someone = caller().speak().press("2")
    assert someone.heard[-1] == "这是政策。"
    stale = events.Heard(2, "accept", "", (events.Candidate("1"),))
    assert someone.give(stale).heard[-1] == "这是政策。"


def test_no_speech_while_keys_are_pressed() -> None:
    nodes = menu()
    nodes["ask"]["options"][0]["keys"] = "11"
    assert caller(nodes).press("1").turn is None


# Silence


def test_nothing_is_listened_to_when_the_call_is_over() -> None:
    assert caller().give(events.CallerHungUp()).turn is None
    assert caller().speak().give(events.OperatorHangUp()).turn is None
