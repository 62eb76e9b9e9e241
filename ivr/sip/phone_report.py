"""What the test phone reports of a call, and how it is read from the recording. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from audio.level import sounds
from audio.pcm import Pcm
from ivr.sip.phone_script import TAIL_MS

#: Sounds with less silence between them belong to one prompt, unless a key was pressed.
PROMPT_GAP_MS = 1200
#: The shortest silence between a prompt that a key interrupts and the next one: two steps of measurement.
CUT_GAP_MS = 10
_NESTED = ("sound", "prompts", "keys", "spoken")


@dataclass(frozen=True)
class HeardPrompt:
    """Speech, or any sound, between two silences or key presses.

    Attributes:
        start_ms, end_ms: first and last sound, in milliseconds of the recording.
        text: what the independent recogniser makes of it; None if it was not asked.
    """

    start_ms: int
    end_ms: int
    text: str | None = None


@dataclass(frozen=True)
class PressedKey:
    """One key. `at_ms` is when it began to be sent, in milliseconds of the recording."""

    digit: str
    group: int
    at_ms: float


@dataclass(frozen=True)
class SentKeys:
    """A group of keys that was sent.

    Attributes:
        keys: in order.
        started_at_ms: when the first of them was pressed, in milliseconds of the recording.
        sent_at_ms: the same of the last.
        latency_ms: from pressing (not letting go) the last key to the first sound of the next prompt, the phone's own
            jitter buffer (20 to 60 ms) included; None if no prompt began before the next keys.
    """

    keys: str
    started_at_ms: int
    sent_at_ms: int
    latency_ms: int | None


@dataclass(frozen=True)
class SentSpeech:
    """A sound that was spoken.

    Attributes:
        sound: its name, such as a file.
        started_at_ms, ended_at_ms: in milliseconds of the recording.
        latency_ms: from its end to the first sound of the next prompt, negative where the answer came before the end of
            the file; None if none began.
    """

    sound: str
    started_at_ms: int
    ended_at_ms: int
    latency_ms: int | None = None


@dataclass(frozen=True)
class PhoneQuality:
    """RTP as it was received.

    Attributes:
        codec: `PCMA` or `PCMU`; empty if there was no sound path.
        received, lost: packets.
        loss: share of packets lost, 0 to 1.
        jitter_ms: mean (RFC 3550 section 6.4.1).
    """

    codec: str = ""
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0

    @property
    def loss(self) -> float:
        expected = self.received + self.lost
        return self.lost / expected if expected else 0.0


@dataclass(frozen=True)
class PhoneReport:
    """A call as the phone saw it. All times in whole milliseconds.

    The recording begins when the call is answered; `*_at_ms`, `start_ms` and `end_ms` count from there.

    Attributes:
        uri: who was called; with `--answer`, who called.
        answered_ms: from sending INVITE to 200 OK; None if the call was not answered. 0 with `--answer`.
        prompts: what was heard, in order.
        keys: groups of keys that were sent, in order.
        spoken: sounds that were spoken, in order.
        unsent: groups of the script that the call ended before.
        ended_by: `phone`, `other`, or empty if the call was not answered.
        end_reason: `finished` (all was done and heard), `hangup` (the script said so), `no_sound` (a prompt was waited
            for in vain), `timeout`, `interrupted` (Ctrl-C, SIGTERM), `remote` (the other side hung up), `refused`,
            `no_answer`.
        ended_ms: length of the call.
        sip_code, sip_reason: final status, such as 200 for a call that was answered, 404, 486; 408 where the phone
            gave up waiting (RFC 3261 section 8.1.3.1).
        quality: of received RTP.
        recording: path of the stereo file; None if none was wanted or the call was not answered.
        sound: all that was heard, for a recogniser; not in the JSON.
    """

    uri: str
    answered_ms: int | None = None
    prompts: tuple[HeardPrompt, ...] = ()
    keys: tuple[SentKeys, ...] = ()
    spoken: tuple[SentSpeech, ...] = ()
    unsent: tuple[str, ...] = ()
    ended_by: str = ""
    end_reason: str = ""
    ended_ms: int = 0
    sip_code: int = 0
    sip_reason: str = ""
    quality: PhoneQuality = PhoneQuality()
    recording: str | None = None
    sound: Pcm = field(default_factory=lambda: Pcm.silence(0, 8000), repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """True if the call was answered."""
        return self.answered_ms is not None

    @property
    def heard(self) -> str:
        """All transcripts, one line for each prompt."""
        return "\n".join(prompt.text for prompt in self.prompts if prompt.text)

    def to_dict(self) -> dict[str, Any]:
        """For JSON: every attribute but `sound`, and `heard` and `quality.loss` besides.

        `text` stands in a prompt, and `heard` at all, only where there are transcripts.
        """
        whole = {name: value for name, value in vars(self).items() if name not in _NESTED}
        whole["quality"] = {**asdict(self.quality), "loss": round(self.quality.loss, 4)}
        whole["quality"]["jitter_ms"] = round(self.quality.jitter_ms, 1)
        whole["prompts"] = [
            {name: value for name, value in asdict(prompt).items() if value is not None} for prompt in self.prompts
        ]
        whole["keys"] = [asdict(keys) for keys in self.keys]
        whole["spoken"] = [asdict(speech) for speech in self.spoken]
        if any(prompt.text is not None for prompt in self.prompts):
            whole["heard"] = self.heard
        return whole


def prompts_in(heard: Pcm, pressed: Sequence[PressedKey]) -> tuple[HeardPrompt, ...]:
    """Cut what was heard into prompts: at long silences, and at the first silence after a key.

    A key that interrupts a prompt does so within `TAIL_MS`; where no silence comes within that the prompt goes on.
    """
    stretches = sounds(heard, join_ms=CUT_GAP_MS)
    cuts = {cut for key in pressed if (cut := _cut_by(key.at_ms, stretches)) is not None}
    prompts: list[HeardPrompt] = []
    for number, (start, end) in enumerate(stretches):
        joined = bool(prompts) and number not in cuts and start - prompts[-1].end_ms < PROMPT_GAP_MS
        begin = prompts.pop().start_ms if joined else round(start)
        prompts.append(HeardPrompt(begin, round(end)))
    return tuple(prompts)


def _cut_by(pressed_ms: float, stretches: Sequence[tuple[float, float]]) -> int | None:
    """The stretch that begins a new prompt because of a key: the first after it, if silence comes soon enough."""
    for number, (start, _) in enumerate(stretches):
        if start > pressed_ms:
            silent_from = stretches[number - 1][1] if number else 0.0
            return number if silent_from <= pressed_ms + TAIL_MS else None
    return None


def answered(spoken: Sequence[SentSpeech], prompts: Sequence[HeardPrompt]) -> tuple[SentSpeech, ...]:
    """Each sound that was spoken with how long the answer took."""
    starts = [prompt.start_ms for prompt in prompts]
    told = []
    for speech in spoken:
        answer = next((start for start in starts if start > speech.started_at_ms), None)
        told.append(replace(speech, latency_ms=None if answer is None else answer - speech.ended_at_ms))
    return tuple(told)


def groups_of(pressed: Sequence[PressedKey], prompts: Sequence[HeardPrompt]) -> tuple[SentKeys, ...]:
    """Single keys as groups, each with how long the answer took."""
    groups: dict[int, list[PressedKey]] = {}
    for key in pressed:
        groups.setdefault(key.group, []).append(key)
    untils = [*(keys[0].at_ms for keys in groups.values()), float("inf")][1:]
    sent = []
    for keys, until_ms in zip(groups.values(), untils, strict=True):
        last_ms = keys[-1].at_ms
        answer = next((prompt.start_ms for prompt in prompts if last_ms < prompt.start_ms < until_ms), None)
        sent.append(
            SentKeys(
                keys="".join(key.digit for key in keys),
                started_at_ms=round(keys[0].at_ms),
                sent_at_ms=round(last_ms),
                latency_ms=None if answer is None else round(answer - last_ms),
            )
        )
    return tuple(sent)
