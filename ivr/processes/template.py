"""A template: a process that has loaded what many others need, and is forked for each of them.

Loading takes a line worker a second and a half of processor time and 100 MB; forked, it has both for next to nothing,
because what nobody changes is shared (docs/adr/0005-line-workers-are-forked.md). A template has one thread, no reactor
and no telephony: a fork would take over their locks and not their threads.

An order comes by a unix socket, with the descriptors that the process shall have. Who was forked is a child of the
supervisor, not of the template (`become_subreaper`): it is watched and waited for as any other, and lives on when the
template ends.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import json
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)

#: How long a fork may take, in seconds; who waits longer starts the process anew. A fork takes 3 ms.
PATIENCE_S = 2.0
BEAT_EVERY_S = 1.0
_GO = b"go"
#: Longest order in bytes, and most descriptors of a process.
_LONGEST, _DESCRIPTORS = 65536, 16
_PAUSE_S = 0.001
# <linux/prctl.h>
_SET_DEATH_SIGNAL, _SET_NAME, _SET_SUBREAPER = 1, 15, 36


@dataclass(frozen=True)
class Order:
    """What a forked process shall be.

    Attributes:
        name: shown by ps and top, as far as 15 bytes of it.
        arguments: for the command that the template is of.
        environment: what it has beyond the template's own.
        targets: the number of each descriptor that comes with the order.
        core: the processor core that it is bound to; None for any.
        parent: process id of the supervisor. It ends with its parent.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    targets: Sequence[int]
    core: int | None
    parent: int


def fork_template(path: Path, order: Order, descriptors: Sequence[int]) -> int | None:
    """Have the template at this socket forked. The process id of the new child of ours; None if there is no template.

    Args:
        descriptors: of ours, one for each of the order's targets.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(str(path))
            socket.send_fds(connection, [json.dumps(asdict(order)).encode()], list(descriptors))
            pid = int(connection.recv(_LONGEST))
            connection.send(_GO)
            return pid
    except (OSError, ValueError) as error:
        log.warning("%s is started anew, its template does not answer: %s", order.name, error)
        return None


def listen(path: Path) -> socket.socket:
    """The socket of a template, for its own user only. One that another template has left behind is replaced."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    mask = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(mask)
    listening.listen(socket.SOMAXCONN)
    return listening


def serve(listening: socket.socket, beat: Callable[[], None]) -> Order:
    """Be the template. Returns in each process that was forked, with its order.

    Args:
        beat: called about once a second.
    """
    gc.collect()
    gc.freeze()  # what is here stays: the collector must not write into pages that are shared
    while True:
        beat()
        if select.select([listening], [], [], BEAT_EVERY_S)[0]:
            connection, _ = listening.accept()
            with connection:
                try:
                    order = _obey(connection, listening)
                except (OSError, ValueError, TypeError) as error:
                    log.error("an order could not be carried out: %s", error)
                    continue
                if order is not None:
                    return order


def _obey(connection: socket.socket, listening: socket.socket) -> Order | None:
    """Fork once. The order in the new process, None in the template."""
    connection.settimeout(PATIENCE_S)
    written, descriptors, _, _ = socket.recv_fds(connection, _LONGEST, _DESCRIPTORS)
    forked: Order | None = None
    try:
        order = Order(**json.loads(written))
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            _fork_and_end(writing)
            forked = order
            os.close(reading)
            os.close(writing)
            listening.close()
        else:
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                pid = pipe.read()
            os.waitpid(between, 0)  # from then on the other is a child of the supervisor, who may wait for it
            connection.send(pid)
    finally:
        if forked is None:
            for number in descriptors:
                os.close(number)
    if forked is not None:
        _begin(forked, connection, descriptors)
    return forked


def _fork_and_end(writing: int) -> None:
    """Return in a child that is nobody's but the subreaper's; its process id goes into a pipe first."""
    between, pid = os.getpid(), 1
    try:
        pid = os.fork()
        if pid:
            os.write(writing, str(pid).encode())
    finally:
        if pid:
            os._exit(0)
    while os.getppid() == between:
        time.sleep(_PAUSE_S)


def _begin(order: Order, connection: socket.socket, descriptors: Sequence[int]) -> None:
    """Become what the order says; ends the process if the supervisor has given it up meanwhile."""
    os.setsid()
    _prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != order.parent or connection.recv(len(_GO)) != _GO:
        os._exit(1)
    _prctl(_SET_NAME, ctypes.create_string_buffer(order.name.encode()[:15]))
    if order.core is not None:
        os.sched_setaffinity(0, [order.core])
    os.environ.update(order.environment)
    # First out of the way of the numbers that are wanted.
    away = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 2 * _DESCRIPTORS) for number in descriptors]
    connection.close()
    for number in descriptors:
        os.close(number)
    for number, target in zip(away, order.targets, strict=True):
        os.dup2(number, target)
        os.close(number)


def become_subreaper() -> None:
    """Take over whoever is left behind by children of ours, and their children, from now on (prctl(2)).

    Raises:
        OSError: the kernel does not do that.
    """
    _prctl(_SET_SUBREAPER, 1)


def reap_strangers(known: Collection[int]) -> None:
    """Wait for those whom we took over and who have ended. Those that are known have somebody else who waits."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in known:
            return
        os.waitpid(ended.si_pid, 0)


def _prctl(option: int, argument: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, argument, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
