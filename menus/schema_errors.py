"""What pydantic says about a tree, in the words of menu authors and at the place in their file."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Union

from pydantic import BaseModel

from menus.migrations import NEWEST, RENAMED
from menus.model import (
    NODE_KINDS,
    CallbackTime,
    Choice,
    Hours,
    Limits,
    Option,
    Parameter,
    Resumable,
    Timing,
    Tree,
    Tries,
    Variable,
    Variant,
)
from menus.problems import NOTHING, Bilingual, Problem
from menus.source import Source
from menus.suggest import closest, one_of

#: More than this help nobody; the file is not a menu then.
MOST_PROBLEMS = 100

_PARTS: dict[str, type[BaseModel]] = {
    "options": Option,
    "choices": Choice,
    "times": CallbackTime,
    "timing": Timing,
    "tries": Tries,
    "limits": Limits,
    "resumable": Resumable,
}
#: Where pydantic puts a tag behind the name: the kind of a node, or how a variable is written.
_TAGGED = ("nodes", "variables")
#: What stands under names of the author's own.
_NAMED: dict[str, type[BaseModel]] = {
    "hours": Hours,
    "variables": Variable,
    "parameters": Parameter,
    "results": Variable,
}
_TEXTS = ("title", "topic", "text", "prompt", "short", "label", "help", "message")
_HOLD_KEYS = ("keys", "terminator", "repeat", "slower", "back", "main_menu", "operator", "help")
_Step = Union[str, int]
_Words = tuple[str, Bilingual, Bilingual]


def schema_problems(source: Source, errors: list[Any]) -> Iterator[Problem]:
    """Yield a problem for each of pydantic's errors, up to a limit."""
    for error in errors[:MOST_PROBLEMS]:
        if error["type"] == "missing" and _is_misspelt(error):
            continue
        where = _without_tags(error["loc"])
        on_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
        if error["type"] in ("union_tag_invalid", "literal_error") and isinstance(error["input"], Mapping):
            where = (*where, "kind")
        code, what, fix = _words(error, where)
        yield source.problem(where, code, what, fix, on_key=on_key)
    if len(errors) > MOST_PROBLEMS:
        rest = len(errors) - MOST_PROBLEMS
        what = Bilingual(f"还有 {rest} 个同类问题没有列出", f"{rest} more problems of this kind are not listed")
        yield source.problem((), "more_problems", what)


def _without_tags(loc: tuple[_Step, ...]) -> tuple[_Step, ...]:
    """The path in the file: pydantic adds the kind of the node, and a mark for keys."""
    path = [step for index, step in enumerate(loc) if step != "[key]" and not (index == 2 and loc[0] in _TAGGED)]
    return tuple(path)


def _words(error: Any, where: tuple[_Step, ...]) -> _Words:
    describe = _DESCRIPTIONS.get(error["type"])
    if describe:
        return describe(error, where)
    return "wrong_value", Bilingual(f"这个值不对（{error['msg']}）", f"wrong value: {error['msg']}"), NOTHING


def _name(where: tuple[_Step, ...]) -> str:
    return str(next((step for step in reversed(where) if isinstance(step, str)), ""))


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _is(name: str, wanted: Bilingual, value: Any) -> Bilingual:
    """“name” should be something, and is something else."""
    found = Bilingual("空的", "nothing") if value is None else Bilingual(_shown(value), _shown(value))
    return Bilingual(f"“{name}”{wanted.zh}，现在是 {found.zh}", f"{name} {wanted.en}, not {found.en}")


def _unknown_key(error: Any, where: tuple[_Step, ...]) -> _Words:
    key = str(where[-1])
    known = list(_model_of(error["loc"]).model_fields)
    what = Bilingual(f"没有“{_shown(key)}”这个键", f"there is no key {_shown(key)!r} here")
    if key == "<<":
        return (
            "unknown_key",
            what,
            Bilingual("不支持 << 合并，请写全", "merging with << is not supported: write it out"),
        )
    if key in RENAMED:
        return "unknown_key", what, Bilingual(f"现在写作 {RENAMED[key]}", f"it is called {RENAMED[key]}")
    owners = [kind for kind, model in NODE_KINDS.items() if key in model.model_fields]
    if owners and len(error["loc"]) == 4 and not closest(key, known):
        return "unknown_key", what, Bilingual(f"它属于 {'、'.join(owners)}", f"it belongs to {', '.join(owners)}")
    return "unknown_key", what, one_of(key, known)


def _model_of(loc: tuple[_Step, ...]) -> type[BaseModel]:
    for step in reversed(loc[:-1]):
        if step == "variants":
            return Variant
        if step in _PARTS:
            return _PARTS[str(step)]
    if len(loc) >= 3 and loc[0] in _NAMED:
        return _NAMED[str(loc[0])]
    if len(loc) >= 3 and loc[0] == "nodes":
        return NODE_KINDS.get(str(loc[2]), Tree)
    return Tree


def _missing(error: Any, where: tuple[_Step, ...]) -> _Words:
    key = str(where[-1])
    what = Bilingual(f"缺少“{key}”", f"{key!r} is missing")
    known = _model_of(error["loc"]).model_fields
    description = (known[key].description or "") if key in known else ""
    zh, _, en = description.partition(" / ")
    return "missing_key", what, Bilingual(f"加上 {key}：{zh}", f"add {key}: {en}")


def _is_misspelt(error: Any) -> bool:
    """Whether the missing key is there under another spelling, which is told as an unknown key."""
    known = _model_of(error["loc"]).model_fields
    written = error["input"] if isinstance(error["input"], Mapping) else {}
    missing = str(error["loc"][-1])
    return any(closest(str(key), known) == missing for key in written if key not in known)


def _kind_missing(error: Any, where: tuple[_Step, ...]) -> _Words:
    what = Bilingual(f"步骤“{_name(where)}”没有写 kind", f"node {_name(where)} has no kind")
    return "missing_key", what, one_of("", NODE_KINDS)


def _kind_wrong(error: Any, where: tuple[_Step, ...]) -> _Words:
    written = _shown(error["ctx"]["tag"])
    what = Bilingual(f"没有“{written}”这种步骤", f"there is no kind of node {written!r}")
    return "unknown_kind", what, one_of(written, NODE_KINDS)


def _choice(error: Any, where: tuple[_Step, ...]) -> _Words:
    written = error["input"]
    if where == ("ivr",):
        what = Bilingual(
            f"不认识菜单语言版本 {_shown(written)}", f"version {_shown(written)} of the menu language is not known"
        )
        return "unknown_version", what, Bilingual(f"写 ivr: {NEWEST}", f"write ivr: {NEWEST}")
    allowed = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    shown = [word or '""' for word in allowed]
    what = Bilingual(f"“{_shown(written)}”不在可选的值里", f"{_shown(written)!r} is not one of the choices")
    if written is None:
        return "wrong_choice", what, _quote_hash().and_then(one_of("", shown))
    return "wrong_choice", what, one_of(_shown(written), shown)


def _quote_hash() -> Bilingual:
    return Bilingual('# 不加引号是注释，按键写 "#"', 'an unquoted # begins a comment: write "#"')


def _text_wanted(error: Any, where: tuple[_Step, ...]) -> _Words:
    written = error["input"]
    name = _name(where)
    what = _is(name, Bilingual("要写文字", "must be text"), written)
    if written is None and len(where) > 1 and where[-2] in _TEXTS:
        return "wrong_type", what, Bilingual("文字里有 { } 时整段写在引号里", "quote the whole text if it contains { }")
    if written is None:
        fix = _quote_hash() if name in _HOLD_KEYS else Bilingual("写上内容", "write something")
        return "wrong_type", what, fix
    if isinstance(written, (int, float)):
        written_text = str(written).lower() if isinstance(written, bool) else str(written)
        return "wrong_type", what, Bilingual(f'加上引号："{written_text}"', f'put it in quotes: "{written_text}"')
    return "wrong_type", what, Bilingual("只写一段文字", "write a single text")


def _wanted(zh: str, en: str) -> Callable[[Any, tuple[_Step, ...]], _Words]:
    def describe(error: Any, where: tuple[_Step, ...]) -> _Words:
        fix = NOTHING
        if isinstance(error["input"], str) and error["type"] in ("int_type", "bool_type"):
            fix = Bilingual("不要加引号，也不要加别的字", "write it without quotes and without anything else")
        return "wrong_type", _is(_name(where), Bilingual(zh, en), error["input"]), fix

    return describe


def _mapping_wanted(error: Any, where: tuple[_Step, ...]) -> _Words:
    if where[-1] in _TEXTS or where[0] == "wording":
        return _text_wanted(error, where)
    return _wanted("下面要写“键: 值”", "must hold keys with values")(error, where)


def _bound(zh: str, en: str, key: str) -> Callable[[Any, tuple[_Step, ...]], _Words]:
    def describe(error: Any, where: tuple[_Step, ...]) -> _Words:
        limit, name = error["ctx"][key], _name(where)
        what = Bilingual(
            f"“{name}”是 {_shown(error['input'])}，{zh} {limit}", f"{name} is {_shown(error['input'])}: {en} {limit}"
        )
        return "out_of_range", what, NOTHING

    return describe


def _too_few(error: Any, where: tuple[_Step, ...]) -> _Words:
    name = _name(where)
    return "empty", Bilingual(f"“{name}”是空的，至少写一项", f"{name} is empty: at least one is needed"), NOTHING


def _pattern(error: Any, where: tuple[_Step, ...]) -> _Words:
    written = str(error["input"])
    narrow = unicodedata.normalize("NFKC", written).strip()
    if "*#" in error["ctx"]["pattern"]:
        what = Bilingual(f"“{_shown(written)}”不是电话上的按键", f"{_shown(written)!r} is not on a telephone's keypad")
        keys = "".join(character for character in narrow if character in "0123456789*#")
        if keys and keys != written:
            return "wrong_keys", what, Bilingual(f'写成 "{keys}"', f'write "{keys}"')
        return "wrong_keys", what, Bilingual("只能用 0 到 9、* 和 #", "only 0 to 9, * and # can be used")
    what = Bilingual(f"“{_shown(written)}”不能作名字", f"{_shown(written)!r} cannot be a name")
    fix = Bilingual(
        "用小写字母开头，只含小写字母、数字、下划线", "begin with a lower-case letter; lower-case letters, digits, _"
    )
    suggestion = narrow.casefold().replace("-", "_").replace(" ", "_")
    if suggestion != written and suggestion.isascii() and suggestion.isidentifier():
        fix = fix.and_then(Bilingual(f"比如 {suggestion}", f"for example {suggestion}"))
    return "wrong_name", what, fix


def _own_message(error: Any, where: tuple[_Step, ...]) -> _Words:
    """Our validators raise `中文 / English`."""
    zh, _, en = str(error["ctx"]["error"]).partition(" / ")
    what = Bilingual(
        f"“{_name(where)}”不能是 {_shown(error['input'])}", f"{_name(where)} cannot be {_shown(error['input'])}"
    )
    return "wrong_value", what, Bilingual(zh, en or zh)


def _literal(error: Any, where: tuple[_Step, ...]) -> _Words:
    if error["loc"][-1:] == ("[key]",):
        key = _shown(error["input"])
        what = Bilingual(f"没有“{key}”这个键", f"there is no key {key!r} here")
        allowed = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return "unknown_key", what, one_of(key, allowed)
    return _choice(error, where)


_DESCRIPTIONS: dict[str, Callable[[Any, tuple[_Step, ...]], _Words]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "union_tag_not_found": _kind_missing,
    "union_tag_invalid": _kind_wrong,
    "literal_error": _literal,
    "string_type": _text_wanted,
    "int_type": _wanted("要写整数", "must be a whole number"),
    "bool_type": _wanted("要写 true 或 false", "must be true or false"),
    "dict_type": _mapping_wanted,
    "model_type": _mapping_wanted,
    "model_attributes_type": _mapping_wanted,
    "list_type": _wanted("下面要写清单，每项以 - 开头", "must be a list, each item begun with -"),
    "greater_than_equal": _bound("最小是", "the least is", "ge"),
    "less_than_equal": _bound("最大是", "the most is", "le"),
    "too_short": _too_few,
    "string_pattern_mismatch": _pattern,
    "value_error": _own_message,
}
