"""Phrases that were not understood: shown on the page of a menu, and put into an author's draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ivr.authoring.effects import DAYS, Effect, added, effects
from ivr.authoring.synonyms import CannotAddError, Group, groups, with_phrase
from ivr.authoring.workshop import TooManyDraftsError
from ivr.console.authoring.common import ConflictPageError, RefusedPageError, both, work_of
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit, see
from ivr.storage.drafts import StaleDraftError
from ivr.storage.publications import NoSuchRevisionError
from ivr.storage.tallies import Count
from menus.model import Menu, MenuSet, Tree

#: Groups on a page.
_MOST = 30
#: As far back as publications are looked at, and a little more for the days before.
_LOOK_BACK = timedelta(days=70)
_PUBLICATIONS = 30


@dataclass(frozen=True)
class Choice:
    """An option to which a phrase can be added."""

    keys: str
    label: str
    proposed: bool


@dataclass(frozen=True)
class Unheard:
    """A group with the options of its node; none where it is no menu."""

    group: Group
    choices: Sequence[Choice]


def unheard(visit: Visit, tree: Tree, counts: Sequence[Count]) -> list[Unheard]:
    """What was said and not understood in a tree, in groups."""
    found = groups(counts, tree, tree.base_language)[:_MOST]
    return [Unheard(group, _choices(visit, tree, group)) for group in found]


def became(services: Services, tree: str) -> list[Effect]:
    """What became of phrases that were added to a tree."""
    now = services.now()
    today = now.astimezone().date()
    found = added(services.desk.history(_PUBLICATIONS), lambda revision: _menus(services, revision), tree, now)
    if not found:
        return []
    first = today - _LOOK_BACK
    tallies = services.office.tallies
    visits = tallies.between("visit", first, today, tree=tree, by_day=True)
    missed = tallies.between("not_understood", first, today, tree=tree, by_day=True)
    return effects(found, visits, missed, today, lambda at: at.astimezone())


def add(services: Services, visit: Visit, name: str) -> Answer:
    """Put a phrase into the author's draft. Nobody hears of it until it is reviewed and published."""
    work = work_of(services, visit, name)
    workshop = services.authoring.workshop
    node, keys = visit.form.get("node", ""), visit.form.get("keys", "")
    phrase, language = visit.form.get("phrase", ""), visit.form.get("language", "zh")
    if not keys:
        raise BadRequestError("选一个选项", "choose an option")
    try:
        text = with_phrase(work.files.get(work.document.menu, ""), node, keys, language, phrase)
        workshop.write(visit.who, work, work.document.menu, text, work.version)
    except CannotAddError as error:
        raise RefusedPageError(both(visit, error.what), error.what.en) from error
    except StaleDraftError as error:
        raise ConflictPageError("这份草稿刚刚改过，请再试一次", "this draft has just changed: try again") from error
    except TooManyDraftsError as error:
        raise BadRequestError(
            "草稿太多，先发布或者放弃几份", "too many drafts: publish or discard some first"
        ) from error
    detail = f"{node} {keys}: {' '.join(phrase.split())}"
    services.office.audit.write(visit.who, "synonym_added", name, detail, visit.address)
    notice = visit.say(
        f"已把“{phrase}”加进草稿，看过再发布", f"“{phrase}” is in your draft: look at it, then publish it"
    )
    return see(f"/authoring/publish?chosen=1&draft.{name}=1", notice=notice)


def _choices(visit: Visit, tree: Tree, group: Group) -> list[Choice]:
    node = tree.nodes.get(group.node)
    if not isinstance(node, Menu):
        return []
    return [
        Choice(
            option.keys,
            option.label.get(visit.language) or option.label.get(tree.base_language, ""),
            option.keys == group.proposed,
        )
        for option in node.options
    ]


def _menus(services: Services, revision: str) -> MenuSet | None:
    workshop = services.authoring.workshop
    try:
        return workshop.menus(workshop.files_of(revision))
    except NoSuchRevisionError:
        return None


__all__ = ["DAYS", "add", "became", "unheard"]
