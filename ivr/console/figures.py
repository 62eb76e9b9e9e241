"""From counts to the figures of reports: sums, shares, and percentiles from buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.storage.accents import NO_MERGER, UNKNOWN
from ivr.storage.tallies import Count

#: The four groups that leaders ask about, and the outcomes in each.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "machine": ("served",),
    "person": ("transferred",),
    "abandoned": ("abandoned", "cancelled"),
    "failed": ("unserved", "lost", "limit", "rejected", "operator"),
}
GROUP_NAMES: Mapping[str, tuple[str, str]] = {
    "machine": ("机器答复", "answered by machine"),
    "person": ("转人工", "passed to a person"),
    "abandoned": ("来电人放弃", "given up"),
    "failed": ("没有办成", "failed"),
}
_GROUP_OF = {outcome: group for group, outcomes in GROUPS.items() for outcome in outcomes}


@dataclass(frozen=True)
class Operation:
    """How an operation of the backend did.

    Attributes:
        p50_ms, p95_ms: upper bounds of the bucket in which the percentile lies; None beyond the last.
    """

    name: str
    asked: int
    failed: int
    statuses: Mapping[str, int]
    p50_ms: int | None
    p95_ms: int | None


def group_of(outcome: str) -> str:
    return _GROUP_OF.get(outcome, "failed")


def grouped(counts: Iterable[Count]) -> Counter[str]:
    """Counts of outcomes by group."""
    sums: Counter[str] = Counter()
    for count in counts:
        sums[group_of(count.value)] += count.amount
    return sums


def by_value(counts: Iterable[Count]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.value] += count.amount
    return sums


def by_place(counts: Iterable[Count]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.place] += count.amount
    return sums


def percentile(buckets: Mapping[str, int], share: float) -> int | None:
    """Upper bound of the bucket in which a percentile lies; None beyond the last bound, or without counts.

    Args:
        buckets: upper bound as text to amount; `more` is beyond the last.
    """
    wanted = sum(buckets.values()) * share
    seen = 0
    for bound in sorted(int(bound) for bound in buckets if bound != "more"):
        seen += buckets[str(bound)]
        if seen >= wanted > 0:
            return bound
    return None


def operations(statuses: Iterable[Count], times: Iterable[Count]) -> list[Operation]:
    """The operations of the backend, the most asked first."""
    by_name: dict[str, Counter[str]] = {}
    for count in statuses:
        by_name.setdefault(count.place, Counter())[count.value] += count.amount
    buckets: dict[str, Counter[str]] = {}
    for count in times:
        buckets.setdefault(count.place, Counter())[count.value] += count.amount
    found = [
        Operation(
            name,
            asked=sum(states.values()),
            failed=sum(amount for status, amount in states.items() if status not in ("ok", "not_found")),
            statuses=states,
            p50_ms=percentile(buckets.get(name, Counter()), 0.5),
            p95_ms=percentile(buckets.get(name, Counter()), 0.95),
        )
        for name, states in by_name.items()
    ]
    return sorted(found, key=lambda operation: -operation.asked)


@dataclass(frozen=True)
class Heard:
    """How speech was understood.

    Attributes:
        name: of a language or a township.
        tries: how often somebody spoke where an answer was wanted.
        understood: at once.
        asked: understood with doubt, so that we asked back.
        unheard: not understood, or not what was meant.
    """

    name: str
    tries: int
    understood: int
    asked: int
    unheard: int


@dataclass(frozen=True)
class Satisfaction:
    """What callers thought: amount of each mark, 1 to 5."""

    marks: Mapping[int, int]

    @property
    def amount(self) -> int:
        return sum(self.marks.values())

    @property
    def mean(self) -> float | None:
        return sum(mark * amount for mark, amount in self.marks.items()) / self.amount if self.amount else None

    @property
    def satisfied(self) -> float | None:
        """Share of those who gave 4 or 5."""
        return (self.marks.get(4, 0) + self.marks.get(5, 0)) / self.amount if self.amount else None


@dataclass(frozen=True)
class Kept:
    """How a deadline was kept.

    Attributes:
        queue: `appeal`, `callback` or `review`.
        end: `contact` or `answer`.
    """

    queue: str
    end: str
    met: int
    missed: int


def recognition(counts: Iterable[Count], *, by_place: bool = False) -> list[Heard]:
    """Speech by language, or by township; most tries first."""
    found: dict[str, Counter[str]] = {}
    for count in counts:
        name = count.place if by_place else count.tree
        found.setdefault(name, Counter())[count.value] += count.amount
    heard = [
        Heard(name, sum(values.values()), values["match"], values["doubtful"], values["unheard"] + values["denied"])
        for name, values in found.items()
    ]
    return sorted(heard, key=lambda one: -one.tries)


@dataclass(frozen=True)
class Accent:
    """How the speech of callers with an accent was understood.

    Attributes:
        name: a merger of sounds such as `n/l`, `none` or `unknown`.
        came_of: what came of tries, as `ivr.storage.accents` has it, to their amount.
    """

    name: str
    came_of: Mapping[str, int]

    @property
    def tries(self) -> int:
        return sum(self.came_of.values())


def accents(counts: Iterable[Count]) -> list[Accent]:
    """Speech by accent: first without one, then the mergers with the most tries, at last what is not known."""
    found: dict[str, Counter[str]] = {}
    for count in counts:
        found.setdefault(count.place, Counter())[count.value] += count.amount
    ends = {NO_MERGER: -1, UNKNOWN: 1}
    return sorted(
        (Accent(name, came_of) for name, came_of in found.items()),
        key=lambda one: (ends.get(one.name, 0), -one.tries, one.name),
    )


def satisfaction(counts: Iterable[Count]) -> Satisfaction:
    marks = by_value(counts)
    return Satisfaction({mark: marks[str(mark)] for mark in range(5, 0, -1)})


def kept_deadlines(counts: Iterable[Count]) -> list[Kept]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for count in counts:
        found.setdefault((count.tree, count.place), Counter())[count.value] += count.amount
    return [Kept(*key, values["met"], values["missed"]) for key, values in sorted(found.items())]


def townships(counts: Iterable[Count]) -> list[tuple[str, Counter[str]]]:
    """Calls by township, each by group of outcomes; the most first."""
    found: dict[str, Counter[str]] = {}
    for count in counts:
        found.setdefault(count.place, Counter())[group_of(count.value)] += count.amount
    return sorted(found.items(), key=lambda one: -sum(one[1].values()))
