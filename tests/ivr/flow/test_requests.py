"""Node kinds that take something from the caller."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.flow import commands, events
from ivr.flow.nodes.hearing import MOST_NOTHINGS
from tests.ivr.flow.caller import Caller, menu_set

ENDS = ("done", "keys", "nothing", "broken", "queued")


def one(node: dict[str, Any], **more: Any) -> Caller:
    """A call to a tree with one node; its exits are ends whose reason is their name."""
    ends = {name: {"kind": "hangup", "reason": name} for name in ENDS}
    return Caller(menu_set({"begin": node, **ends}), **more)


ASK = {
    "kind": "ask",
    "prompt": {"zh": "您想办什么事？"},
    "operation": "search",
    "arguments": {"where": "'county'"},
    "save_as": "item",
    "next": "done",
    "by_keys": "keys",
    "not_found": "nothing",
    "failed": "broken",
}
FOUND = {"items": [{"title": "补办身份证"}, {"title": "换身份证"}, {"name": "x"}, {"title": "办户口"}, {"title": "多"}]}


def ask() -> Caller:
    return one(ASK, speech=("zh",))


class TestAsk:
    def test_what_was_said_is_searched_and_three_answers_are_read_back(self) -> None:
        caller = ask().listen().say(text="我的身份证丢了")
        assert caller.heard == ["您想办什么事？想按键选，请按一。"]
        assert caller.asked is not None and caller.asked.operation == "search"
        assert caller.asked.arguments == {"where": "county", "q": "我的身份证丢了"}
        caller.reply(FOUND)
        assert caller.heard[-1] == (
            "找到了，请您选一样。<补办身份证>，请按一。<换身份证>，请按二。<办户口>，请按三。都不是，请按九。"
        )
        assert caller.press("2").hung_up == "done"
        assert caller.state.variables["item"] == {"title": "换身份证"}

    def test_keys_are_a_way_out(self) -> None:
        assert ask().press("1").hung_up == "keys"

    @pytest.mark.parametrize("reply", [{"items": []}, {"items": [{"name": "x"}]}, [], None, {"items": "x"}, "x"])
    def test_nothing_found(self, reply: Any) -> None:
        assert ask().listen().say(text="嗯").reply(reply).hung_up == "nothing"

    def test_backend_that_fails(self) -> None:
        assert ask().listen().say(text="身份证").fail("timeout").hung_up == "broken"

    def test_none_of_them_asks_once_more_and_then_offers_keys(self) -> None:
        caller = ask().listen().say(text="身份证").reply(FOUND).press("9")
        assert caller.heard[-1] == "好的，请您换个说法，再说一遍。您想办什么事？想按键选，请按一。"
        assert caller.listen().say(text="身份证").reply(FOUND).press("9").hung_up == "keys"

    def test_a_slow_search_is_filled_with_words(self) -> None:
        caller = ask().listen().say(text="身份证").wait()
        assert caller.heard[-1] == "请您稍等，正在查询。"
        caller.reply(FOUND).listen()
        assert caller.heard[-1].startswith("找到了")

    def test_silence_climbs_the_ladder_and_stops_listening(self) -> None:
        caller = ask().listen().wait()
        assert caller.heard[-1] == "没有听到您说话，也没有听到您按键。您想办什么事？想按键选，请按一。"

    def test_where_speech_is_not_understood_there_are_keys(self) -> None:
        assert one(ASK).hung_up == "keys", "a gateway without speech"
        assert ask().listen().deafen().listen().hung_up == "keys", "a worker that fails"
        assert ask().listen().mumble().listen().mumble().hung_up == "keys", "a caller who is not understood"

    def test_on_a_bad_line_who_is_not_understood_is_led_to_the_keys(self) -> None:
        caller = ask().listen().speak()
        caller.give(events.QualityChanged("bad"))
        assert caller.turn is not None
        token, caller.turn = caller.turn.token, None
        caller.give(events.HeardNothing(token, "out_of_set", "什么"))
        assert (caller.turn, caller.timer_names, caller.heard[-1]) == (None, [], "电话里的声音不太清楚，请您按键。")
        assert caller.listen().hung_up == "keys"

    @pytest.mark.parametrize("when", ["while it is asked", "while the caller is waited for"])
    def test_a_line_that_turns_bad_leads_to_the_keys_though_nobody_speaks(self, when: str) -> None:
        caller = ask()
        if when == "while it is asked":
            caller.give(events.QualityChanged("bad")).listen()
        else:
            caller.listen().give(events.QualityChanged("bad")).wait()
        assert caller.listen().hung_up == "keys"

    @pytest.mark.parametrize("while_it_is_asked", [True, False])
    def test_many_noises_lead_to_the_keys(self, while_it_is_asked: bool) -> None:
        caller = ask() if while_it_is_asked else ask().listen()
        for _ in range(MOST_NOTHINGS - 1):
            caller.make_noise()
            assert caller.turn is not None and caller.hung_up == ""
        assert caller.make_noise().turn is None
        assert caller.listen().hung_up == "keys"

    def test_none_of_them_where_nobody_listens_offers_keys(self) -> None:
        caller = ask().listen().say(text="身份证").reply(FOUND)
        caller.give(events.QualityChanged("bad")).press("9")
        assert caller.hung_up == "keys"

    def test_what_was_not_understood_counts_as_silence(self) -> None:
        assert ask().listen().mumble().heard[-1].startswith("对不起，我没有听清")

    def test_a_key_beats_speech(self) -> None:
        caller = ask().listen()
        assert caller.turn is not None and caller.turn.expect == "question"
        token = caller.turn.token
        caller.press("5")
        assert caller.give(events.Heard(token, "accept", "身份证")).asked is None

    def test_an_answer_can_be_named(self) -> None:
        caller = ask().listen().say(text="身份证").reply(FOUND)
        assert caller.turn is not None
        assert [option.phrases for option in caller.turn.options] == [("补办身份证",), ("换身份证",), ("办户口",)]
        assert caller.say("3").hung_up == "done" and caller.state.variables["item"] == {"title": "办户口"}

    def test_help_and_the_operator_are_universal_here_too(self) -> None:
        assert ask().say("operator").heard[-1] == "给您转人工。"


RECORD = {
    "kind": "record",
    "prompt": {"zh": "请说吧。"},
    "details": {"township": "'青山'"},
    "save_as": "receipt",
    "next": "done",
    "failed": "broken",
}
REVIEW = "录好了。要留下，请按一。想听一遍，请按二。想重新说，请按三。"


class TestRecord:
    def test_what_was_said_is_heard_back_and_kept(self) -> None:
        caller = one(RECORD).listen()
        assert caller.recording is not None and caller.recording.most_ms == 120_000
        caller.press("#").recorded()
        assert caller.heard[-1] == REVIEW
        assert caller.press("2").heard[-1] == "[said.wav]"
        assert caller.listen().heard[-1] == REVIEW
        caller.press("1")
        assert caller.left is not None and caller.left.kind == "recording" and caller.left.files == ("said.wav",)
        assert caller.left.data == {"township": "青山", "how": "kept", "language": "zh"}
        assert caller.kept().hung_up == "done"
        assert caller.state.variables["receipt"] == {"reference": "2026001"}

    def test_nothing_is_confirmed_before_it_is_kept(self) -> None:
        caller = one(RECORD).listen().recorded(cause="silence").press("1")
        assert caller.hung_up == "" and caller.playing is None
        assert caller.press("3").hung_up == "", "it is too late for another mind"
        assert caller.not_kept().hung_up == "broken"

    def test_again_forgets_the_first(self) -> None:
        caller = one(RECORD).listen().recorded().press("3")
        assert commands.DiscardRecording("said.wav") in caller.last
        assert caller.heard[-1] == "好的，请您重新说一遍。请说吧。"
        caller.listen().recorded().press("1").kept()
        assert caller.hung_up == "done"

    def test_nothing_said_is_told(self) -> None:
        caller = one(RECORD).listen().recorded(4000, "nothing")
        assert caller.heard[-1] == "没有听到您说话。请说吧。"
        assert commands.DiscardRecording("said.wav") in caller.last
        assert caller.listen().recording is not None

    def test_a_disk_that_fails_has_its_exit(self) -> None:
        assert one(RECORD).listen().recorded(0, "failed").hung_up == "broken"

    def test_without_review_it_is_kept_at_once(self) -> None:
        assert one({**RECORD, "review": False}).listen().recorded().kept().hung_up == "done"

    @pytest.mark.parametrize("first", ["hang up", "recording"])
    def test_who_hangs_up_in_the_middle_has_kept_what_was_said(self, first: str) -> None:
        caller = one(RECORD).listen()
        if first == "hang up":
            caller.give(events.CallerHungUp()).recorded(cause="hangup")
        else:
            caller.recorded(cause="hangup").give(events.CallerHungUp())
        assert caller.left is not None and caller.left.data["how"] == "hangup"
        assert caller.left.files == ("said.wav",) and caller.state.phase == "ended"

    def test_an_operator_who_ends_the_call_loses_nothing_either(self) -> None:
        caller = one(RECORD).listen().give(events.OperatorHangUp()).recorded(cause="hangup")
        assert caller.left is not None and caller.left.data["how"] == "hangup"

    def test_who_hangs_up_without_a_word_leaves_nothing(self) -> None:
        caller = one(RECORD).listen().give(events.CallerHungUp()).recorded(200, "nothing")
        assert caller.left is None

    def test_a_review_without_an_answer_keeps_it(self) -> None:
        caller = one(RECORD).listen().recorded()
        for _ in range(3):
            caller.listen().wait()
        assert caller.left is not None and caller.left.data["how"] == "unanswered"

    def test_a_call_that_grows_too_long_keeps_it(self) -> None:
        caller = one(RECORD).listen().fire("call_length").recorded(cause="stopped")
        assert caller.left is not None and caller.left.data["how"] == "hangup"


RATE = {"kind": "rate", "prompt": {"zh": "请打分。"}, "details": {"about": "'热线'"}, "next": "done"}


class TestRate:
    def test_a_mark_is_left(self) -> None:
        caller = one(RATE)
        assert caller.heard[0].startswith("请打分。很满意，请按五。")
        caller.press("4")
        assert caller.left is not None and caller.left.data == {"about": "热线", "mark": 4, "language": "zh"}
        assert caller.kept().hung_up == "done" and caller.state.variables["rating"] == 4

    def test_a_mark_that_is_lost_stops_nobody(self) -> None:
        assert one(RATE).press("5").not_kept().hung_up == "done"
        assert one({**RATE, "failed": "broken"}).press("5").not_kept().hung_up == "broken"

    def test_other_keys_are_no_marks(self) -> None:
        assert one(RATE).press("7").heard[-1].startswith("没有这个选项")

    def test_who_says_nothing_simply_goes_on(self) -> None:
        caller = one(RATE)
        for _ in range(3):
            caller.listen().wait()
        assert caller.hung_up == "done"


SEND = {
    "kind": "send",
    "message": {"zh": "您的办件号{number:digits}，材料：{papers:list}。"},
    "text": {"zh": "这就发给您。"},
    "next": "done",
    "queued": "queued",
    "failed": "broken",
}


def send(**more: Any) -> Caller:
    values = {"kind": "set", "values": {"number": "'2026'", "papers": "('照片', '户口本')"}, "next": "send"}
    ends = {name: {"kind": "hangup", "reason": name} for name in ENDS}
    return Caller(menu_set({"begin": values, "send": SEND, **ends}), **more)


class TestSend:
    @pytest.mark.parametrize(("outcome", "end"), [("sent", "done"), ("queued", "queued"), ("failed", "broken")])
    def test_every_outcome_has_its_exit(self, outcome: Any, end: str) -> None:
        caller = send()
        assert caller.sent is not None and caller.sent.to == "13900001234" and caller.sent.channel == "sms"
        assert caller.sent.text == "您的办件号2026，材料：照片、户口本。"
        caller.give(events.SendEnded(caller.sent.token, outcome))
        assert caller.hung_up == "", "what is said is finished first"
        assert caller.listen().hung_up == end

    def test_an_outcome_that_comes_late_is_waited_for(self) -> None:
        caller = send().listen()
        assert caller.sent is not None
        assert caller.give(events.SendEnded(caller.sent.token, "sent")).hung_up == "done"

    def test_a_withheld_number_gets_no_message(self) -> None:
        caller = send(number="")
        assert caller.sent is None and caller.listen().hung_up == "broken"


CALLBACK = {
    "kind": "callback",
    "prompt": {"zh": "我们给您回电话。"},
    "reason": "'补办身份证'",
    "times": [
        {"keys": "1", "label": {"zh": "上午"}, "value": "morning"},
        {"keys": "2", "label": {"zh": "下午"}, "value": "afternoon"},
    ],
    "save_as": "receipt",
    "next": "done",
    "failed": "broken",
}


class TestCallback:
    def test_the_number_of_the_call(self) -> None:
        caller = one(CALLBACK)
        assert caller.heard == [
            "我们给您回电话。我们打您现在用的电话，<13900001234>。可以的话，请按一。换一个号码，请按二。"
        ]
        assert caller.playing is not None and all(getattr(part, "sensitive", True) for part in caller.playing.parts)
        assert caller.press("1").heard[-1] == "请选一个您方便接电话的时间。上午，请按一。下午，请按二。"
        caller.press("2")
        assert caller.left is not None and caller.left.kind == "callback" and caller.left.sensitive == ("number",)
        assert caller.left.data == {
            "number": "13900001234",
            "own_number": True,
            "reason": "补办身份证",
            "preferred_time": "afternoon",
            "language": "zh",
        }
        assert caller.kept().hung_up == "done"

    def test_another_number_is_read_back(self) -> None:
        caller = one({**CALLBACK, "times": []}).press("2").press("02112345678#")
        assert caller.heard[-1] == "您的电话是，<02112345678>。对的话，请按一。要重新输入，请按二。"
        caller.press("2").press("0211234567").wait().press("1")
        assert caller.left is not None and caller.left.data["number"] == "0211234567"
        assert not caller.left.data["own_number"]

    def test_no_number_reaches_the_log(self) -> None:
        caller = one(CALLBACK).press("2").press("123#").press("02112345678#")
        assert [keys for _, keys in caller.inputs()] == ["2", "••••", "••••"]

    def test_a_withheld_number_is_asked_for(self) -> None:
        caller = one(CALLBACK, number="")
        assert caller.heard == ["请输入您的电话号码，输完以后，请按井号键。"]

    def test_what_cannot_be_noted_has_its_exit(self) -> None:
        assert one({**CALLBACK, "times": []}).press("1").not_kept().hung_up == "broken"
