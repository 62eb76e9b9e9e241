"""Phrases that were not understood: grouped by sound, put into a menu with its comments, and what became of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ivr.authoring.effects import added, effects
from ivr.authoring.synonyms import CannotAddError, groups, is_pressed, with_phrase
from ivr.publishing.files import menus_of
from ivr.storage.publications import Publication
from ivr.storage.tallies import Count

HOTLINE = Path(__file__).resolve().parents[3] / "menus" / "trees" / "hotline.yaml"
MENU = """\
# 村里的热线 / the village
ivr: 2
id: village
title: 村里的热线
languages: [zh]
start: ask
way_out: person
nodes:
  ask:
    kind: menu   # 主菜单
    prompt: 请问您要办什么事？
    options:
      - {keys: "1", label: 听停电通知, next: bye}   # 停电
      - keys: "2"
        label: 查办件进度
        phrases:
          zh:
            - 查进度
            # 老人常这样说
            - 办好了没有
        next: bye
  person: {kind: transfer, target: operator, next: bye, busy: bye, no_answer: bye, failed: bye}
  bye: {kind: hangup, text: 再见。}
"""
DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def count(words: str, amount: int, place: str = "ask", day: date = DAY) -> Count:
    return Count(day, "village", place, words, amount)


def tree() -> Any:
    return menus_of({"village.yaml": MENU}).trees["village"]


def differing(before: str, after: str) -> list[str]:
    """The lines of the second text that the first does not have."""
    return [line.strip() for line in after.splitlines() if line not in before.splitlines()]


class TestGroups:
    def test_what_sounds_alike_is_one_group_and_the_most_frequent_comes_first(self) -> None:
        said = [count("停电停到啥时候", 3), count("停电要停到啥时候", 2), count("我要办社保", 4), count("1", 90)]
        found = groups(said, tree(), "zh")
        assert [(group.head, group.amount) for group in found] == [("停电停到啥时候", 5), ("我要办社保", 4)]
        assert found[0].others == [("停电要停到啥时候", 2)]

    def test_the_option_that_was_meant_is_proposed(self) -> None:
        assert groups([count("办好没有啊", 1)], tree(), "zh")[0].proposed == "2"
        assert groups([count("今天天气怎么样", 1)], tree(), "zh")[0].proposed == ""

    @pytest.mark.parametrize("value", ["1", "012#", "*", "", "••••", "…"])
    def test_what_was_pressed_or_is_masked_is_no_phrase(self, value: str) -> None:
        assert is_pressed(value)
        assert groups([count(value, 9)], tree(), "zh") == []

    def test_a_node_that_is_no_menu_any_more(self) -> None:
        assert groups([count("你好", 1, place="gone")], tree(), "zh")[0].proposed == ""


class TestAdding:
    def test_changes_one_line_and_keeps_comments(self) -> None:
        assert differing(MENU, with_phrase(MENU, "ask", "2", "zh", "办到哪了")) == ["- 办到哪了"]
        inline = differing(MENU, with_phrase(MENU, "ask", "1", "zh", "啥时候来电"))
        assert len(inline) == 1
        assert inline[0].startswith('- {keys: "1", label: 听停电通知, phrases: {zh: [啥时候来电]}, next: bye}')
        assert inline[0].endswith("# 停电")

    def test_in_the_shipped_hotline(self) -> None:
        text = HOTLINE.read_text("utf-8")
        after = with_phrase(text, "main_menu", "1", "zh", "我的事办得咋样了")
        assert len(differing(text, after)) == 1
        assert len(after.splitlines()) == len(text.splitlines())

    def test_what_looks_like_a_number_stays_text(self) -> None:
        menus = menus_of({"village.yaml": with_phrase(MENU, "ask", "2", "zh", "12345")})
        assert menus.trees["village"].nodes["ask"].options[1].phrases["zh"][-1] == "12345"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("node", "keys", "phrase"),
        [
            ("nowhere", "1", "x"),
            ("ask", "9", "x"),
            ("ask", "2", "查进度"),
            ("bye", "1", "x"),
            ("ask", "1", ""),
            ("ask", "1", "长" * 41),
            ("ask", "1", "{call.caller}"),
            ("ask", "1", "(a|b)"),
        ],
    )
    def test_what_cannot_be_added_says_why(self, node: str, keys: str, phrase: str) -> None:
        with pytest.raises(CannotAddError) as refused:
            with_phrase(MENU, node, keys, "zh", phrase)
        assert refused.value.what.zh
        assert refused.value.what.en

    @pytest.mark.parametrize("text", ["", "nodes: [", "nodes: 1", "- a", "nodes: {ask: {options: [1, {}]}}"])
    def test_a_file_that_is_no_menu(self, text: str) -> None:
        with pytest.raises(CannotAddError):
            with_phrase(text, "ask", "1", "zh", "x")


class TestEffects:
    def publications(self) -> list[Publication]:
        earlier = NOON - timedelta(days=5)
        return [
            Publication(2, "new", NOON, "publish", "chen", "换个说法"),
            Publication(1, "old", earlier, "publish", "li", "开始"),
        ]

    def test_seven_days_before_are_compared_with_those_after(self) -> None:
        after = with_phrase(MENU, "ask", "2", "zh", "办到哪了")
        menus = {"old": menus_of({"village.yaml": MENU}), "new": menus_of({"village.yaml": after})}
        found = added(self.publications(), menus.get, "village", NOON + timedelta(days=3))
        assert [(publication.number, phrase.words) for publication, phrase in found] == [(2, "办到哪了")]
        days = [DAY + timedelta(days=offset) for offset in range(-9, 4)]
        visits = [count("", 100, day=day) for day in days]
        missed = [count("办到哪了", 6, day=day) for day in days if day < DAY]
        missed += [count("别的事情", 1, day=day) for day in days]
        (effect,) = effects(found, visits, missed, DAY + timedelta(days=3), lambda at: at)
        assert (effect.before.days, effect.before.visits, effect.before.missed, effect.before.alike) == (7, 700, 49, 42)
        assert (effect.after.days, effect.after.visits, effect.after.missed, effect.after.alike) == (2, 200, 2, 0)
        assert effect.before.share == pytest.approx(0.07)

    def test_on_the_day_itself_nothing_is_known_yet(self) -> None:
        after = with_phrase(MENU, "ask", "2", "zh", "办到哪了")
        menus = {"old": menus_of({"village.yaml": MENU}), "new": menus_of({"village.yaml": after})}
        found = added(self.publications(), menus.get, "village", NOON)
        (effect,) = effects(found, [], [], DAY, lambda at: at)
        assert effect.after.days == 0
        assert effect.after.share is None

    def test_what_cannot_be_read_or_is_old_is_left_out(self) -> None:
        assert added(self.publications(), lambda revision: None, "village", NOON) == []
        menus = menus_of({"village.yaml": MENU})
        assert added(self.publications(), lambda revision: menus, "village", NOON + timedelta(days=90)) == []
