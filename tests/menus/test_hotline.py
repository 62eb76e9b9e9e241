"""Dialogues with the shipped hotline, run by the real engine: what a resident presses, and what they hear."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import menus
from ivr.flow import commands, events
from menus.loader import load_menus
from menus.model import MenuSet
from tests.ivr.flow.caller import Caller

CASE: dict[str, Any] = {
    "number": "20260001",
    "item_name": "高龄补贴",
    "department": "县民政局",
    "status": "in_review",
    "status_text": "正在审核",
    "step": "县民政局正在核对材料。",
    "accepted_on": "2026-11-16",
    "expected_on": "2026-12-05",
    "missing_documents": [],
    "pickup_address": None,
}
ITEM: dict[str, Any] = {
    "code": "id_card_replacement",
    "name": "补办身份证",
    "summary": "身份证丢了可以补办。",
    "conditions": "一定要本人去。",
    "documents": ["户口本", "旧的身份证"],
    "steps": ["本人到派出所。", "当场照相。"],
    "days": 20,
    "fee": "补办要四十块钱。",
    "address": "镇上派出所",
    "hours": "周一到周五",
    "phone": "0400-5550101",
}
POLICY: dict[str, Any] = {
    "title": "种粮补贴",
    "summary": "谁种粮食，补贴就给谁。",
    "points": ["种一亩水稻，补一百二十块。", "四月底以前登记。"],
    "valid_until": "2027-12-31",
}
NOTICES: dict[str, Any] = {"items": [{"text": "清水镇明天停电。"}, {"text": "石桥镇后天停电。"}], "count": 2}


@lru_cache(maxsize=1)
def shipped() -> MenuSet:
    found = load_menus(Path(menus.__file__).parent / "trees")
    return found.model_copy(update={"trees": {**found.trees, "root": found.trees["hotline"]}})


class Resident(Caller):
    """Calls the hotline."""

    def __init__(self) -> None:
        super().__init__(shipped())

    def hear_out(self) -> str:
        """Listen until the hotline waits for a key, for the backend or for a person; what was said on the way."""
        before = len(self.heard) - bool(self.playing)
        while self.playing:
            self.listen()
        return "/".join(self.heard[before:])

    def transfer_ends(self, outcome: events.TransferOutcome) -> Resident:
        assert self.transferred
        self.give(events.TransferEnded(self.transferred.token, outcome))
        return self

    def answer(self, data: Any) -> str:
        self.reply(data)
        return self.hear_out()


def test_the_greeting_offers_english_in_english() -> None:
    resident = Resident()
    said = resident.hear_out()
    assert said.startswith(
        "您好，这里是政务服务热线。/For English, press eight./请问您要办什么事？查办件进度，请按一。"
    )
    assert [command.language for command in resident.all if isinstance(command, commands.Play)] == ["zh", "en", "zh"]


def test_the_state_of_a_case() -> None:
    resident = Resident()
    resident.press("120260001")
    resident.hear_out()
    assert resident.asked
    assert (resident.asked.operation, resident.asked.arguments) == ("get_case", {"number": "20260001"})
    assert resident.answer(CASE) == (
        "您办的<高龄补贴>，<正在审核>。/<县民政局正在核对材料。>/大概<2026-12-05>能办好。/"
        "听清楚了，就可以挂机。再听一遍，请按一。查另一个号码，请按二。用短信发给我，请按三。回主菜单，请按九。找人工，请按零。"
    )


def test_missing_papers_lateness_and_the_place_are_told() -> None:
    resident = Resident()
    resident.press("120260003")
    resident.hear_out()
    said = resident.answer(
        {
            **CASE,
            "missing_documents": ["照片", "诊断证明"],
            "expected_on": "2026-11-19",
            "pickup_address": "清水镇派出所",
        }
    )
    assert "还缺这些材料：<['照片', '诊断证明']>。" in said
    assert "原来说好<2026-11-19>办完，现在晚了几天" in said
    assert "去拿的地方是，<清水镇派出所>。" in said


def test_a_case_that_is_due_today_is_not_late() -> None:
    resident = Resident()
    resident.press("120260003")
    resident.hear_out()
    assert "大概<2026-11-22>能办好。" in resident.answer({**CASE, "expected_on": "2026-11-22"})


def test_a_wrong_number_may_be_entered_twice_more_then_a_person_helps() -> None:
    resident = Resident()
    resident.press("111111111")
    resident.hear_out()
    for number in ("22222222", "33333333"):
        said = resident.answer(None)
        assert said.startswith(f"您输的是，<{resident.state.variables['case_number']}>，没有查到这个号码。")
        resident.press(number)
        resident.hear_out()
    said = resident.answer(None)
    assert said == "还是没有查到。不要紧，我请工作人员帮您查。/好的，给您转人工，请不要挂机。"
    assert resident.transferred


def test_a_second_case_begins_with_new_tries() -> None:
    resident = Resident()
    resident.press("111111111")
    resident.hear_out()
    resident.answer(None)
    resident.press("20260001")
    resident.hear_out()
    resident.answer(CASE)
    resident.press("2")
    assert "请输入您的办件号码。" in resident.hear_out()
    resident.press("44444444")
    resident.hear_out()
    assert "请您对着回执单，再输一遍。" in resident.answer(None)


def test_a_backend_that_is_down_is_told_and_can_be_tried_again() -> None:
    for keys in ("120260001", "21", "32", "411"):
        resident = Resident()
        resident.press(keys)
        resident.hear_out()
        first = resident.asked
        assert first
        resident.fail("timeout")
        said = resident.hear_out()
        assert said == (
            "对不起，现在查不了，可能是网络断了。不是您按错了。/再试一次，请按一。请工作人员给您回电话，请按二。"
            "回主菜单，请按九。找人工，请按零。"
        )
        resident.press("1")
        resident.hear_out()
        again = resident.asked
        assert again
        assert again.token != first.token
        assert (again.operation, again.arguments) == (first.operation, first.arguments)
        resident.fail("timeout")
        resident.hear_out()
        assert "请问您要办什么事？" in resident.press("9").heard[-1]


def test_the_papers_the_way_and_the_cost_of_a_service() -> None:
    resident = Resident()
    resident.press("21")
    resident.hear_out()
    assert resident.asked
    assert resident.asked.arguments == {"code": "id_card_replacement"}
    assert resident.answer(ITEM).startswith("<身份证丢了可以补办。>/<一定要本人去。>/您还想听什么？")
    resident.press("1")
    assert resident.hear_out().startswith("要带的材料，我一样一样说。/<户口本>。…/<旧的身份证>。…/听清楚了")
    resident.press("2")
    assert resident.hear_out().startswith(
        "<本人到派出所。>/<当场照相。>/地方是，<镇上派出所>。时间是，<周一到周五>。/问事的电话是，<0400-5550101>。/"
    )
    resident.press("3")
    assert resident.hear_out().startswith("<补办要四十块钱。>/材料交齐以后，大概要等<20>个工作日。/")


def test_what_is_done_at_once_needs_no_days() -> None:
    resident = Resident()
    resident.press("23")
    resident.hear_out()
    resident.answer({**ITEM, "days": 0})
    resident.press("3")
    assert "当场就能办好" in resident.hear_out()


def test_an_item_that_the_backend_does_not_know() -> None:
    resident = Resident()
    resident.press("25")
    resident.hear_out()
    assert resident.answer(None).startswith("对不起，这一项我这里没有资料。")


def test_a_policy_point_by_point() -> None:
    resident = Resident()
    resident.press("32")
    resident.hear_out()
    said = resident.answer(POLICY)
    assert said.startswith("<谁种粮食，补贴就给谁。>/<种一亩水稻，补一百二十块。>…/<四月底以前登记。>…/听清楚了")


def test_a_policy_that_has_run_out_says_so_first() -> None:
    resident = Resident()
    resident.press("32")
    resident.hear_out()
    assert resident.answer({**POLICY, "valid_until": "2026-11-21"}).startswith("先跟您说一声，这项政策到<2026-11-21>")


def test_power_cuts_of_the_county_and_of_one_town() -> None:
    resident = Resident()
    resident.press("411")
    resident.hear_out()
    assert resident.asked
    assert resident.asked.arguments == {"kind": "power_outage", "township": ""}
    assert resident.answer(NOTICES).startswith("通知一共<2>条。/<清水镇明天停电。>…/<石桥镇后天停电。>…/")
    resident.press("2")
    resident.hear_out()
    resident.press("21")
    resident.hear_out()
    assert resident.asked.arguments == {"kind": "power_outage", "township": "qingshui"}
    assert resident.answer({"items": [], "count": 0}).startswith("这几天没有停电通知。")


def test_nobody_answers_so_the_caller_hears_hours_and_number() -> None:
    for outcome, told in (("busy", "现在人工都在接电话"), ("no_answer", "人工现在没有人接"), ("failed", "没有人接")):
        resident = Resident()
        resident.press("0")
        resident.hear_out()
        assert resident.transferred
        assert (resident.transferred.target, resident.transferred.ring_for_ms) == ("operator", 30_000)
        resident.transfer_ends(outcome)  # type: ignore[arg-type]
        said = resident.hear_out()
        if outcome == "busy":
            said += resident.answer(None)  # nobody knows the row
        assert told in said
        # It is a Sunday.
        assert ("周一到周五" if outcome == "busy" else "现在下班了，<2026-11-23>，<09:00>才有人。") in said
        assert "<0400-5550100>" in said
        assert "请问您要办什么事？" in resident.press("9").heard[-1]


def test_after_a_talk_the_caller_can_go_on() -> None:
    resident = Resident()
    resident.press("0")
    resident.hear_out()
    resident.transfer_ends("ended")
    assert resident.hear_out().startswith("人工通话结束了。")


def test_english_and_back() -> None:
    resident = Resident()
    resident.press("8")
    said = resident.hear_out()
    assert "We will speak English now." in said
    assert "For the state of your application, press one." in said
    assert resident.state.language == "en"
    resident.press("120260001")
    resident.hear_out()
    assert resident.asked
    assert resident.asked.language == "en"
    resident.answer(CASE)
    resident.press("98")
    assert "请问您要办什么事？" in resident.hear_out()


def test_who_has_heard_enough_and_stays_silent_is_asked_once_more_and_let_go() -> None:
    resident = Resident()
    resident.press("32")
    resident.hear_out()
    resident.answer(POLICY)
    heard = len(resident.heard)
    while not resident.hung_up:
        if resident.playing:
            resident.listen()
        else:
            resident.wait()
    assert "您还有别的事吗？" in "".join(resident.heard[heard:])
    assert resident.heard[-1].endswith("谢谢您来电。您有事随时打过来。再见。")
    assert resident.transferred is None


def test_star_repeats_and_hash_goes_back() -> None:
    resident = Resident()
    resident.hear_out()
    resident.press("3")
    menu = resident.hear_out()
    resident.press("*")
    assert resident.hear_out() == menu
    resident.press("#")
    assert "请问您要办什么事？" in resident.hear_out()
