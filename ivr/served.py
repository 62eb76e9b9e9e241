"""Which menus calls are answered with: what is published, or a folder.

The rule: as soon as anything was published, that is served, from the copy on this machine, and the folder of the
settings is where authors work. Before that, or with the setting `menus.published: false`, the folder itself is served.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from ivr.config import DataFolder, MenuSettings
from ivr.flow.engine import Engine
from ivr.publishing.local import LocalCopy, Served
from menus.loader import load_menus
from menus.model import MenuSet
from menus.problems import MenuProblems

log = logging.getLogger(__name__)

#: How often it is looked whether something else is published, in seconds; a look costs some microseconds.
LOOK_EVERY_S = 1.0

Engines = Mapping[str, Engine]


@dataclass(frozen=True)
class Source:
    """Where menus come from.

    Attributes:
        served: the publication; None for a folder.
    """

    folder: Path
    served: Served | None

    def load(self) -> MenuSet:
        """The menus. Those that are published keep the revision by which they were published.

        Raises:
            MenuProblems: they have errors.
        """
        menus = load_menus(self.folder)
        return menus if self.served is None else menus.model_copy(update={"revision": self.served.revision})

    def __str__(self) -> str:
        if self.served is None:
            return f"文件夹 folder {self.folder}"
        return f"已发布 published {self.served.revision} ({self.served.who}: {self.served.why})"


def source_of(settings: MenuSettings, data: DataFolder) -> Source:
    """Where the menus come from at this moment."""
    local = LocalCopy(data.menus)
    served = local.served() if settings.published else None
    return Source(settings.folder, None) if served is None else Source(local.files_of(served), served)


def engines_of(source: Source, settings: MenuSettings) -> Engines:
    """An engine for every number.

    Raises:
        MenuProblems: the menus have errors.
        ValueError: a number leads to a tree that does not exist.
    """
    menus = source.load()
    engines: dict[str, Engine] = {}
    for number, tree in settings.numbers.items():
        if tree not in menus.trees:
            known = ", ".join(sorted(menus.trees))
            raise ValueError(f"menus.numbers.{number}: no tree {tree!r} in {source.folder}; there are: {known}")
        engines[number] = Engine(menus, tree)
    return engines


def readings_of(engines: Engines) -> Mapping[str, Mapping[str, str]]:
    """How the menus want names said; all engines have the same menus."""
    return next(iter(engines.values())).menus.readings


def first_engines(settings: MenuSettings, data: DataFolder) -> Engines:
    """The engines to begin with. When the copy of what is published is of no use, the folder answers the phone.

    Raises:
        MenuProblems, ValueError: the folder is of no use either.
    """
    source = source_of(settings, data)
    if source.served is not None:
        try:
            return engines_of(source, settings)
        except (MenuProblems, ValueError) as error:
            log.error("%s cannot be served, the folder %s is:\n%s", source, settings.folder, error)
    return engines_of(Source(settings.folder, None), settings)


class MenuWatch:
    """Notices that something else is published, and has it served. Menus are read in a thread: calls are not disturbed.

    Args:
        use: takes the engines for new calls.
        reactor: Twisted's.
    """

    def __init__(self, settings: MenuSettings, data: DataFolder, use: Callable[[Engines], None], reactor: Any) -> None:
        self._settings = settings
        self._data = data
        self._local = LocalCopy(data.menus)
        self._use = use
        self._reactor = reactor
        self._mark = self._local.mark()
        self._next_look: Any = None
        self._reading = False
        self._read_again = False

    def start(self) -> None:
        if self._settings.published:
            self._next_look = self._reactor.callLater(LOOK_EVERY_S, self._look)

    def stop(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    def reload(self, settings: MenuSettings | None = None) -> None:
        """Read the menus again, by other settings if given. Wrong ones change nothing, and the log says why."""
        self._settings = settings or self._settings
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        self._mark = self._local.mark()
        source = source_of(self._settings, self._data)
        reading = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), engines_of, source, self._settings)
        reading.addCallbacks(self._read, self._not_read, callbackArgs=(source,))
        reading.addBoth(self._done)

    def _look(self) -> None:
        self._next_look = self._reactor.callLater(LOOK_EVERY_S, self._look)
        if self._local.mark() != self._mark:
            self.reload()

    def _read(self, engines: Engines, source: Source) -> None:
        self._use(engines)
        log.info("menus reloaded: %s", source)

    def _not_read(self, failure: Failure) -> None:
        if failure.check(MenuProblems, ValueError, OSError) is None:
            log.error("menus not reloaded: %s", failure.getTraceback())
        else:
            log.error("menus not reloaded, calls go on with the old ones:\n%s", failure.value)

    def _done(self, _: object) -> None:
        self._reading = False
        if self._read_again:
            self._read_again = False
            self.reload()
