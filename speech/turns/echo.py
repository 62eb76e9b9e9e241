"""Taking our own voice out of the caller's sound.

What was sent comes back from the line or from a loudspeaker: late, filtered, softer. A frequency-domain Kalman filter
in partitions (G. Enzner and P. Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
telephones", Signal Processing 86, 2006; partitions by F. Kuech et al., ICASSP 2014) follows the way it takes. It needs
no detector of double talk: where the caller speaks, what is not explained counts as noise, and the filter holds still.

Until the filter has found the way, echo is known by its likeness to what was sent, at whatever delay.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from audio.pcm import FULL_SCALE, Floats, Samples
from speech.turns.voice import FRAME

#: Partitions of one frame each: echo of up to half a second is followed.
_PARTITIONS = 16
#: How still the echo path is held to be, from frame to frame.
_STILLNESS = 0.9995
_SMOOTHING = 0.5
_FIRST_UNCERTAINTY = 1.0
#: Below this power, what was sent is silence and has no echo, and a caller says nothing.
_SILENT_POWER = 1e-7
#: What is left of an echo, as share of the echo that was found: at first, at best, and how fast it is believed to be
#: less or more. A frame counts as echo if it has less than so many times that.
_FIRST_REST, _LEAST_REST, _LESS, _MORE = 2.0, 0.03, 0.1, 0.004
_REST_MARGIN = 3.0
#: Frames of our own sound after which silence of the filter means that there is no echo.
_FRAMES_TO_TRUST = 30
#: The filter starts afresh when it has made the sound so many times louder, and as loud as the softest voice; powers
#: are smoothed over some ten frames.
_LOUDER, _POWERS_KEPT, _AUDIBLE_POWER = 1.5, 0.9, 1e-5
#: Likeness to what was sent, at the best delay, from which on a frame counts as echo; frames it is looked for in.
_ALIKE = 0.55
_LOOKED_AT = 10
#: What stays of a frame that is echo.
_REST = 0.01
_REGULAR = 1e-10

Spectra = npt.NDArray[np.complex128]


class EchoCanceller:
    """Follows one call. Frames are int16 [256] at 8 kHz."""

    def __init__(self) -> None:
        self._start()
        self.pause()

    def _start(self) -> None:
        """Know nothing of the way that echo takes."""
        bins = FRAME + 1
        self._weights: Spectra = np.zeros((_PARTITIONS, bins), dtype=np.complex128)
        self._uncertainty: Floats = np.full((_PARTITIONS, bins), _FIRST_UNCERTAINTY)
        self._noise: Floats = np.full(bins, _REGULAR)
        self._rest = _FIRST_REST
        self._frames_sent = 0
        self._near_power = self._left_power = 0.0

    def pause(self) -> None:
        """Sound was missed: forget what was sent, but not the way it takes."""
        self._spectra: Spectra = np.zeros((_PARTITIONS, FRAME + 1), dtype=np.complex128)
        self._sent: Floats = np.zeros(FRAME * (_PARTITIONS + _LOOKED_AT))
        self._caller: Floats = np.zeros(FRAME * _LOOKED_AT)

    def accept(self, caller: Samples, sent: Samples) -> Samples:
        """The caller's frame without echo; where there is nothing but echo in it, hardly anything."""
        near, far = caller.astype(np.float64) / FULL_SCALE, sent.astype(np.float64) / FULL_SCALE
        self._sent = np.concatenate([self._sent[FRAME:], far])
        self._caller = np.concatenate([self._caller[FRAME:], near])
        self._spectra = np.roll(self._spectra, 1, axis=0)
        self._spectra[0] = np.fft.rfft(self._sent[-2 * FRAME :])
        if float(np.mean(self._sent**2)) < _SILENT_POWER:
            return caller
        if float(np.var(near)) < _SILENT_POWER:
            # Silence in A-law is a constant. That nothing comes back is how the filter learns that there is no echo:
            # else it would take the first words of a caller for one.
            self._filtered(np.zeros_like(near))
            self._frames_sent += 1
            return np.zeros_like(caller)
        left, echo = self._filtered(near)
        left_power, echo_power = float(np.mean(left**2)), float(np.mean(echo**2))
        if self._is_lost(float(np.mean(near**2)), left_power):
            self._start()
        if self._is_echo(left_power, echo_power):
            # What is left of an echo sounds like nothing a detector of speech knows, and would upset it for long.
            left = left * _REST
        return np.clip(np.rint(left * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)

    def _is_lost(self, near_power: float, left_power: float) -> bool:
        """Whether the echo takes another way than the filter believes, as after a jump of a phone's jitter buffer.

        What is taken out at the wrong time is added. A caller who talks over an echo is louder than what is added.
        """
        self._near_power = _POWERS_KEPT * self._near_power + (1 - _POWERS_KEPT) * near_power
        self._left_power = _POWERS_KEPT * self._left_power + (1 - _POWERS_KEPT) * left_power
        return self._left_power > max(_LOUDER * self._near_power, _AUDIBLE_POWER)

    def _is_echo(self, left_power: float, echo_power: float) -> bool:
        """Whether there is nothing but echo in a frame."""
        self._frames_sent += 1
        if echo_power < _SILENT_POWER:
            return self._frames_sent < _FRAMES_TO_TRUST or self._likeness() > _ALIKE
        share = min(left_power / echo_power, _FIRST_REST)
        self._rest += (_LESS if share < self._rest else _MORE) * (share - self._rest)
        if left_power < _REST_MARGIN * max(self._rest, _LEAST_REST) * echo_power:
            return True
        return self._frames_sent < _FRAMES_TO_TRUST or self._likeness() > _ALIKE

    def _filtered(self, near: Floats) -> tuple[Floats, Floats]:
        """What is left of a frame, and the echo that was found in it; the filter learns from both."""
        echo = np.fft.irfft(np.sum(self._spectra * self._weights, axis=0))[FRAME:]
        left = near - echo
        error = np.fft.rfft(np.concatenate([np.zeros(FRAME), left]))
        powers = np.abs(self._spectra) ** 2
        self._noise = _SMOOTHING * self._noise + (1 - _SMOOTHING) * np.abs(error) ** 2
        explained = np.sum(powers * self._uncertainty, axis=0)
        step = self._uncertainty / (explained + 2 * self._noise + _REGULAR)
        update = np.fft.irfft(step * np.conj(self._spectra) * error, axis=1)
        update[:, FRAME:] = 0.0
        self._weights = _STILLNESS * (self._weights + np.fft.rfft(update, axis=1))
        self._uncertainty = (
            _STILLNESS**2 * (1 - 0.5 * step * powers) * self._uncertainty
            + (1 - _STILLNESS**2) * np.abs(self._weights) ** 2
        )
        return left, echo

    def _likeness(self) -> float:
        """Largest correlation, 0 to 1, of the last frames with what was sent before, over all delays."""
        size = len(self._sent) + len(self._caller)
        product = np.fft.rfft(self._sent, size) * np.conj(np.fft.rfft(self._caller, size))
        found = np.abs(np.fft.irfft(product, size)[: FRAME * _PARTITIONS + 1])
        sums = np.concatenate([[0.0], np.cumsum(self._sent**2)])
        powers = sums[len(self._caller) :] - sums[: len(sums) - len(self._caller)]
        scale = np.sqrt(powers[: len(found)] * np.sum(self._caller**2))
        return float(np.max(found / (scale + 1e-6)))
