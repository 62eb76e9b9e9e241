"""Service items written in short form (`data/items/*.yaml`), made into whole ones.

An entry has its `code`, `days` and `papers` (keys of `data/papers.yaml`), the `way` it is applied for (`data/ways.yaml`
has place, hours and steps of each), and in each language name, summary and conditions. `frequent`, `by_others`, `fee`
(in both languages; without one it is free) and `words` (what else people call it) may be left out. The file's name is
the department.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from backend_client.demo.spoken import below_hundred
from backend_client.demo.tables import ServiceItemRow

Entry = dict[str, Any]
Languages = ("zh", "en")


class ItemWriter:
    """Writes whole items.

    Args:
        departments, papers, ways: the data files of these names.
    """

    def __init__(self, departments: list[Entry], papers: Entry, ways: Entry) -> None:
        self._departments = {entry["code"]: entry for entry in departments}
        self._by_name = {entry["zh"][0]: entry for entry in departments}
        self._papers = papers
        self._ways = ways

    def short(self, department: str, entry: Entry) -> ServiceItemRow:
        """Return the item that stands in `data/items/DEPARTMENT.yaml`; `position` is still to be given."""
        return ServiceItemRow(
            code=entry["code"],
            position=0,
            days=entry["days"],
            phone=self._departments[department]["phone"],
            frequent=entry.get("frequent", False),
            by_others=entry.get("by_others", False),
            number=_number(self._departments, department, entry["code"]),
            texts={language: self._short_texts(department, entry, language) for language in Languages},
        )

    def whole(self, entry: Entry) -> ServiceItemRow:
        """Return an item whose texts are all written out. All of those in `data/service_items.yaml` are frequent."""
        department = self._by_name[entry["zh"]["department"]]["code"]
        by_others = entry.get("by_others", False)
        texts = {}
        for language in Languages:
            texts[language] = {"keywords": [], **entry[language]}
            days, fee = entry["days"], entry[language]["fee"]
            texts[language]["questions"] = list(self._questions(language, days, by_others, fee))
        return ServiceItemRow(
            code=entry["code"],
            position=0,
            days=entry["days"],
            phone=entry["phone"],
            frequent=True,
            by_others=by_others,
            number=_number(self._departments, department, entry["code"]),
            texts=texts,
        )

    def _short_texts(self, department: str, entry: Entry, language: str) -> Entry:
        way = self._ways[entry["way"]][language]
        office = self._departments[department][language][0]
        name, summary, conditions = entry[language]
        words = {"department": office, "result": self._result(entry["days"], language)}
        fee = entry["fee"][Languages.index(language)] if "fee" in entry else self._ways["fees"]["free"][language]
        return {
            "name": name,
            "department": office,
            "summary": summary,
            "conditions": conditions,
            "documents": [self._papers[paper][language] for paper in entry["papers"]],
            "steps": [step.format_map(words) for step in way["steps"]],
            "fee": fee,
            "address": way["address"].format_map(words),
            "hours": way["hours"],
            "keywords": entry.get("words", []) if language == "zh" else [],
            "questions": list(self._questions(language, entry["days"], entry.get("by_others", False), fee)),
        }

    def _result(self, days: int, language: str) -> str:
        results: Mapping[str, str] = self._ways["results"][language]
        if days == 0:
            return results["at_once"]
        return results["days"].format(days=below_hundred(days) if language == "zh" else days)

    def _questions(self, language: str, days: int, by_others: bool, fee: str) -> Iterator[Entry]:
        written = self._ways["questions"]
        others = written["by_others"][language]
        yield {"question": others["question"], "answer": others["yes" if by_others else "no"]}
        yield dict(written["missing"][language])
        yield {"question": written["long"][language]["question"], "answer": f"{self._result(days, language)}{fee}"}


def _number(departments: Mapping[str, Entry], department: str, code: str) -> str:
    """Return a number like those of real items: department, and what tells the item from the others."""
    place = list(departments).index(department) + 1
    return f"5119{place:02d}{sum(ord(letter) * step for step, letter in enumerate(code, 1)) % 1_000_000:06d}"
