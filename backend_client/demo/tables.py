"""The tables of the demo backend's content: what is looked for in columns, what is read aloud in `texts`.

They are made anew every day; what callers left stands in `left_tables.py` and stays.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: Language to name of a text to the text (or a list of texts), named as in the contract.
Texts = dict[str, dict[str, Any]]


class Row(DeclarativeBase):
    """A row of any table of content."""

    type_annotation_map = {Texts: JSON}  # noqa: RUF012


class SeedRow(Row):
    """The one row that says which data this is, so that it is renewed when it is not today's."""

    __tablename__ = "seed"

    name: Mapped[str] = mapped_column(primary_key=True)


class CaseRow(Row):
    __tablename__ = "cases"

    number: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    accepted_on: Mapped[date]
    expected_on: Mapped[date | None]
    texts: Mapped[Texts]


class ServiceItemRow(Row):
    __tablename__ = "service_items"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    days: Mapped[int]
    phone: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    frequent: Mapped[bool] = mapped_column(default=False)
    by_others: Mapped[bool] = mapped_column(default=False)
    texts: Mapped[Texts]


class PolicyRow(Row):
    __tablename__ = "policies"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    document_number: Mapped[str]
    valid_until: Mapped[date | None]
    texts: Mapped[Texts]


class NoticeRow(Row):
    """Moments are ISO 8601 text, all with the offset +08:00, so that they sort as they are."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    township: Mapped[str | None]
    starts_at: Mapped[str]
    ends_at: Mapped[str | None]
    texts: Mapped[Texts]


class DepartmentRow(Row):
    __tablename__ = "departments"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    phone: Mapped[str]
    texts: Mapped[Texts]


class TownshipRow(Row):
    __tablename__ = "townships"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    texts: Mapped[Texts]


class PersonRow(Row):
    """Somebody who can ask about themselves.

    Attributes:
        pin: empty where none is needed.
        texts: the lookups of each language, by operation (`lookUpSocialInsurance`).
    """

    __tablename__ = "people"

    id_last6: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(primary_key=True)
    pin: Mapped[str]
    cases: Mapped[list[str]] = mapped_column(JSON)
    texts: Mapped[Texts]
