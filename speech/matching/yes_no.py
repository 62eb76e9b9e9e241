"""Yes and no, as people say them on the telephone."""

from __future__ import annotations

from speech.matching.options import Option

_WORDS = {
    "zh": (
        "是 是的 是啊 是嘞 对 对的 对对对 对头 对啊 没错 没有错 没得错 要 要的 要得 好 好的 好嘞 行 行的 可以 中 成 "
        "嗯是的 确定 就是",
        "不是 不是的 不 不好 不对 不要 不行 不用 不可以 没有 错了 不对头 不要得 不是嘞 莫 算了 搞错了 不用了 听错了",
    ),
    "en": (
        "yes,yeah,yep,yes please,that's right,right,correct,sure,okay",
        "no,nope,no thanks,that's wrong,wrong,incorrect,not that",
    ),
    "ko": ("네,예,맞아요,맞습니다,그래요,좋아요", "아니요,아니오,아뇨,아닙니다,틀려요,아니에요"),
}


def yes_no_options(language: str) -> tuple[Option, ...]:
    """The options `yes` and `no` of a language; none for a language whose words are not known."""
    words = _WORDS.get(language.partition("-")[0])
    if words is None:
        return ()
    return tuple(
        Option(name, tuple(text.split("," if "," in text else " ")), among_words=True)
        for name, text in zip(("yes", "no"), words, strict=True)
    )
