"""The Korean corpus of `benchmarks.recognition`: it proves Vosk, whose Mandarin model no package registry has.

espeak-ng speaks, in other voices for calibration than for evaluation; no prompt and no engine knows them. It speaks
plainly and without any accent, so the figures say that the engine works, not how well it hears Koreans.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from audio.pcm import Pcm
from audio.resample import resample
from benchmarks import recognition_damage as damage
from benchmarks.recognition_menus import Part
from speech.telephone_sound import telephone_sound

LANGUAGE = "ko"
#: Option -> its phrases, of each menu.
MENUS: Mapping[Part, tuple[Mapping[str, tuple[str, ...]], ...]] = {
    "calibration": (
        {
            "pension": ("연금", "연금 보험"),
            "identity": ("신분증",),
            "operator": ("상담원", "상담원 연결"),
            "progress": ("진행 상황",),
            "subsidy": ("보조금",),
            "booking": ("예약",),
            "yes": ("네",),
            "no": ("아니요",),
        },
    ),
    "evaluation": (
        {
            "health": ("건강 보험",),
            "licence": ("운전 면허",),
            "marriage": ("결혼 신고",),
            "water": ("수도 요금",),
            "bus": ("버스 시간",),
            "house": ("주택", "주택 수리"),
            "farm": ("농사 지원",),
            "person": ("사람", "직원"),
        },
    ),
}
OUTSIDE: Mapping[Part, tuple[str, ...]] = {
    "calibration": (
        "오늘 날씨가 어때요",
        "밥 먹었어요",
        "지금 몇 시예요",
        "강아지가 밖에 있어요",
        "비가 많이 와요",
        "내일 시장에 가요",
        "저는 잘 모르겠어요",
        "전화를 잘못 걸었어요",
        "우리 아들이 학교에 갔어요",
        "문 좀 열어 주세요",
    ),
    "evaluation": (
        "사과가 너무 비싸요",
        "텔레비전 소리를 줄여 주세요",
        "할머니가 주무세요",
        "어제 늦게 잤어요",
        "물이 다 끓었어요",
        "친구가 곧 올 거예요",
        "노래를 불러 봐요",
        "잠깐만 기다려 주세요",
        "길이 많이 막혀요",
        "고양이가 자고 있어요",
    ),
}
VOICES: Mapping[Part, tuple[str, ...]] = {
    "calibration": ("ko+m1", "ko+f1", "ko+m4", "ko+f3"),
    "evaluation": ("ko+m2", "ko+f2", "ko+m5", "ko+f4"),
}
#: Words a minute.
SPEEDS = (120, 150)
_ESPEAK_RATE, _WAV_HEADER = 22_050, 44


def spoken(part: Part) -> Iterator[tuple[Mapping[str, tuple[str, ...]], str, str, partial[Pcm]]]:
    """The menu, the option that is meant (empty for none), the text, and what makes its clean sound."""
    for menu in MENUS[part]:
        said = [(meant, phrase) for meant, phrases in menu.items() for phrase in phrases]
        for number, voice in enumerate(VOICES[part]):
            for meant, text in [*said, *(("", text) for text in OUTSIDE[part])]:
                yield menu, meant, text, partial(said_by_espeak, text, voice, SPEEDS[number % len(SPEEDS)])


def said_by_espeak(text: str, voice: str, speed: int) -> Pcm:
    """A text at 8 kHz, as a telephone has it."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text]
    sound = subprocess.run(command, capture_output=True, check=True).stdout[_WAV_HEADER:]
    samples = np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2").astype(np.int16)
    return telephone_sound(resample(Pcm(samples, _ESPEAK_RATE), damage.RATE))
