"""Ticket numbers that a caller can write down, given out by the gateway itself: the link may be down.

Ten digits, read out in groups of three, three and four: last digit of the year, day of the year (three), number of the
gateway (one), a count within the day (four), and a check digit, so that a mistyped number is noticed at once.
"""

from __future__ import annotations

from datetime import date

MOST_A_DAY = 9999


def ticket(day: date, gateway: int, count: int) -> str:
    """Return the ticket.

    Raises:
        ValueError: more than `MOST_A_DAY` on one day.
    """
    if not 1 <= count <= MOST_A_DAY:
        raise ValueError(f"{count} tickets on one day")
    digits = f"{day.year % 10}{day.timetuple().tm_yday:03d}{gateway}{count:04d}"
    return digits + check_digit(digits)


def is_ticket(text: str) -> bool:
    """Whether a number can be a ticket."""
    return len(text) == 10 and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


def check_digit(digits: str) -> str:
    """Return the digit that makes a number right by Luhn's rule (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
