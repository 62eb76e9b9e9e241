"""The dialogs of a process on the disk, each a sealed file while its call goes on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from ivr.farewell.dialog import Dialog

log = logging.getLogger(__name__)


class KeptDialogs:
    """Written by the process whose calls they are.

    Args:
        folder: of this process alone.
        seal: makes a text one that only the gateway can read: there are numbers of callers in it.
    """

    def __init__(self, folder: Path, seal: Callable[[str], str]) -> None:
        self._folder = folder
        self._seal = seal

    def keep(self, number: int, dialog: Dialog) -> None:
        """Keep a dialog, in place of what was kept under this number. A disk that refuses disturbs no call."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._folder / str(number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "w", encoding="ascii") as content:
                content.write(self._seal(dialog.to_text()))
        except OSError as error:
            log.warning("a call could not be ended from outside if this process died: %s", error)

    def forget(self, number: int) -> None:
        """The call has ended."""
        _delete(self._folder / str(number))


def take(folder: Path, unseal: Callable[[str], str]) -> list[Dialog]:
    """Read what a process has left behind that runs no more, and delete it."""
    found: list[Dialog] = []
    for file in sorted(folder.glob("*")):
        try:
            found.append(Dialog.from_text(unseal(file.read_text("ascii"))))
        except (OSError, ValueError) as error:
            log.warning("%s: what was known of a call cannot be read: %s", file, error)
        _delete(file)
    return found


def _delete(file: Path) -> None:
    """A file that stays does no harm: the BYE of a call that is over is answered with 481."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s: cannot be deleted: %s", file, error)
