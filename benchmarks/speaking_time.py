"""How well `menus.speaking_time` estimates, and what would fit best.

    python -m benchmarks.speaking_time

Compares the estimate for every shipped prompt that is rendered with the length of its sound, and fits the three factors
of each language and pace anew by least squares. Render first: `ivr prompts render`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from audio import wav
from ivr.config import SHIPPED_TREES, DataFolder
from ivr.voice.ahead import prompts_of
from ivr.voice.prompts import open_shelf
from menus.loader import load_menus
from menus.parts import Words
from menus.speaking_time import Pace, features, seconds
from speech.spoken import Speaker


def main() -> None:
    data = DataFolder(Path(os.environ.get("XIANGYIN_DATA", "var")))
    shelf = open_shelf(data.prompts, data.models)
    measured: dict[tuple[str, Pace], list[tuple[str, float]]] = {}
    for prompt in prompts_of(load_menus(SHIPPED_TREES), Speaker()):
        file = shelf.find(prompt.text, prompt.language, prompt.pace)
        if file is not None:
            pace: Pace = "slow" if prompt.pace == "slow" else "normal"
            measured.setdefault((prompt.language, pace), []).append((prompt.text, wav.read(file).duration_ms / 1000))
    for (language, pace), prompts in measured.items():
        lengths = np.array([length for _, length in prompts])
        estimates = np.array([seconds((Words(text),), language, pace) for text, _ in prompts])
        factors, *_ = np.linalg.lstsq(np.array([features(text) for text, _ in prompts], float), lengths, rcond=None)
        errors = np.abs(estimates - lengths) / lengths
        sys.stdout.write(
            f"{language} {pace}: {len(prompts)} prompts; error mean {errors.mean():.1%}, worst {errors.max():.0%}, "
            f"of the sum {estimates.sum() / lengths.sum() - 1:+.1%}; best factors "
            f"{', '.join(f'{factor:.3f}' for factor in factors)}\n"
        )


if __name__ == "__main__":
    main()
