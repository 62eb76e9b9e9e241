"""Prompts: WAV files that the mixer plays by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pjsua2 as pj

from ivr.sip.callbacks import callback
from ivr.sip.library import Library
from ivr.sip.mixer import Source

log = logging.getLogger(__name__)

#: One frame, 20 ms, of silence.
_SILENCE = Path(__file__).with_name("silence.wav")
#: A WAV header, and the samples of one frame.
_LEAST_BYTES = 44 + 320


class _Playlist(pj.AudioMediaPlayer):  # type: ignore[misc]
    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = ended

    @callback
    def onEof2(self) -> None:  # noqa: N802
        self._ended()


class Prompt(Source):
    """WAV files (8 kHz, mono, 16 bit) played one after the other without a gap, read and sent in C.

    PJSIP's playlist reads through a buffer as long as its shortest file, at most 250 ms, and drops what is in the
    buffer, and one frame, when it meets the end of the last file. A tail of two frames of silence makes the buffer one
    frame long and takes the loss. A file shorter than a frame would make it play stale memory and is left out.

    Args:
        finished: called once on the reactor thread after the last sample; never after `stop`.

    Raises:
        pjsua2.Error: nothing of it can be played.
    """

    def __init__(self, library: Library, files: Sequence[Path], finished: Callable[[], None]) -> None:
        playable = [file for file in files if _is_long_enough(file)]
        playlist = _Playlist(lambda: library.hand_over(self._on_end))
        names = pj.StringVector([str(file) for file in (*playable, _SILENCE, _SILENCE)])
        playlist.createPlaylist(names, "prompt", pj.PJMEDIA_FILE_NO_LOOP)
        super().__init__(playlist, library.retire)
        self._finished = finished

    def _on_end(self) -> None:
        if self._media is not None:
            self.stop()
            self._finished()


def _is_long_enough(file: Path) -> bool:
    try:
        size = file.stat().st_size
    except OSError as error:
        log.error("cannot play %s: %s", file, error.strerror)
        return False
    return size >= _LEAST_BYTES
