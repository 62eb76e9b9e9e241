"""Made-up calls that look like those of a county: busy mornings, a few patterns of what people want, some bad lines.

The same seed gives the same calls. Their paths are those of the shipped trees, so that pages of menus have traffic.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ivr.storage.entries import CallEntry, CallRecord, StepEntry
from menus.loader import load_menus
from menus.model import MenuSet

TREES = Path(__file__).resolve().parents[2] / "menus" / "trees"
#: Calls by hour of the day, relative.
_HOURS = (1, 1, 1, 1, 1, 2, 6, 22, 70, 95, 90, 62, 34, 48, 82, 78, 60, 36, 22, 14, 9, 5, 3, 2)
_AREAS = ("0572", "0573", "0575")
#: Of ten callers: the sounds that they do not tell apart, and how well they are understood for it.
_ACCENTS = ((), ("zh/z",), (), ("n/l",), ("zh/z", "n/ng"), (), ("n/ng",), ("f/h",), (), ("r/l",))
_TOWNSHIPS = ("qingshui", "shiqiao", "liulin", "qingshan", "dawan")


@dataclass(frozen=True)
class _Visit:
    """A step of a path.

    Attributes:
        said: seconds of its prompt; 0 for none.
        option: the option chosen, with its key.
    """

    tree: str
    node: str
    kind: str
    said: float = 0.0
    text: str = ""
    option: tuple[str, str] | None = None
    outcome: str = "finished"
    query: str = ""


@dataclass(frozen=True)
class _Path:
    """What a caller may do, and how often."""

    weight: float
    visits: tuple[_Visit, ...]
    outcome: str
    ended_by: str = "caller"
    reason: str = "bye"
    transfer: str = ""


def _say(node: str, seconds: float, text: str, tree: str = "hotline") -> _Visit:
    return _Visit(tree, node, "say", seconds, text)


def _silent(kind: str, node: str, tree: str = "hotline") -> _Visit:
    return _Visit(tree, node, kind)


def _choose(key: str, label: str) -> _Visit:
    words = "查办件进度，请按1。问怎么办事，请按2。问补贴政策，请按3。听停电通知，请按4。找人工，请按0。"
    return _Visit("hotline", "main_menu", "menu", 14.5, words, (key, label), "match")


_WELCOME = (
    _say("welcome", 3.4, "您好，这里是政务服务热线。"),
    _silent("language", "speak_english_for_a_moment"),
    _say("offer_english", 2.0, "For English, press 9."),
    _silent("language", "speak_mandarin"),
)
_NUMBER = _Visit("case_status", "ask_number", "collect", 6.2, "请输入八位受理编号。", ("••••••••", ""), "match")
_CASE = (
    _silent("call", "case_status"),
    _NUMBER,
    _Visit("case_status", "look_up", "query", 2.1, "好的，我查一下。", query="case_status", outcome="found"),
    _say("say_state", 5.5, "您的低保申请正在办理，已经到了镇里审核这一步。", "case_status"),
    _silent("branch", "is_anything_missing", "case_status"),
    _say("say_step", 3.0, "下一步由县民政局审批。", "case_status"),
    _silent("branch", "is_there_a_date", "case_status"),
    _say("say_date", 4.0, "预计十二月三号以前办好。", "case_status"),
    _silent("branch", "is_there_a_place", "case_status"),
    _Visit("case_status", "after_answer", "menu", 8.0, "再听一遍，请按1。查别的，请按2。", None, "no_input"),
)
_GUIDE = (
    _Visit("hotline", "ask_guide", "ask", 4.0, "您想办什么事？", None, "by_keys"),
    _Visit("hotline", "guide_menu", "menu", 12.0, "补办身份证，请按1。领养老金，请按2。", ("2", "领养老金"), "match"),
    _silent("set", "choose_pension"),
    _Visit("hotline", "look_up_item", "query", 1.5, "请稍等。", query="service_item", outcome="found"),
    _say("say_item", 3.0, "领养老金，由县人社局办理。"),
    _say("say_conditions", 5.0, "年满六十周岁、缴费满十五年的居民可以申请。"),
    _Visit("hotline", "item_menu", "menu", 9.0, "听要带的材料，请按1。", ("1", "要带的材料"), "match"),
    _say("say_documents", 6.0, "请带身份证和户口簿，到镇便民服务中心办理。"),
)
_POWER = (
    _Visit("hotline", "power_menu", "menu", 6.0, "听全县的，请按1。听一个乡镇的，请按2。", ("1", "全县"), "match"),
    _silent("set", "choose_county"),
    _Visit("hotline", "look_up_notices", "query", 1.5, "请稍等。", query="notices", outcome="found"),
    _silent("branch", "are_there_notices"),
    _say("say_notices", 8.0, "明天上午八点到十二点，柳溪村停电检修。"),
)
_OPERATOR = _Visit("hotline", "operator", "transfer", 3.0, "我给您转人工，请稍等。", outcome="ended")
_LEFT_IN_MENU = _Visit("hotline", "main_menu", "menu", 9.0, "查办件进度，请按1……", None, "hangup")
_LEFT_IN_POLICIES = _Visit("hotline", "policy_menu", "menu", 7.0, "高龄补贴，请按1。", None, "hangup")
_PATHS = (
    _Path(30, (*_WELCOME, _choose("1", "查办件进度"), *_CASE), "served"),
    _Path(19, (*_WELCOME, _choose("2", "问怎么办事"), *_GUIDE), "served"),
    _Path(12, (*_WELCOME, _choose("4", "听停电通知"), *_POWER), "served"),
    _Path(11, (*_WELCOME, _choose("0", "找人工"), _OPERATOR), "transferred", transfer="ended"),
    _Path(8, (*_WELCOME, _LEFT_IN_MENU), "abandoned"),
    _Path(5, (*_WELCOME, _choose("1", "查办件进度"), _CASE[0], _NUMBER), "abandoned"),
    _Path(4, (*_WELCOME, _choose("3", "问补贴政策"), _LEFT_IN_POLICIES), "abandoned"),
    _Path(4, (*_WELCOME, _choose("0", "找人工"), _OPERATOR), "unserved", "menu", "no_input", "no_answer"),
    _Path(2, (*_WELCOME, _choose("1", "查办件进度")), "lost", "line", "media_timeout"),
    _Path(1, (), "cancelled"),
)


class MadeCalls:
    """Makes calls up.

    Args:
        newest: no call begins after it.
        days: over how many days they are spread.
        hash_number: keyed hash of a number.
        seal: seals a number.
    """

    def __init__(
        self,
        seed: int,
        newest: datetime,
        days: int,
        *,
        hash_number: Callable[[str], str] = lambda number: f"{abs(hash_of(number)):016x}",
        seal: Callable[[str], str] = lambda number: "",
        menus: MenuSet | None = None,
    ) -> None:
        self._dice = random.Random(seed)
        # Dice of their own, so that who speaks changes nothing else.
        self._voices = random.Random(seed + 1)
        self._newest = newest
        self._days = days
        self._hash = hash_number
        self._seal = seal
        revision = (menus or load_menus(TREES)).revision
        self._revision = revision
        self._weights = [path.weight for path in _PATHS]
        self._numbers = [self._number() for _ in range(4000)]

    def many(self, count: int) -> Iterator[CallRecord]:
        """So many calls, oldest first."""
        spread = sorted(self._moment() for _ in range(count))
        for number, at in enumerate(spread):
            yield self.call(at, number)

    def call(self, at: datetime, number: int) -> CallRecord:
        """One call that begins then."""
        dice = self._dice
        path = dice.choices(_PATHS, self._weights)[0]
        caller = dice.choice(self._numbers)
        masked = f"{caller[:3]}****{caller[-4:]}"
        call_id = f"{at:%Y%m%d-%H%M%S}-{number:06x}"
        clock = _Clock(at, round(dice.uniform(40, 400)))
        visits = _with_stumbles(path.visits, dice)
        steps = {index: self._step(call_id, index, visits, path, clock) for index in range(1, len(visits) + 1)}
        if self._voices.random() < 0.2:
            accent = _ACCENTS[int(caller[-1])]
            steps = {index: _spoken(step, accent, self._voices) for index, step in steps.items()}
        bad_line = dice.random() < 0.04
        moments = [moment for step in steps.values() for moment in step.moments]
        queries = [moment for moment in moments if moment["what"] == "backend"]
        failures = [query for query in queries if query["status"] != "ok"]
        last = steps[len(steps)] if steps else None
        outcome = "unserved" if failures and path.outcome == "served" else path.outcome
        entry = CallEntry(
            id=call_id,
            started_at=at,
            last_line_at=clock.at(),
            journal="line-1.20260101T000000000000Z.1",
            worker=f"line-{number % 2 + 1}",
            answered_at=at + timedelta(milliseconds=clock.first) if steps else None,
            ended_at=clock.at(),
            duration_ms=clock.ms,
            caller_masked=masked,
            caller_hash=self._hash(caller),
            caller_tail=caller[-4:],
            caller_sealed=self._seal(caller),
            dialled=dice.choice(("12345", "12345", "12345", "hotline", "06605550")),
            user_agent=dice.choice(("HG8245H5", "ZXHN F650", "Grandstream HT801 1.0.29.8", "IMS-SBC")),
            tree="hotline",
            menu_revision=self._revision,
            language="zh" if dice.random() < 0.99 else "en",
            ended_by=path.ended_by,
            end_reason=path.reason,
            outcome=outcome,
            sip_code=200 if steps else 487,
            last_tree=last.tree if last else "",
            last_node=last.node if last else "",
            steps=len(steps),
            keys=sum(1 for moment in moments if moment.get("key_source") == "rfc4733"),
            key_source=",".join(dict.fromkeys(moment["key_source"] for moment in moments if moment.get("key_source"))),
            wrong_inputs=sum(1 for moment in moments if moment.get("outcome") == "invalid"),
            silences=sum(1 for moment in moments if moment.get("outcome") == "no_input"),
            spoken=sum(1 for moment in moments if moment.get("band") == "accept" and moment["outcome"] == "match"),
            unheard=sum(1 for moment in moments if moment.get("outcome") in ("unheard", "denied")),
            barge_ins=sum(1 for moment in moments if moment.get("ended") == "key"),
            first_audio_ms=round(dice.uniform(4, 30)) if steps else None,
            codec="PCMA" if steps else "",
            rtp_received=clock.ms // 20 if steps else None,
            rtp_lost=clock.ms // 20 // 15 if bad_line and steps else 0,
            rtp_loss=round(dice.uniform(0.04, 0.15), 4) if bad_line and steps else 0.0 if steps else None,
            jitter_ms=round(dice.uniform(1, 60 if bad_line else 9), 1) if steps else None,
            round_trip_ms=round(dice.uniform(20, 90), 1) if steps else None,
            backend_queries=len(queries),
            backend_answers=len(queries) - len(failures),
            backend_failures=len(failures),
            backend_ms=sum(query["took_ms"] for query in queries),
            transfer_outcome=path.transfer,
            # Four of ten speak of a township; some rate.
            township=_TOWNSHIPS[number % 5] if steps and number % 10 < 4 else "",
            rating=(5, 4, 5, 2, 3)[number % 5] if steps and number % 23 == 0 else None,
            journal_lines=20 + 6 * len(steps),
        )
        return CallRecord(entry, steps)

    def _step(self, call_id: str, index: int, visits: tuple[_Visit, ...], path: _Path, clock: _Clock) -> StepEntry:
        dice, visit = self._dice, visits[index - 1]
        entered = clock.at()
        total = round(visit.said * 1000)
        cut = visit.option is not None and dice.random() < 0.45
        last = index == len(visits) and path.ended_by == "caller"
        played = round(total * dice.uniform(0.25, 0.9)) if cut or (last and total) else total
        moments: list[dict[str, Any]] = []
        if total:
            moments.append(
                {
                    "ms": clock.ms,
                    "what": "said",
                    "purpose": "prompt",
                    "text": visit.text,
                    "played_ms": played,
                    "total_ms": total,
                    "ended": "key" if cut else "hangup" if last and played < total else "finished",
                    "first_audio_ms": 6,
                    "late_clauses": 0,
                }
            )
        clock.ms += played
        if visit.option is not None:
            clock.ms += 0 if cut else round(dice.uniform(400, 3000))
            moments.append(_input(clock.ms, visit.option[0], "match", visit.option[1]))
        elif visit.outcome in ("no_input", "invalid"):
            clock.ms += 8000 if visit.outcome == "no_input" else 1500
            moments.append(_input(clock.ms, "" if visit.outcome == "no_input" else dice.choice("6789#"), visit.outcome))
        status = ""
        if visit.query:
            slow = dice.random() < 0.02
            took = 8000 if slow else round(dice.lognormvariate(5.2, 0.6))
            status = "timeout" if slow else "ok"
            moments.append(
                {"ms": clock.ms, "what": "backend", "operation": visit.query, "took_ms": took, "status": status}
            )
            clock.ms += took
        if visit.kind == "transfer":
            took = round(dice.uniform(20_000, 150_000)) if path.transfer == "ended" else 30_000
            moments.append(
                {"ms": clock.ms, "what": "transfer", "target": "operator", "took_ms": took, "outcome": path.transfer}
            )
            clock.ms += took
        return StepEntry(
            call_id=call_id,
            step=index,
            entered_at=entered,
            left_at=clock.at(),
            tree=visit.tree,
            node=visit.node,
            kind=visit.kind,
            language="zh",
            prompt=visit.text,
            played_ms=played,
            total_ms=total,
            barge_in_ms=played if cut else None,
            first_audio_ms=6 if total else None,
            input=visit.option[0] if visit.option else "",
            key_source="rfc4733" if visit.option else "",
            option=visit.option[1] if visit.option else "",
            attempts=1 if visit.option else 0,
            outcome="hangup" if last else visit.outcome,
            next="" if index == len(visits) else visits[index].node,
            backend_operation=visit.query,
            backend_ms=moments[-1]["took_ms"] if visit.query else None,
            backend_status=status,
            transfer_target="operator" if visit.kind == "transfer" else "",
            transfer_outcome=path.transfer if visit.kind == "transfer" else "",
            moments=tuple(moments),
        )

    def _moment(self) -> datetime:
        dice = self._dice
        day = self._newest - timedelta(days=dice.randrange(self._days))
        while day.astimezone().weekday() >= 5 and dice.random() < 0.6:
            day = self._newest - timedelta(days=dice.randrange(self._days))
        hour = dice.choices(range(24), _HOURS)[0]
        at = day.astimezone().replace(hour=hour, minute=dice.randrange(60), second=dice.randrange(60), microsecond=0)
        if at > self._newest:
            at -= timedelta(days=1)
        return at.astimezone(self._newest.tzinfo)

    def _number(self) -> str:
        dice = self._dice
        if dice.random() < 0.45:
            return f"{dice.choice(_AREAS)}{dice.randrange(2_000_000, 8_999_999)}"
        return f"1{dice.choice('35789')}{dice.randrange(10**8, 10**9)}"


@dataclass
class _Clock:
    begin: datetime
    first: int
    ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.ms = self.first

    def at(self) -> datetime:
        return self.begin + timedelta(milliseconds=self.ms)


def _with_stumbles(visits: tuple[_Visit, ...], dice: random.Random) -> tuple[_Visit, ...]:
    """Some callers press a key that means nothing, or nothing at all, before they get on."""
    if len(visits) < 6 or dice.random() > 0.16:
        return visits
    menu = visits[4]
    stumble = _Visit(menu.tree, menu.node, menu.kind, menu.said, menu.text, None, dice.choice(("invalid", "no_input")))
    return (*visits[:4], stumble, *visits[4:])


def _spoken(step: StepEntry, accent: tuple[str, ...], dice: random.Random) -> StepEntry:
    """The same step by somebody who says the option in place of its key, and is not always understood at once."""
    if step.kind != "menu" or not step.option:
        return step
    moments = list(step.moments)
    place = next(index for index, moment in enumerate(moments) if moment.get("option") == step.option)
    at, trouble = moments[place]["ms"], dice.random() - 0.05 * len(accent)
    words = {"key_source": "speech", "decision_ms": dice.randrange(120, 900)}
    meant = {"id": step.input, "phrase": step.option, "confidence": 0.93, "mergers": list(accent)}
    heard = {**words, "band": "accept", "confidence": 0.93, "candidates": [meant]}
    tries = [{**_input(at, step.option, "match", step.input), **heard}]
    if trouble < 0.06:
        nothing = {"band": "none", "confidence": None, "candidates": []}
        tries.insert(0, {**_input(at, "哎我想问一下", "unheard"), **words, **nothing})
    elif trouble < 0.14:
        unsure = {"band": "confirm", "confidence": 0.61, "candidates": [{**meant, "confidence": 0.61}]}
        yes = {"candidates": [{"id": "yes", "phrase": "是的", "confidence": 0.97, "mergers": []}]}
        doubt = {**_input(at, step.option, "doubtful", step.input), **heard, **unsure}
        answer = "denied" if trouble < 0.06 + 0.02 else "match"
        tries = [doubt, {**_input(at, "是的", answer, step.input), **heard, **yes}]
        tries += [moments[place]] if answer == "denied" else []
    moments[place : place + 1] = tries
    return replace(step, moments=tuple(moments), key_source="speech", band="accept", confidence=0.93)


def _input(ms: int, given: str, outcome: str, option: str = "") -> dict[str, Any]:
    return {
        "ms": ms,
        "what": "input",
        "attempt": 1,
        "outcome": outcome,
        "input": given,
        "key_source": "rfc4733" if given else "",
        "option": option,
    }


def hash_of(number: str) -> int:
    """A hash that is the same in every process, for made-up numbers only."""
    return int.from_bytes(number.encode()[-8:], "big")
