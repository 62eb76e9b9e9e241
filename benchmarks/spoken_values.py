"""Random values of the kinds that callers must be able to write down, the same for the same seed."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass

_YEAR_ZERO = datetime.date(1950, 1, 1)
_DAYS = 100 * 365
#: GB 11643: weights of the 17 digits and the check characters by remainder.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_AREA_CODES = ("010", "021", "023", "028", "0571", "0826", "0830", "0999")
_MOBILE_STARTS = ("130", "138", "139", "150", "152", "166", "177", "186", "189", "198")
_DISTRICTS = ("110105", "330106", "500112", "510107", "511602", "511681", "520102", "610113")


@dataclass(frozen=True)
class TypedValue:
    """A value and how it is said.

    Attributes:
        say_as: one of `speech.spoken.SAY_AS`.
        value: as it comes from a backend.
    """

    say_as: str
    value: str


def typed_values(count: int, seed: int) -> list[TypedValue]:
    """`count` values, the kinds in turn: case number, number, date, time, sum, telephone, identity number."""
    source = random.Random(seed)
    kinds = (_case_number, _number, _date, _time, _money, _phone, _identity_number)
    return [kinds[place % len(kinds)](source) for place in range(count)]


def _case_number(source: random.Random) -> TypedValue:
    return TypedValue("digits", f"{source.randint(2020, 2029)}{source.randint(0, 9999):04}")


def _number(source: random.Random) -> TypedValue:
    # Every length is as likely as every other: small numbers would hardly occur otherwise.
    return TypedValue("number", str(source.randrange(10 ** source.randint(1, 9))))


def _date(source: random.Random) -> TypedValue:
    return TypedValue("date", (_YEAR_ZERO + datetime.timedelta(days=source.randrange(_DAYS))).isoformat())


def _time(source: random.Random) -> TypedValue:
    return TypedValue("time", f"{source.randrange(24):02}:{source.randrange(60):02}")


def _money(source: random.Random) -> TypedValue:
    yuan = source.randrange(10 ** source.randint(1, 7))
    return TypedValue("money", f"{yuan}.{source.choice((0, 0, source.randint(1, 9) * 10, source.randint(1, 99))):02}")


def _phone(source: random.Random) -> TypedValue:
    if source.random() < 0.5:
        return TypedValue("phone", source.choice(_MOBILE_STARTS) + f"{source.randrange(10**8):08}")
    area = source.choice(_AREA_CODES)
    places = 8 if len(area) == 3 else 7
    return TypedValue("phone", f"{area}-{source.randint(2 * 10 ** (places - 1), 10**places - 1)}")


def _identity_number(source: random.Random) -> TypedValue:
    born = datetime.date(1935, 1, 1) + datetime.timedelta(days=source.randrange(80 * 365))
    digits = f"{source.choice(_DISTRICTS)}{born:%Y%m%d}{source.randrange(1000):03}"
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    return TypedValue("id", digits + _CHECKS[remainder])
