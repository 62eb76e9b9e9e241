"""Makes the clips of single figures that rows of figures are joined from (`speech.voices.figures`).

`python -m benchmarks.figure_clips` has the usual voice say each figure in several ways, at several speeds, and keeps
the one that the recogniser is surest of: by how much the figure itself is likelier, through A-law, than the likeliest
of the others. The recogniser is told that it is a figure, not which.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from audio import g711, wav
from audio.pcm import Pcm
from audio.telephone import RATE, for_telephone, trim_silence
from ivr.commands.options import data_option
from ivr.config import DataFolder
from speech.models.catalogue import KOKORO, WHISPER_BASE
from speech.recognisers.base import Expected
from speech.recognisers.whisper import WhisperRecogniser
from speech.voices.figures import FILES, FOLDER, LANGUAGE, VOICE
from speech.voices.kokoro import KokoroVoice

SPEEDS = (0.9, 1.0, 1.1)
WORDINGS = ("{}。", "{}，")
#: Silence left around a figure, and put around it when it is heard.
_KEEP_MS, _AROUND_MS = 10.0, 200.0
#: How else a figure may be written down by the recogniser.
_SAME = {"幺": ("幺", "一", "要")}


@click.command()
@data_option
def main(data: Path) -> None:
    """Make the clips anew."""
    models = DataFolder(data).models
    voice, recogniser = KokoroVoice(models / KOKORO.name), WhisperRecogniser(models / WHISPER_BASE.name)
    for figure, name in FILES.items():
        found = [(margin(figure, clip, recogniser), how, clip) for how, clip in candidates(figure, voice)]
        best, how, clip = max(found, key=lambda one: one[0])
        wav.write(Path(str(resources.files("speech.voices").joinpath(FOLDER, name))), clip)
        click.echo(f"{figure} {how}: {clip.duration_ms:.0f} ms, margin {best:.2f}")


def candidates(figure: str, voice: KokoroVoice) -> Iterator[tuple[str, Pcm]]:
    """The figure in every wording and at every speed, each with how it was said."""
    for speed in SPEEDS:
        for wording in WORDINGS:
            sound = for_telephone(voice.synthesise(wording.format(figure), LANGUAGE, VOICE, speed))
            yield f"{wording.format(figure)} {speed:g}", trim_silence(sound, keep_ms=_KEEP_MS)


def margin(figure: str, clip: Pcm, recogniser: WhisperRecogniser) -> float:
    """By how much the figure is likelier than any other, as a natural logarithm."""
    around = Pcm.silence(_AROUND_MS, RATE)
    line = g711.decode_alaw(g711.encode_alaw(Pcm.concat([around, clip, around]).samples))
    others = tuple(other for other in (*FILES, "一", "要") if other != figure)
    scores = recogniser.weighed(line, Expected(LANGUAGE, "phrases", (figure, *others)))
    own = _SAME.get(figure, (figure,))
    return max(scores[one] for one in own) - max(score for other, score in scores.items() if other not in own)


if __name__ == "__main__":
    main()
