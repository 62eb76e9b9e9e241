"""`ivr menus listen`: hear a whole call without calling."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from audio import wav
from ivr.commands.menus.tape import AudibleVoice, recorded
from ivr.commands.menus.try_ import beside, menus_at, place_of
from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.config import DataFolder
from ivr.flow.engine import Engine
from ivr.rehearsal.backend import ScriptedAnswers
from ivr.rehearsal.call import REACTION_S, VirtualCall
from ivr.rehearsal.case_files import fake_answers
from ivr.rehearsal.transcript import clock, line_of
from ivr.voice.ahead import Prompt, prompts_of
from ivr.voice.prompts import Shelf, open_shelf
from speech.spoken import Speaker
from speech.telephone_sound import telephone_sound
from speech.voices.base import VoiceError
from speech.voices.chain import VoiceChain, installed_voices
from speech.voices.manner import manner_for

_KEYS = re.compile(r"[0-9*#]+")


@click.command(name="listen")
@click.argument("tree", required=False)
@click.option("--path", "keys", default="", help='按哪些键，用空格分开，例如 "1 20260001" / keys, parted by blanks')
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default="call.wav", show_default=True)
@data_option
@settings_option
def command(tree: str | None, keys: str, output: Path, data: Path, settings_file: Path | None) -> None:
    """把一次通话从头到尾听一遍，存成一个 WAV 文件 / hear a whole call: one WAV file.

    TREE is a file, or the name of a tree in the folder of the settings. Keys are pressed when the menu has been heard;
    after the last of them the prompt is heard to its end. Recordings and rendered prompts are used; what is missing is
    made by the installed voice and kept. The backend is faked as for `ivr menus try`.
    """
    pressed = keys.split()
    wrong = [group for group in pressed if not _KEYS.fullmatch(group)]
    if wrong:
        raise click.UsageError(f"不是按键 / not keys: {' '.join(wrong)}")
    settings = settings_or_exit(settings_file)
    folder, wanted = place_of(tree, settings.menus.folder, next(iter(settings.menus.numbers.values())))
    menus = menus_at(folder)
    if wanted not in menus.trees:
        raise click.UsageError(f"没有菜单树 {wanted} / no such tree; there are: {', '.join(menus.trees)}")
    file = beside(folder, wanted)
    answers = ScriptedAnswers(fake_answers(file) if file else {})
    places = DataFolder(data)
    try:
        with tempfile.TemporaryDirectory(prefix="listen") as pauses:
            speaker = Speaker()
            shelf = open_shelf(places.prompts, places.models, menus.readings)
            sounds = _Sounds(shelf, places.models, prompts_of(menus, speaker))
            voice = AudibleVoice(Path(pauses), speaker, sounds.file_of)
            call = VirtualCall(Engine(menus, wanted), voice, answers)
            for group in [*pressed, ""]:
                call.run_until(lambda: call.is_waiting or call.is_over)
                if group and not call.is_over:
                    call.advance(REACTION_S)
                    call.press(group)
            end_ms = call.now_ms
            if not call.is_over:
                call.hang_up()
            wav.write(output, recorded(call.moments, voice.files, end_ms))
    except (OSError, VoiceError, wav.BadAudio) as error:
        raise click.ClickException(str(error)) from error
    for moment in call.moments:
        line = line_of(moment)
        if line and moment.ms <= end_ms:
            click.echo(f"{clock(moment.ms):>7}  {line}")
    click.echo(f"{output}: {end_ms / 1000:.0f} s")


class _Sounds:
    """Finds the sound of a text, or makes and keeps it.

    Args:
        ahead: the prompts that do not depend on a call: they are kept as `ivr prompts render` keeps them.
    """

    def __init__(self, shelf: Shelf, models: Path, ahead: Sequence[Prompt]) -> None:
        self._shelf = shelf
        self._models = models
        self._ahead = {(prompt.text, prompt.language) for prompt in ahead}
        self._voices: VoiceChain | None = None

    def file_of(self, text: str, language: str, pace: str, voice: str) -> Path:
        recording = self._shelf.recording(text, language)
        if recording is not None:
            return self._shelf.playable(recording) or self._shelf.converted(recording)
        return self._shelf.find(text, language, pace, voice) or self._made(text, language, pace, voice)

    def _made(self, text: str, language: str, pace: str, voice: str) -> Path:
        if self._voices is None:
            self._voices = installed_voices(self._models)
        manner = manner_for(language, pace, voice)
        spoken = self._voices.say(self._shelf.respelled(text, language), language, manner.voice, manner.speed)
        dynamic = (text, language) not in self._ahead
        return self._shelf.keep(text, language, pace, telephone_sound(spoken.pcm), dynamic=dynamic, voice=voice)
