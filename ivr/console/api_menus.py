"""Menus in the HTTP API: what was published, what differs, publishing and going back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from ivr.console.program import Asked, Made, Operation, RefusedError, RequestBody
from ivr.console.services import Services
from ivr.console.web import BadRequestError, NotFoundError
from ivr.publishing import candidate
from ivr.publishing.desk import Desk, NothingToGoBackToError
from ivr.storage.publications import ConflictError, NoSuchRevisionError, Publication
from menus.problems import MenuProblems, Problem

READ = "menus:read"
PUBLISH = "menus:publish"
_MOST = 500
_STAGES = {
    "check": ("检查没有通过", "the menus have errors"),
    "numbers": ("有号码没有菜单", "a number leads to no tree"),
    "rehearsal": ("排练没有通过", "a rehearsal failed, or there is none"),
}

Files = Annotated[dict[str, str], Field(max_length=_MOST)]
Revision = Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]
#: The last revision that whoever asks knows of; empty if nothing was published then.
Base = Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")]
#: One line of text.
Why = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,500}$")]


class Publish(RequestBody):
    """Menus to publish: name of a file to its text, rehearsals among them."""

    files: Files
    base: Base
    why: Why


class RollBack(RequestBody):
    """A revision to publish again; without one, the one before."""

    revision: Revision | None = None
    base: Base | None = None
    why: Why


class Compare(RequestBody):
    """Menus to compare with what is published."""

    files: Files


def publications(services: Services, asked: Asked) -> Any:
    """What was published, latest first."""
    limit = asked.query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= _MOST:
        raise BadRequestError(f"limit 从 1 到 {_MOST}", f"limit is a number from 1 to {_MOST}")
    return {"publications": [_plain(entry) for entry in services.desk.history(int(limit))]}


def revision(services: Services, asked: Asked, revision: str) -> Any:
    """The files of a revision."""
    with _refusals():
        found, files = services.desk.files(revision)
    return {"revision": found, "files": files}


def difference(services: Services, asked: Asked) -> Any:
    """What differs between two revisions; without `after`, from one to what is published."""
    desk = services.desk
    if not asked.query.get("before"):
        raise BadRequestError("before 要写是哪个版本", "before says which revision")
    with _refusals():
        before, old = desk.files(asked.query["before"])
        after, new = desk.files(asked.query.get("after") or _current(desk))
        return {"before": before, "after": after, "changes": [asdict(change) for change in desk.changes(old, new)]}


def compare(services: Services, asked: Asked) -> Any:
    """What would differ if these files were published."""
    sent = Compare.read(asked.body)
    desk = services.desk
    with _refusals():
        before, old = desk.files(_current(desk))
        return {"before": before, "after": None, "changes": [asdict(one) for one in desk.changes(old, sent.files)]}


def publish(services: Services, asked: Asked) -> Any:
    """Publish menus, if they may be."""
    sent = Publish.read(asked.body)
    with _refusals():
        ready = services.desk.candidate(sent.files)
        done = services.desk.publish(ready, base=sent.base, who=asked.who, why=sent.why)
    answer = {"publication": _plain(done.publication)}
    if not done.is_new:
        return answer
    services.office.audit.write(asked.who, "published", done.publication.revision, sent.why, asked.address)
    return Made(answer)


def roll_back(services: Services, asked: Asked) -> Any:
    """Publish an old revision again."""
    sent = RollBack.read(asked.body)
    with _refusals():
        made = services.desk.roll_back(sent.revision, who=asked.who, why=sent.why, base=sent.base)
    services.office.audit.write(asked.who, "rolled_back", made.revision, sent.why, asked.address)
    return Made({"publication": _plain(made)})


OPERATIONS = (
    Operation("GET", "/api/v1/menus/publications", READ, publications),
    Operation("POST", "/api/v1/menus/publications", PUBLISH, publish),
    Operation("POST", "/api/v1/menus/rollback", PUBLISH, roll_back),
    Operation("GET", "/api/v1/menus/revisions/<revision>", READ, revision),
    Operation("GET", "/api/v1/menus/diff", READ, difference),
    Operation("POST", "/api/v1/menus/diff", READ, compare),
)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the desk refuses, as HTTP says it."""
    try:
        yield
    except ConflictError as error:
        raise _conflict(error) from error
    except candidate.RefusedError as error:
        chinese, english = _STAGES[error.stage]
        raise _refused(error.stage, error.problems, chinese, english) from error
    except MenuProblems as error:
        raise _refused("check", error.problems, *_STAGES["check"]) from error
    except NoSuchRevisionError as error:
        raise NotFoundError("没有这个版本，或者要多写几位", "no such revision, or write more of it") from error
    except NothingToGoBackToError as error:
        raise NotFoundError("没有可以恢复的版本", "there is nothing to go back to") from error


def _conflict(error: ConflictError) -> RefusedError:
    current = error.current
    who = f"{current.who}（{current.published_at:%Y-%m-%d %H:%M} UTC）" if current else ""
    return RefusedError(
        409,
        f"别人已经发布了新的版本：{who}" if current else "还没有发布过，base 要空着",
        f"somebody else has published meanwhile: {who}" if current else "nothing was published: base must be empty",
        {
            "current": _plain(current) if current else None,
            "since": [_plain(publication) for publication in error.since],
        },
    )


def _refused(stage: str, problems: list[Problem], chinese: str, english: str) -> RefusedError:
    return RefusedError(
        422, chinese, english, {"stage": stage, "problems": [problem.as_json() for problem in problems]}
    )


def _current(desk: Desk) -> str:
    current = desk.current()
    if current is None:
        raise NotFoundError("还没有发布过", "nothing was ever published")
    return current.revision


def _plain(publication: Publication) -> dict[str, Any]:
    return {name: _text(value) for name, value in asdict(publication).items()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
