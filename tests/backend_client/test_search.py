"""Questions as people ask them find the right service item. The questions were written before the search was.

The search may be tuned on `questions_tuning.yaml`; `questions_held_out.yaml` is only ever measured.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from backend_client.results import Change, Changes
from backend_client.store.database import open_for_writing
from backend_client.store.indexing import PLACE
from backend_client.store.search import lexicon, search
from backend_client.store.staging import Staging
from backend_client.store.tokens import character_terms, sound_terms
from tests.backend_client.support import NOON
from tests.backend_client.test_store import County

QUESTIONS = Path(__file__).parent


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = County(tmp_path_factory.mktemp("county"))
    county.sync()
    yield county
    county.reader.close()
    county.connection.close()


def found(county: County, question: str) -> list[str]:
    return [offer["code"] for offer in county.answer("find_answers", q=question)["items"]]


@pytest.mark.parametrize("half", ["tuning", "held_out"])
def test_nine_of_ten_questions_find_their_item_among_three(county: County, half: str) -> None:
    questions: list[Any] = YAML(typ="safe").load((QUESTIONS / f"questions_{half}.yaml").read_text("utf-8"))
    assert len(questions) >= 75
    missed = [each["ask"] for each in questions if not set(found(county, each["ask"])) & set(each["items"])]
    assert len(missed) <= 0.1 * len(questions), missed


def test_what_was_heard_as_other_characters_of_the_same_sound_is_found(county: County) -> None:
    assert "elder_allowance_application" in found(county, "高铃补铁")


@pytest.mark.parametrize("question", ["啊", "？？？", "hello", "9" * 500, "我想问一下", '" OR name : *', "老" * 500])
def test_what_means_nothing_finds_little_and_breaks_nothing(county: County, question: str) -> None:
    assert len(found(county, question)) <= 3


def test_an_offer_can_be_named_and_asked_for(county: County) -> None:
    offer = county.answer("find_answers", q="身份证丢了", limit=1)["items"][0]
    assert offer["kind"] == "service_item"
    assert county.answer("get_service_item", code=offer["code"])["name"] == offer["title"] == "补办身份证"


def test_an_index_that_changed_is_the_same_as_one_made_at_once(county: County, tmp_path: Path) -> None:
    like = county.answer("get_service_item", code="id_card_replacement")

    def item(code: str, name: str) -> Change:
        return Change(key=code, content={**like, "code": code, "name": name})

    changed, fresh = open_for_writing(tmp_path / "changed.sqlite"), open_for_writing(tmp_path / "fresh.sqlite")
    first = [item("one", "低保金"), item("two", "高龄补贴"), item("three", "高龄津贴")]
    second = [item("one", "临时救助"), Change(key="three", content=None), item("four", "高龄老人补贴")]
    for changes in (first, second):
        take(changed, changes)
    take(fresh, [item("two", "高龄补贴"), item("one", "临时救助"), item("four", "高龄老人补贴")])
    assert indexed(changed) == indexed(fresh)
    assert [each.key for each in search(changed, "高龄", "zh", 9)] == ["two", "four"]
    assert not search(changed, "津", "zh", 9)
    changed.close()
    fresh.close()


def take(connection: sqlite3.Connection, changes: list[Change]) -> None:
    staging = Staging(connection, "service-items", "zh")
    staging.add(Changes(changes=tuple(changes), token=f"t{len(changes)}", more=False))
    staging.put_in_place(NOON, trust=True)


def indexed(connection: sqlite3.Connection) -> tuple[Any, ...]:
    """What is in the index, by keys, not by numbers."""
    keys = dict(connection.execute("SELECT id, key FROM searched").fetchall())
    places = {
        term: sorted((keys[place["item"]], place["frequency"], place["length"]) for place in np.frombuffer(row, PLACE))
        for term, row in connection.execute("SELECT term, places FROM postings")
    }
    return places, connection.execute("SELECT * FROM sizes").fetchall()


def test_terms_are_pairs_that_accents_do_not_change() -> None:
    assert character_terms("老人补贴abc 12") == ["老人", "人补", "补贴", "abc", "12"]
    assert sound_terms("高龄") == sound_terms("高林") == ["gao1lin"]
    assert sound_terms("湖南") == sound_terms("福兰")


def test_every_synonym_means_something_that_the_county_has(county: County) -> None:
    for said, meant in lexicon().meanings.items():
        assert found(county, meant), said
