"""Sound taken from the mixer, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from ivr.sip.callbacks import callback
from ivr.sip.library import CLOCK_RATE, FRAME_MS, Library

#: One frame of silence: 16-bit samples.
SILENCE = bytes(2 * CLOCK_RATE * FRAME_MS // 1000)


class Tap(pj.AudioMediaPort):  # type: ignore[misc]
    """A port that gets a frame whenever the mixer's clock ticks, also while nothing is joined to it.

    Attributes:
        took: called with the samples of each frame as bytes, zeros where there is no sound; None while the tap is on no
            call. It runs on the mixer's clock thread, which holds a lock there: it moves bytes and does nothing else.
    """

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.took: Callable[[bytes], None] | None = None
        self._copy = library.copy_frame
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, CLOCK_RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("tap", form)

    @callback
    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        took = self.took
        if took is not None:
            took(self._copy(frame.buf) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else SILENCE)
