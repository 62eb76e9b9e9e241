"""How long strings of digits and letters are cut into groups, so that a listener can write them down.

Groups are told apart by a pause when they are said. No language in here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Group lengths by the number of digits, where custom in China or ease of memory ask for something other than fours.
_GROUPS_BY_LENGTH: dict[int, tuple[int, ...]] = {
    5: (5,),
    6: (3, 3),
    7: (3, 4),
    9: (3, 3, 3),
    10: (3, 3, 4),
    11: (3, 4, 4),
    15: (6, 6, 3),
}
#: Runs of digits that are no number of anything. They are said first: patterns that look for a number followed by
#: something would search each of them many times over.
ENDLESS = re.compile(r"\d{25,}")
_IDENTITY_NUMBER = re.compile(r"\d{17}[\dXx]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_AREA_CODE = re.compile(r"(010|02\d|0[3-9]\d{2})(\d{7,8})")
_COUNTRY_CODE = re.compile(r"(?:\+|00)86[-\s]*(?=\d)")
_EXTENSION = re.compile(r"(.{5,}?)\s*(?:转|(?:ext\.?|x)\s*|(?<=\d{7})-)\s*(\d{1,6})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-\s()/._·—–]+")
_RUNS = re.compile(r"\d+|[A-Za-z]+|[*#]|[\u4e00-\u9fff]+")
_MOST_RUNS = 3
_SPELLABLE = re.compile(r"[\dA-Za-z*#\u4e00-\u9fff\-\s()/._·—–]*[\dA-Za-z*#][\dA-Za-z*#\u4e00-\u9fff\-\s()/._·—–]*")


@dataclass(frozen=True)
class PhoneNumber:
    """A telephone number in speaking groups.

    Attributes:
        groups: strings of digits.
        international: True when a country code other than China's stands first.
        extension: digits to dial afterwards; empty for none.
    """

    groups: tuple[str, ...]
    international: bool = False
    extension: str = ""


def cut(text: str, lengths: tuple[int, ...]) -> list[str]:
    """`text` in pieces of these lengths."""
    pieces, start = [], 0
    for length in lengths:
        pieces.append(text[start : start + length])
        start += length
    return pieces


def digit_groups(digits: str) -> list[str]:
    """Digits in groups of three to five: by custom for the usual lengths, else fours, and never one digit alone."""
    lengths = _GROUPS_BY_LENGTH.get(len(digits))
    if lengths is None:
        fours, rest = divmod(len(digits), 4)
        # A single last digit joins the group before it: 4-4-5 is easier to follow than 4-4-4-1.
        tail = () if rest == 0 else (4 + rest,) if rest == 1 and fours else (rest,)
        lengths = (4,) * (fours - (rest == 1 and fours > 0)) + tail
    return cut(digits, lengths)


def is_identity_number(text: str) -> bool:
    """Whether this is a resident identity number of 18 places (GB 11643), by its form alone."""
    return _IDENTITY_NUMBER.fullmatch(_SEPARATORS.sub("", text)) is not None


def code_groups(text: str) -> list[str] | None:
    """A number of a paper, case, plate or account in speaking groups; None when it holds what cannot be spelled.

    Identity numbers are cut 6-4-4-4 (place, year of birth, day of birth, rest: GB 11643), other codes where they have
    separators and where letters and digits meet, and in fours when that would be too often (codes of firms,
    GB 32100).
    """
    if not _SPELLABLE.fullmatch(text):
        return None
    if is_identity_number(text):
        return cut(_SEPARATORS.sub("", text).upper(), (6, 4, 4, 4))
    groups: list[str] = []
    for part in filter(None, _SEPARATORS.split(text)):
        runs = _RUNS.findall(part)
        if len(runs) > _MOST_RUNS and part.isascii() and part.isalnum():
            groups.extend(part[start : start + 4] for start in range(0, len(part), 4))
            continue
        for run in runs:
            groups.extend(digit_groups(run) if run.isdigit() else [run])
    return groups


def phone_groups(text: str) -> PhoneNumber | None:
    """A telephone number in groups: mobile 3-4-4, landline area code + 3-4 or 4-4, service numbers in one piece.

    None when the text is no telephone number. The country code of China is dropped: callers are in China.
    """
    text, extension = _split_extension(text.strip())
    domestic = _COUNTRY_CODE.sub("", text, count=1) if _COUNTRY_CODE.match(text) else None
    digits = _SEPARATORS.sub("", domestic if domestic is not None else text)
    international = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not re.fullmatch(r"[0-9]{2,20}", digits):
        return None
    if domestic is not None and not digits.startswith(("0", "1", "400", "800")) and len(digits) > 8:
        digits = "0" + digits  # +86 826 ... is 0826 ... at home
    elif domestic is not None and re.fullmatch(r"10\d{8}", digits):
        digits = "0" + digits
    return PhoneNumber(tuple(_domestic_groups(digits)), international, extension)


def _split_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def _domestic_groups(digits: str) -> list[str]:
    if _MOBILE.fullmatch(digits):
        return cut(digits, (3, 4, 4))
    landline = _AREA_CODE.fullmatch(digits)
    if landline:
        return [landline[1], *digit_groups(landline[2])]
    return digit_groups(digits)
