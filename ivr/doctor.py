"""What is installed and reachable, what is missing, and the command that mends it.

Each check is one function that gives findings; `CHECKS` is the registry. A check never raises for what it looks for.
"""

from __future__ import annotations

import asyncio
import errno
import http.client
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.config import DataFolder, Settings
from ivr.hearing.answers import GarbledError, languages_of
from ivr.hearing.worker import described
from ivr.served import source_of
from menus.loader import check_menus
from speech.matching.bands import was_judged_by_hand
from speech.models.catalogue import CATALOGUE, WHISPER_BASE
from speech.models.store import ModelStore
from speech.recognisers.choice import RECOGNISED_LANGUAGES, engine_by_language
from speech.recognisers.wyoming import WyomingRecogniser
from speech.wire import Address, WireError

#: Free space below which recordings and journals are in danger, in bytes.
LITTLE_SPACE = 1 << 30
_QUICKLY_S = 2.0
#: Engines that the benchmark can calibrate; what foreign servers there are is not known to it.
_CALIBRATED = ("vosk", "whisper")

Verdict = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: its name, Chinese and English.
        told: what was found.
        mend: the command that mends it, empty if nothing needs mending.
    """

    what: str
    verdict: Verdict
    told: str
    mend: str = ""


Check = Callable[[Settings, DataFolder], Iterator[Finding]]


def python(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    good = (3, 10) <= sys.version_info[:2] <= (3, 12)
    yield Finding(
        "Python", "good" if good else "bad", platform.python_version(), "" if good else "apt install python3.11"
    )


def libraries(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    wanted = {
        "pjsua2-python": "pjsua2",
        "vosk": "vosk",
        "onnxruntime": "onnxruntime",
        "faster-whisper": "faster_whisper",
    }
    for distribution, module in wanted.items():
        if importlib.util.find_spec(module) is None:
            yield Finding(distribution, "bad", "没有安装 / not installed", "scripts/run")
            continue
        try:
            told = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            told = f"{module}，自己编译的 / built by yourself"
        yield Finding(distribution, "good", told)


def programs(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    uses = {
        "espeak-ng": "应急声音 / the emergency voice",
        "kamailio": "超过四路电话时用 / only for more than four lines",
    }
    for program, use in uses.items():
        # Debian keeps daemons where an ordinary user's PATH does not look.
        found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        verdict: Verdict = "good" if found else "warning"
        yield Finding(
            program, verdict, found or f"没有安装 / not installed ({use})", "" if found else f"apt install {program}"
        )


def models(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    store = ModelStore(data.models)
    for model in CATALOGUE.values():
        state = store.state(model)
        verdict: Verdict = "good" if state == "installed" else "bad" if model.usual else "warning"
        yield Finding(
            f"模型 model {model.name}",
            verdict,
            f"{state} ({model.purpose})",
            "" if state == "installed" else f"ivr models install {model.name}",
        )


def recognition(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    """Which engine hears each language; a foreign server where one is named, installed or not."""
    ours, foreign = engine_by_language(data.models), settings.hearing.recognisers
    for language in dict.fromkeys((*RECOGNISED_LANGUAGES, *foreign)):
        what = f"语音识别 speech in {language}"
        if language in foreign:
            yield _recognised(what, WyomingRecogniser.name, f"{WyomingRecogniser.name} {foreign[language]}")
        elif language in ours:
            yield _recognised(what, ours[language], ours[language])
        else:
            mend = f"ivr models install {WHISPER_BASE.name}"
            yield Finding(what, "warning", "只用按键 / no recogniser: callers use the keypad", mend)


def _recognised(what: str, engine: str, told: str) -> Finding:
    """A recogniser, with a warning if nobody has measured how often it is right."""
    if not was_judged_by_hand(engine):
        return Finding(what, "good", told)
    told += "：多像才算听懂是手工定的，没有用数据校准 / what counts as understood was set by hand, not on data"
    mend = f"python -m benchmarks.recognition --engine {engine} calibrate" if engine in _CALIBRATED else ""
    return Finding(what, "warning", told, mend)


def menus(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    source = source_of(settings.menus, data)
    checked = check_menus(source.folder)
    errors = sum(problem.severity == "error" for problem in checked.problems)
    told = f"{source}: {errors} errors, {len(checked.problems) - errors} warnings"
    verdict: Verdict = "bad" if errors else "warning" if checked.problems else "good"
    yield Finding("菜单 menus", verdict, told, f"ivr menus check {source.folder}" if checked.problems else "")
    if checked.menus is not None:
        for number, tree in settings.menus.numbers.items():
            if tree not in checked.menus.trees:
                yield Finding(
                    f"号码 number {number}", "bad", f"没有这棵菜单树 / no tree {tree!r}", "edit menus.numbers"
                )


def space(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    folder = next(folder for folder in (data.root, *data.root.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    told = f"{data.root}: {free / (1 << 30):.1f} GiB free"
    if not os.access(folder, os.W_OK):
        yield Finding("数据目录 data folder", "bad", f"{data.root}: 不能写 / not writable", f"chown $USER {data.root}")
    else:
        yield Finding("数据目录 data folder", "good" if free > LITTLE_SPACE else "bad", told)


def backend(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    address = f"{settings.backend.base_url}/v1/health"
    mend = "scripts/run (demo) / backend.base_url"
    try:
        with urllib.request.urlopen(address, timeout=_QUICKLY_S) as answer:
            yield Finding("后台 backend", "good", f"{address}: {answer.status}")
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        yield Finding("后台 backend", "warning", f"{address}: {error}", mend)


def speech_worker(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    address = data.speech_address(settings)
    try:
        _connect(Address.parse(address))
    except OSError as error:
        yield Finding("语音进程 speech worker", "warning", f"{address}: {error}", "ivr serve")
    else:
        yield Finding("语音进程 speech worker", "good", address)


def speech_input(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    """What the worker says that it understands: the gateway lets callers speak in these languages."""
    what = "来电人说话 speech input"
    address = data.hearing_address(settings)
    if not settings.hearing.enabled:
        yield Finding(what, "warning", "关着，只用按键 / switched off, callers use the keypad", "hearing.enabled: true")
        return
    try:
        languages = languages_of(asyncio.run(described(Address.parse(address))))
    except (OSError, WireError, GarbledError, asyncio.TimeoutError) as error:
        told = f"{address}: {error or 'no answer'}: 只用按键 / callers use the keypad"
        yield Finding(what, "warning", told, "ivr serve")
    else:
        told = f"{', '.join(languages) or '什么都听不懂 / nothing'} ({address})"
        mend = "" if languages else f"ivr models install {WHISPER_BASE.name}"
        yield Finding(what, "good" if languages else "warning", told, mend)


def _connect(address: Address) -> None:
    if address.path is None:
        socket.create_connection((address.host, address.port), _QUICKLY_S).close()
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_QUICKLY_S)
        probe.connect(str(address.path))


def sip_port(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    sip = settings.sip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((sip.bind_address, sip.port))
        except OSError as error:
            told = f"{sip.bind_address}:{sip.port} {error.strerror}"
            if error.errno == errno.EADDRINUSE:
                who = "网关正在运行，或别的程序占用 / the gateway, or another program"
                yield Finding("SIP", "good", f"{told}: {who}")
            else:
                yield Finding("SIP", "bad", told, "sip.bind_address, sip.port")
        else:
            yield Finding("SIP", "warning", f"{sip.bind_address}:{sip.port} 没有在听 / nobody listens", "ivr serve")


def call_log(settings: Settings, data: DataFolder) -> Iterator[Finding]:
    from ivr.storage.database import WrongDatabaseError
    from ivr.storage.down import DatabaseDownError
    from ivr.storage.log import schema_is_current
    from ivr.storage.shown import shown_url

    url = data.database_url(settings)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield Finding("通话记录 call log", "warning", "还没有 / not there yet", "ivr serve")
        return
    try:
        current = schema_is_current(url)
    except WrongDatabaseError as error:
        yield Finding("通话记录 call log", "bad", str(error), "log.database")
    except DatabaseDownError as error:
        yield Finding("通话记录 call log", "bad", str(error), "ivr ship")
    else:
        shown = shown_url(url)
        told = shown if current else f"{shown}: 表结构要更新 / its tables need an upgrade"
        yield Finding("通话记录 call log", "good" if current else "warning", told, "" if current else "ivr ship")


CHECKS: tuple[Check, ...] = (
    python,
    libraries,
    programs,
    models,
    recognition,
    menus,
    space,
    backend,
    speech_worker,
    speech_input,
    sip_port,
    call_log,
)


def examine(settings: Settings, data: DataFolder) -> list[Finding]:
    """All findings of all checks."""
    return [finding for check in CHECKS for finding in check(settings, data)]
