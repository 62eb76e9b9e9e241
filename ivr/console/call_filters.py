"""The filters of the list of calls: from the query of a URL to a search, and refusals in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.console.cursors import cursor_of, cursor_text
from ivr.console.web import BadRequestError
from ivr.console.words import ENDED_BY, OUTCOMES
from ivr.storage.search import Place, Search

FLAGS = ("misheard", "silent", "poor_line", "backend_failed", "call_back")
_NAME = re.compile(r"^[\w.+*# -]{0,200}$")
_CALL_ID = re.compile(r"^\d{8}-[\da-f-]{0,40}$")
_NUMBER = re.compile(r"^\+?[\d\s().-]{5,24}$")


def search_of(query: Mapping[str, str], hash_number: Callable[[str], str]) -> Search:
    """The search that a query means.

    Args:
        hash_number: makes the keyed hash by which a caller is found; the number itself is kept nowhere.

    Raises:
        BadRequestError: a value cannot be.
    """
    until = _moment(query.get("until", ""), "until")
    if until is not None and len(query["until"]) == 10:
        until += timedelta(days=1)
    search = Search(
        since=_moment(query.get("since", ""), "since"),
        until=until,
        tree=_name(query, "tree"),
        outcome=_one_of(query, "outcome", OUTCOMES),
        last_node=_name(query, "last_node"),
        ended_by=_one_of(query, "ended_by", ENDED_BY),
        dialled=_name(query, "dialled"),
        township=_name(query, "township"),
        misheard=ticked(query, "misheard"),
        silent=ticked(query, "silent"),
        poor_line=ticked(query, "poor_line"),
        backend_failed=ticked(query, "backend_failed"),
        call_back=ticked(query, "call_back"),
    )
    return _with_words(search, query.get("q", "").strip(), hash_number)


def _with_words(search: Search, words: str, hash_number: Callable[[str], str]) -> Search:
    """The search with what somebody typed: a call id, last four digits, or a whole number."""
    if not words:
        return search
    if _CALL_ID.match(words):
        return replace(search, id_prefix=words)
    if re.fullmatch(r"\*{0,8}\d{4}", words):
        return replace(search, caller_tail=words[-4:])
    if _NUMBER.match(words):
        return replace(search, caller_hash=hash_number(words))
    raise BadRequestError(
        "请输入尾号四位、完整号码，或通话编号（如 20261122-10）",
        "type the last four digits, a whole number, or a call id such as 20261122-10",
    )


def _moment(value: str, name: str) -> datetime | None:
    """A day or a minute on the gateway's own clock."""
    if not value:
        return None
    wrong = BadRequestError(f"日期不对：{name}", f"{name} is no date such as 2026-11-22")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise wrong from error
    if not 2000 <= moment.year <= 2200:
        raise wrong
    return moment.astimezone()


def ticked(query: Mapping[str, str], name: str) -> bool:
    """Whether a filter that is there or not is there.

    Raises:
        BadRequestError: it is something else.
    """
    value = query.get(name, "")
    if value not in ("", "1"):
        raise BadRequestError(f"{name} 只能是 1，不要就不写", f"{name} is 1 or left out")
    return value == "1"


def _name(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "")
    if not _NAME.match(value):
        raise BadRequestError(f"{name} 里有不能用的字符", f"{name} holds characters that no name has")
    return value


def _one_of(query: Mapping[str, str], name: str, known: Mapping[str, object]) -> str:
    value = query.get(name, "")
    if value and value not in known:
        raise BadRequestError(f"{name} 没有这个值", f"{name} is none of {', '.join(known)}")
    return value


def place_text(place: Place) -> str:
    """A place of the list as it stands in a URL."""
    return cursor_text(place.at, place.call_id)


def place_of(text: str) -> Place | None:
    """The place that a URL names; None for the beginning.

    Raises:
        BadRequestError: it is none of ours.
    """
    cursor = cursor_of(text, str)
    return Place(*cursor) if cursor else None
