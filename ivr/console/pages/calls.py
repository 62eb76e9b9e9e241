"""The list of calls: filters, pages, saved views, export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode

from ivr.console.call_filters import FLAGS, place_of, place_text, search_of
from ivr.console.exports import LONGEST_EXPORT, csv_of, xlsx_of
from ivr.console.render import page
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit, download, see
from ivr.console.words import ENDED_BY, OUTCOMES, TONES
from ivr.storage.entries import CallEntry
from ivr.storage.search import Search
from ivr.storage.views import View

_PAGE = 50
_MOST_VIEWS = 30
_FILTERS = ("q", "since", "until", "tree", "outcome", "last_node", "ended_by", "dialled", "township", *FLAGS)


def show(services: Services, visit: Visit) -> Answer:
    """One page of calls. A wrong filter shows the form again with what is wrong."""
    refusal: BadRequestError | None = None
    found = None
    try:
        search = search_of(visit.query, services.numbers.hash)
        found = services.office.search.page(search, place_of(visit.query.get("after", "")), _PAGE)
    except BadRequestError as error:
        refusal = error
    following = visit.here(after=place_text(found.next)) if found and found.next else ""
    filters = {name: visit.query[name] for name in _FILTERS if visit.query.get(name)}
    return page(
        visit,
        "calls.html",
        status=400 if refusal else 200,
        here="calls",
        refusal=refusal,
        found=found,
        following=following,
        filters=filters,
        filter_query=urlencode(filters),
        values=services.office.search.values(),
        views=services.office.views.of(visit.who),
        outcomes=list(OUTCOMES),
        enders=list(ENDED_BY),
        tones=TONES,
    )


def export(services: Services, visit: Visit) -> Answer:
    """The calls of the filter as a file, and a line in the audit log that says who took what away."""
    query = dict(parse_qsl(visit.form.get("query", "")))
    search = search_of(query, services.numbers.hash)
    calls = _Counted(_all(services, search))
    kind = visit.form.get("kind", "csv")
    content = xlsx_of(calls, visit) if kind == "xlsx" else csv_of(calls, visit)
    shown = {key: value for key, value in query.items() if key != "q"}
    # Before it is sent: nothing is taken away without a trace.
    services.office.audit.write(
        visit.who, "exported", "calls", f"{calls.count} {kind} {urlencode(shown)}".strip(), visit.address
    )
    name = f"calls-{services.now().astimezone():%Y%m%d-%H%M}"
    if kind == "xlsx":
        return download(content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", f"{name}.xlsx")
    return download(content, "text/csv; charset=utf-8", f"{name}.csv")


class _Counted:
    """Calls on their way into a file, with how many have gone by."""

    def __init__(self, calls: Iterable[CallEntry]) -> None:
        self._calls = calls
        self.count = 0

    def __iter__(self) -> Iterator[CallEntry]:
        for call in self._calls:
            self.count += 1
            yield call


def _all(services: Services, search: Search) -> Iterator[CallEntry]:
    """Every call that fits.

    Raises:
        BadRequestError: there are more than a spreadsheet is good for.
    """
    count, place = 0, None
    while True:
        found = services.office.search.page(search, place, 1000)
        count += len(found.calls)
        if count > LONGEST_EXPORT:
            raise BadRequestError(
                f"超过 {LONGEST_EXPORT} 条，请缩小范围再导出", f"more than {LONGEST_EXPORT} calls: narrow the filter"
            )
        yield from found.calls
        place = found.next
        if place is None:
            return


def save_view(services: Services, visit: Visit) -> Answer:
    """Give the present filter a name."""
    name, query = visit.form.get("name", "").strip(), dict(parse_qsl(visit.form.get("query", "")))
    if not name or len(name) > 40 or not name.isprintable():
        raise BadRequestError("名字 1 至 40 个字", "a name has 1 to 40 characters")
    search_of(query, services.numbers.hash)
    if len(services.office.views.of(visit.who)) >= _MOST_VIEWS:
        raise BadRequestError(f"最多 {_MOST_VIEWS} 个视图", f"there are {_MOST_VIEWS} views at most")
    kept = urlencode({key: value for key, value in query.items() if key in _FILTERS})
    services.office.views.save(visit.who, View(name, kept))
    return see(f"/calls?{kept}", notice=visit.say(f"已保存视图“{name}”", f"View “{name}” is saved"))


def forget_view(services: Services, visit: Visit) -> Answer:
    services.office.views.forget(visit.who, visit.form.get("name", ""))
    return see("/calls", notice=visit.say("视图已删除", "The view is deleted"))
