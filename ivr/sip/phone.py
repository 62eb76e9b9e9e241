"""The test phone: a real call by pjsua2, and a report of what was heard when.

Each call needs a process of its own: PJSIP runs once in a process, and here it is polled by whoever places the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pjsua2 as pj

from audio import tones, wav
from audio.level import DEFAULT_THRESHOLD_DBFS
from audio.pcm import Pcm
from ivr.sip.phone_library import (
    CODECS,
    Codec,
    PhoneCall,
    PhoneEndpoint,
    Telephone,
    host_of,
    local_address_towards,
    running,
)
from ivr.sip.phone_report import PhoneReport, PressedKey, SentSpeech, answered, groups_of, prompts_in
from ivr.sip.phone_script import TONE_MS, Ear, HangUp, Key, Script, Speak, Step
from ivr.sip.phone_sound import Handset, is_loud

Dtmf = Literal["rfc4733", "info", "inband"]
Interrupted = Callable[[], bool]

#: What is still under way after hanging up, such as the answer to BYE, is waited for so long, in seconds.
_GOODBYE_S = 2.0
_REQUEST_TIMEOUT = 408


@dataclass(frozen=True)
class PhonePlan:
    """A call to place.

    Attributes:
        uri: whom to call, such as `sip:12345@127.0.0.1:5060`.
        steps: what to do; see `ivr.sip.phone_script.parse_script`.
        sounds: what the steps speak, by name; 8 kHz.
        echo_db: what is heard comes back so much weaker, as from a loudspeaker beside the microphone; None for no echo.
        codec: the one codec that is offered.
        dtmf: how keys are sent. With `inband` and `info` the phone does not offer RFC 4733.
        tcp: SIP over TCP.
        caller: number to call from.
        record: stereo WAV file, 8 kHz: left what was heard, right what was said; None for none.
        timeout_s: the call is ended after so long.
        answer_timeout_s: so long the phone lets it ring.
        prompt_end_s: a prompt is over after so much silence.
        last_silence_s: after the last step the phone hangs up after so much silence.
    """

    uri: str
    steps: tuple[Step, ...] = ()
    sounds: Mapping[str, Pcm] = field(default_factory=dict)
    echo_db: float | None = None
    codec: Codec = "PCMA"
    dtmf: Dtmf = "rfc4733"
    tcp: bool = False
    caller: str = "1000"
    record: Path | None = None
    timeout_s: float = 180.0
    answer_timeout_s: float = 20.0
    prompt_end_s: float = 1.2
    last_silence_s: float = 6.0


@dataclass(frozen=True)
class AnswerPlan:
    """A call to wait for.

    Attributes:
        port: local SIP port, 0 for any.
        address: local address.
        sound: what to play, over and over.
        seconds: length of the call; then the phone hangs up.
        timeout_s: so long a call is waited for.
        codec: the favourite; both are taken.
        tcp, record: as in `PhonePlan`.
    """

    port: int
    sound: Pcm
    address: str = "127.0.0.1"
    seconds: float = 5.0
    timeout_s: float = 180.0
    codec: Codec = "PCMA"
    tcp: bool = False
    record: Path | None = None


def place_call(plan: PhonePlan, interrupted: Interrupted = lambda: False) -> PhoneReport:
    """Call, follow the script, hang up. Blocks until the call is over.

    Args:
        interrupted: asked often; once it is true the phone hangs up.

    Raises:
        PhoneError: the address makes no sense or the machine does not allow it (`ivr.sip.phone_library`). A call that
            is refused or not answered is no error but a report.
        OSError: the recording cannot be written.
    """
    tcp = plan.tcp or ";transport=tcp" in plan.uri.lower()
    telephone = Telephone(
        codecs=(plan.codec,),
        events=plan.dtmf == "rfc4733",
        tcp=tcp,
        address=local_address_towards(host_of(plan.uri)),
        user=plan.caller,
    )
    uri = plan.uri if not tcp or ";transport=" in plan.uri.lower() else f"{plan.uri};transport=tcp"
    with running(telephone) as endpoint:
        handset = endpoint.keep(Handset(plan.echo_db))
        call = endpoint.keep(PhoneCall(endpoint.account(), handset, events=telephone.events))
        return _Conversation(endpoint, call, handset, interrupted).place(plan, uri)


def answer_call(
    plan: AnswerPlan, listening: Callable[[str], None], interrupted: Interrupted = lambda: False
) -> PhoneReport:
    """Wait for one call, answer it, play, hang up. Blocks until the call is over or none has come.

    Args:
        listening: called with the phone's SIP URI as soon as it can be called.
        interrupted: as for `place_call`.

    Raises:
        PhoneError: the port is in use.
        OSError: the recording cannot be written.
    """
    others = tuple(codec for codec in CODECS if codec != plan.codec)
    telephone = Telephone(
        codecs=(plan.codec, *others), tcp=plan.tcp, address=plan.address, port=plan.port, user="operator"
    )
    with running(telephone) as endpoint:
        handset = endpoint.keep(Handset())
        handset.say_over_and_over(plan.sound)
        came: list[PhoneCall] = []
        account = endpoint.account(lambda call_id: _take(endpoint, account, handset, call_id, came))
        listening(endpoint.uri)
        until = time.monotonic() + plan.timeout_s
        while not came and time.monotonic() < until and not interrupted():
            endpoint.poll()
        if not came:
            return PhoneReport(uri="", end_reason="interrupted" if interrupted() else "timeout")
        return _Conversation(endpoint, came[0], handset, interrupted).answer(plan)


def _take(endpoint: PhoneEndpoint, account: Any, handset: Handset, call_id: int, came: list[PhoneCall]) -> None:
    call = endpoint.keep(PhoneCall(account, handset, events=True, call_id=call_id))
    call.caller = call.getInfo().remoteUri
    operation = pj.CallOpParam()
    operation.statusCode = pj.PJSIP_SC_BUSY_HERE if came else pj.PJSIP_SC_OK
    call.answer(operation)
    if not came:
        came.append(call)


class _Conversation:
    """One call from beginning to end."""

    def __init__(self, endpoint: PhoneEndpoint, call: PhoneCall, handset: Handset, interrupted: Interrupted) -> None:
        self._endpoint = endpoint
        self._call = call
        self._handset = handset
        self._interrupted = interrupted
        self._began = time.monotonic()
        self._answered_ms: int | None = None
        self._pressed: list[PressedKey] = []
        self._spoken: list[SentSpeech] = []
        self._end_reason = ""

    def place(self, plan: PhonePlan, uri: str) -> PhoneReport:
        ear = Ear()
        lengths_ms = {name: sound.duration_ms for name, sound in plan.sounds.items()}
        script = Script(
            plan.steps,
            ear,
            lengths_ms,
            prompt_end_ms=plan.prompt_end_s * 1000,
            last_silence_ms=plan.last_silence_s * 1000,
        )
        self._call.dial(uri)
        self._await_answer(plan.answer_timeout_s)
        until = time.monotonic() + plan.timeout_s
        while self._goes_on():
            self._listen(ear)
            action = script.next(self._handset.now_ms)
            if isinstance(action, Key):
                self._press(action, plan.dtmf)
            elif isinstance(action, Speak):
                self._speak(action.sound, plan.sounds[action.sound])
            elif isinstance(action, HangUp):
                self._hang_up(action.reason)
            elif time.monotonic() > until:
                self._hang_up("timeout")
        self._say_goodbye()
        return self._report(plan.uri, script.unsent(), plan.record)

    def answer(self, plan: AnswerPlan) -> PhoneReport:
        self._await_answer(plan.timeout_s)
        while self._goes_on():
            if self._handset.now_ms >= plan.seconds * 1000:
                self._hang_up("finished")
        self._say_goodbye()
        return self._report(self._call.caller, (), plan.record)

    def _goes_on(self) -> bool:
        """Let a moment pass. False once the call is over or hung up."""
        if not self._call.over and not self._end_reason:
            self._endpoint.poll()
            if self._interrupted():
                self._hang_up("interrupted")
        return not self._call.over and not self._end_reason

    def _await_answer(self, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while self._goes_on() and not self._call.confirmed:
            if time.monotonic() > until:
                self._hang_up("no_answer")
        if self._call.confirmed:
            self._answered_ms = round((time.monotonic() - self._began) * 1000)

    def _listen(self, ear: Ear) -> None:
        for start_ms, frame in self._handset.take_frames():
            ear.hear(start_ms, start_ms + frame.duration_ms, is_loud(frame, DEFAULT_THRESHOLD_DBFS))

    def _press(self, key: Key, dtmf: Dtmf) -> None:
        self._pressed.append(PressedKey(key.digit, key.group, self._handset.now_ms))
        if dtmf == "inband":
            self._handset.say(tones.key(key.digit, TONE_MS))
        else:
            method = pj.PJSUA_DTMF_METHOD_SIP_INFO if dtmf == "info" else pj.PJSUA_DTMF_METHOD_RFC2833
            self._call.press(key.digit, method, TONE_MS)

    def _speak(self, name: str, sound: Pcm) -> None:
        started_ms = self._handset.now_ms
        self._spoken.append(SentSpeech(name, round(started_ms), round(started_ms + sound.duration_ms)))
        self._handset.say(sound)

    def _hang_up(self, reason: str) -> None:
        if not self._call.over:
            self._end_reason = reason
            self._call.hangup(pj.CallOpParam(True))

    def _say_goodbye(self) -> None:
        until = time.monotonic() + _GOODBYE_S
        while not self._call.over and time.monotonic() < until:
            self._endpoint.poll()

    def _report(self, uri: str, unsent: tuple[str, ...], record: Path | None) -> PhoneReport:
        heard = self._handset.heard()
        was_answered = self._answered_ms is not None
        if record is not None and was_answered:
            wav.write_stereo(record, heard, self._handset.said())
        prompts = prompts_in(heard, self._pressed)
        gave_up = self._end_reason == "no_answer"
        return PhoneReport(
            uri=uri,
            answered_ms=self._answered_ms,
            prompts=prompts,
            keys=groups_of(self._pressed, prompts),
            spoken=answered(self._spoken, prompts),
            unsent=unsent,
            ended_by=("phone" if self._end_reason else "other") if was_answered else "",
            end_reason=self._end_reason or ("remote" if was_answered else "refused"),
            ended_ms=round(heard.duration_ms),
            sip_code=_REQUEST_TIMEOUT if gave_up else self._call.code,
            sip_reason="Request Timeout" if gave_up else self._call.reason,
            quality=self._call.quality,
            recording=str(record) if record is not None and was_answered else None,
            sound=heard,
        )
