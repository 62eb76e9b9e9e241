"""`ivr phone`: a test phone that places a real call, or answers one.

With `--json` the report is one object: the attributes of `ivr.sip.phone_report.PhoneReport`, with `heard` (all
transcripts) where `--listen` is given.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivr.commands.options import data_option
from ivr.config import DataFolder

if TYPE_CHECKING:
    from audio.pcm import Pcm
    from ivr.sip.phone_report import PhoneReport

_MODEL = "whisper-base"
_LANGUAGES = ("zh", "en")
#: So much around a prompt goes to the recogniser with it, in milliseconds.
_MARGIN_MS = 150


@click.command(name="phone")
@click.argument("uri", required=False)
@click.option("--keys", default="", metavar="GROUPS", help='按键、说话 / such as "1 20260001#"; see above')
@click.option(
    "--echo",
    "echo_db",
    type=click.FloatRange(0, 60),
    metavar="DB",
    help="回声：听到的弱多少分贝又传回去 / send back what is heard, so much weaker, as a loudspeaker does",
)
@click.option("--listen", is_flag=True, help="写下听到的话 / write down what is heard, by an independent recogniser")
@click.option(
    "--language",
    type=click.Choice([*_LANGUAGES, "auto"]),
    default="zh",
    show_default=True,
    help="听写的语言 / language of --listen",
)
@click.option(
    "--record", type=click.Path(dir_okay=False, path_type=Path), help="录音 WAV / left: heard, right: sent; 8 kHz"
)
@click.option("--json", "as_json", is_flag=True, help="给程序用 / for programs")
@click.option("--codec", type=click.Choice(["PCMA", "PCMU"]), default="PCMA", show_default=True, help="编码 / codec")
@click.option(
    "--dtmf",
    type=click.Choice(["rfc4733", "info", "inband"]),
    default="rfc4733",
    show_default=True,
    help="按键方式 / how keys are sent",
)
@click.option("--tcp", is_flag=True, help="SIP 走 TCP / SIP over TCP")
@click.option("--caller", default="1000", show_default=True, metavar="NUMBER", help="主叫号码 / number to call from")
@click.option(
    "--timeout",
    "timeout_s",
    default=180.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="最长通话（秒）/ longest call in seconds; with --answer, longest wait for one",
)
@click.option(
    "--pause",
    "prompt_end_s",
    default=1.2,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="静多久算说完（秒）/ a prompt is over after so many seconds of silence",
)
@click.option(
    "--silence",
    "last_silence_s",
    default=6.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="最后静多久挂断（秒）/ hang up after so many seconds of silence at the end",
)
@click.option("--answer", is_flag=True, help="等电话，不打出 / wait for a call and answer it, as an operator would")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="--answer 的 SIP 端口 / 0 for any"
)
@click.option("--address", default="127.0.0.1", show_default=True, help="--answer 的地址 / address to wait at")
@click.option(
    "--play",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="--answer 播放的 WAV，缺省一个单音 / WAV file to play, by default a tone",
)
@click.option(
    "--seconds",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="--answer 多久后挂断（秒）/ hang up after so many seconds",
)
@data_option
def command(
    uri: str | None,
    as_json: bool,
    answer: bool,
    listen: bool,
    language: str,
    data: Path,
    **options: Any,
) -> None:
    """测试电话：打一个真的 SIP 电话，按键，录音，听写。

    Calls URI (sip:12345@127.0.0.1:5060), presses keys, records, writes down what was heard, and says what took how
    long. Ends with 1 if the call was not answered.

    \b
    --keys takes groups separated by blanks:
      20260001#   keys, pressed when the prompt has been heard to its end
      say:FILE    speak a WAV file then
      wait:5      say nothing for 5 seconds
      barge:1.5   do what follows 1.5 s after the prompt begins, not when it ends
      hangup      hang up at once

    After the last group the phone listens until there is silence for a while (--silence), then hangs up.
    """
    from audio.wav import BadAudio
    from ivr.sip.phone_library import PhoneError

    if answer == (uri is not None):
        raise click.UsageError("给出 SIP 地址，或者 --answer / give a SIP address, or --answer")
    record = options["record"]
    if record is not None and not record.parent.is_dir():
        raise click.BadParameter(f"没有这个目录 / no such folder: {record.parent}", param_hint="--record")
    model = DataFolder(data).models / _MODEL
    if listen and not (model / "model.bin").is_file():
        raise click.ClickException(f"没有听写模型 / the recogniser is not installed: ivr models install {_MODEL}")
    try:
        report = _answer(**options) if answer else _call(str(uri), **options)
    except (PhoneError, BadAudio, OSError) as error:
        raise click.ClickException(str(error)) from error
    if listen:
        report = with_transcripts(report, model, language)
    _show(report, as_json)


def _call(uri: str, keys: str, record: Path | None, **options: Any) -> PhoneReport:
    from ivr.sip.phone import PhonePlan, place_call
    from ivr.sip.phone_script import Say, ScriptError, parse_script

    try:
        steps = parse_script(keys)
    except ScriptError as error:
        raise click.BadParameter(str(error), param_hint="--keys") from error
    sounds = {step.sound: _sound(Path(step.sound)) for step in steps if isinstance(step, Say)}
    names = ("codec", "dtmf", "tcp", "caller", "timeout_s", "prompt_end_s", "last_silence_s", "echo_db")
    plan = PhonePlan(uri, steps, sounds, record=record, **{name: options[name] for name in names})
    with _signals() as interrupted:
        return place_call(plan, interrupted.is_set)


def _answer(play: Path | None, **options: Any) -> PhoneReport:
    from ivr.sip.phone import AnswerPlan, answer_call

    names = ("port", "address", "seconds", "timeout_s", "codec", "tcp", "record")
    plan = AnswerPlan(sound=_sound(play), **{name: options[name] for name in names})
    # Whoever started this process waits for this line.
    with _signals() as interrupted:
        return answer_call(plan, lambda uri: print(f"ready {uri}", flush=True), interrupted.is_set)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Set once the process shall end: the phone hangs up first, so that no call is left behind."""
    interrupted = threading.Event()
    before = {number: signal.signal(number, lambda *_: interrupted.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sound(play: Path | None) -> Pcm:
    from audio import tones, wav
    from audio.resample import resample

    if play is not None:
        return resample(wav.read(play), tones.RATE)
    return tones.tone([(1000.0, -10.0)], 1000)


def with_transcripts(report: PhoneReport, model: Path, language: str) -> PhoneReport:
    """The report with what was said in each prompt, each by itself.

    Only after the call: the recogniser would take the processor from the sound.

    Args:
        model: folder of the recogniser.
        language: `zh`, `en`, or `auto` for whichever of these each prompt is in.
    """
    from speech.transcribe import Transcriber

    transcriber = Transcriber(model)
    prompts = []
    for prompt in report.prompts:
        sound = report.sound.cut(prompt.start_ms - _MARGIN_MS, prompt.end_ms + _MARGIN_MS)
        spoken = transcriber.language_of(sound, _LANGUAGES) if language == "auto" else language
        prompts.append(replace(prompt, text=transcriber.transcribe(sound, spoken).text))
    return replace(report, prompts=tuple(prompts))


def _show(report: PhoneReport, as_json: bool) -> None:
    from ivr.commands.phone_tables import failure, print_report

    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2), flush=True)
    elif report.succeeded:
        print_report(report)
    if not report.succeeded:
        print(failure(report), file=sys.stderr, flush=True)
        sys.exit(1)
