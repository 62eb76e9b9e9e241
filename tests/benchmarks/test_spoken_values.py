from __future__ import annotations

import datetime
import re

from benchmarks.spoken_values import TypedValue, typed_values
from speech.spoken import SAY_AS, Speaker


def test_the_same_seed_gives_the_same_values() -> None:
    assert typed_values(30, seed=5) == typed_values(30, seed=5)
    assert typed_values(30, seed=5) != typed_values(30, seed=6)


def test_all_kinds_come_in_turn() -> None:
    kinds = [value.say_as for value in typed_values(14, seed=1)]
    assert kinds[:7] == kinds[7:]
    assert set(kinds) == {"digits", "number", "date", "time", "money", "phone", "id"}
    assert set(kinds) <= set(SAY_AS)


def test_values_are_such_as_exist() -> None:
    speaker = Speaker()
    for value in typed_values(700, seed=2):
        # What is said as text because it is not what it claims to be would hold no 年, no 元 and so on.
        spoken = speaker.say(value.value, value.say_as)
        mark = {"date": "日", "time": "点", "money": "元|角|分"}.get(value.say_as, "")
        assert re.search(mark, spoken), value
        assert is_valid(value), value


def is_valid(value: TypedValue) -> bool:
    if value.say_as == "date":
        return bool(datetime.date.fromisoformat(value.value))
    if value.say_as != "id":
        return True
    # GB 11643: the weighted sum of all 18 places is 1 modulo 11.
    places = [10 if char == "X" else int(char) for char in value.value]
    return len(places) == 18 and sum(place * pow(2, 17 - i, 11) for i, place in enumerate(places)) % 11 == 1
