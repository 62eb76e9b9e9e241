"""The process in which espeak-ng speaks, one text after the other.

Starting Python and pyttsx3 takes a second of computing, a text a fiftieth of that. In an emergency many callers need it
at the same time: a process for each text starved everything else on the machine, and with it the good voice.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from speech.voices.base import VoiceError

#: A text needs half a second at most, with the start of the process; a machine under load gets much more.
LONGEST_S = 20.0
#: A text that does not end, as when its file cannot be written, is ended by the kernel after so many seconds.
ENDS_ITSELF_S = 15
#: The process ends when it has had nothing to say for so long: it is seldom needed, and takes memory.
IDLE_S = 20.0
#: Telephony comes first.
_NICENESS = 5


class SpeakingProcess:
    """Starts the process when it is needed, and again when it has ended. It ends with this object."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def speak(self, text: str, voice: str, rate: int, file: Path) -> None:
        """Speak into a WAV file, when those who came before have been served.

        Args:
            voice: identifier of espeak-ng's.
            rate: words per minute.

        Raises:
            VoiceError: it did not.
        """
        order = json.dumps({"text": text, "voice": voice, "rate": rate, "file": str(file)}).encode() + b"\n"
        with self._one_at_a_time:
            was_idle = self._process is not None
            try:
                answer = self._ask(order)
                if not answer and was_idle:  # it may have ended just then
                    answer = self._ask(order)
            except OSError as error:
                raise VoiceError(f"espeak: {error}") from error
        if answer != b"spoken\n":
            raise VoiceError(f"espeak: {answer.decode(errors='replace').strip() or 'it ended without a word'}")

    def _ask(self, order: bytes) -> bytes:
        """What the process answers; nothing if it ended before it did, or took too long."""
        process = self._process
        if process is None:
            process = self._process = subprocess.Popen(
                command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
            )
            weakref.finalize(self, _end, process)
        assert process.stdin is not None and process.stdout is not None
        too_late = threading.Timer(LONGEST_S, _kill, [process])
        too_late.start()
        try:
            process.stdin.write(order)
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            too_late.cancel()
        if not answer:
            self._process = None
            _end(process)
        return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # otherwise its number may be another's
        _kill(process)
        process.communicate()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With what it has forked."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def command() -> list[str]:
    """The command line of the process."""
    return [sys.executable, "-m", "speech.voices.espeak_process"]


def _serve() -> None:
    """Speak what standard input says, until it says nothing for a while or ends."""
    import pyttsx3.drivers.espeak  # type: ignore[import-untyped]  # noqa: F401  # what each text needs, loaded once

    os.nice(_NICENESS)
    # pyttsx3 prints where each file is; answers shall be nothing but answers.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    while select.select([orders], [], [], IDLE_S)[0]:
        line = orders.readline()
        if not line:
            return
        # espeak-ng goes on from its last text in some noises. Each text is the first one of its process, so that a
        # prompt which is rendered again is the same again.
        if os.fork() == 0:
            signal.alarm(ENDS_ITSELF_S)
            os.write(answers, _answer(line))
            os._exit(0)
        if os.wait()[1] != 0:
            os.write(answers, b"it ended in the midst of a text\n")


def _answer(order: bytes) -> bytes:
    try:
        _speak(**json.loads(order))
    except (RuntimeError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}".replace("\n", " ").encode() + b"\n"
    return b"spoken\n"


def _speak(text: str, voice: str, rate: int, file: str) -> None:
    """Write the WAV file. Raises RuntimeError, ValueError or OSError."""
    import pyttsx3

    engine: Any = pyttsx3.init("espeak")
    written: list[bool] = []
    engine.connect("finished-utterance", lambda name, completed: written.append(completed))
    engine.setProperty("voice", voice)
    engine.setProperty("rate", rate)
    engine.save_to_file(text, file)
    # Not runAndWait: it cancels what espeak-ng has not done yet in a thread of its own, such as setting voice and rate.
    # This ends when that thread has written the file.
    engine.startLoop()
    if written != [True]:
        raise RuntimeError("espeak-ng did not speak to the end")


if __name__ == "__main__":
    _serve()
