"""From the text of YAML values to data, with the traps of YAML told instead of sprung.

YAML 1.1 readers take `no` for false, `012` for ten and `12:30` for 750; YAML 1.2 readers do not, and editors do either.
A menu must mean the same everywhere, so such a value has to be written in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from menus.problems import Bilingual
from menus.yaml_tree import YamlMapping, YamlNode, YamlScalar, YamlSequence

#: Told what is wrong with a scalar: scalar, code, what, fix.
Report = Callable[[YamlScalar, str, Bilingual, Bilingual], None]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}", re.ASCII)
_SWITCH = re.compile(r"yes|no|on|off|y|n", re.IGNORECASE)
_OTHER_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+|[0-9][0-9_]*|0[xob][0-9a-f_]+|[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9]*)?"
    r"|[0-9]*\.[0-9_]*(e[-+]?[0-9]+)?|[0-9.]+e[-+]?[0-9]+|\.inf)|\.nan",
    re.IGNORECASE | re.ASCII,
)
_WIDE_COLON = re.compile(r"[a-z_]+：")


def plain_data(node: YamlNode, report: Report) -> Any:
    """Return the node as JSON data. The tree is shallow: `yaml_tree` has held it to a depth."""
    if isinstance(node, YamlMapping):
        for key in node.repeated:
            first = node.keys[key.text]
            report(
                key,
                "duplicate_key",
                Bilingual(
                    f"“{key.text}”写了两次，前一次在第 {first.line} 行", f"{key.text} was written in line {first.line}"
                ),
                Bilingual("删掉一个，或者改名", "remove one of them, or rename it"),
            )
        return {key: plain_data(value, report) for key, value in node.values.items()}
    if isinstance(node, YamlSequence):
        return [plain_data(item, report) for item in node.items]
    return _scalar_data(node, report)


def _scalar_data(scalar: YamlScalar, report: Report) -> Any:
    text = scalar.text
    if scalar.style != "plain":
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _SWITCH.fullmatch(text):
        report(
            scalar,
            "yaml_switch",
            Bilingual(f"{text} 不加引号，有的软件当作是/否", f"{text} without quotes is true or false to some readers"),
            Bilingual(f'是/否写 true 或 false；文字写 "{text}"', f'write true or false, or "{text}" for the text'),
        )
    elif _OTHER_NUMBER.fullmatch(text) and text != ".":
        report(
            scalar,
            "yaml_number",
            Bilingual(f"{text} 不加引号，会变成另一个数", f"{text} without quotes becomes another number"),
            Bilingual(f'写成 "{text}"', f'write "{text}"'),
        )
    elif _WIDE_COLON.match(text):
        report(
            scalar,
            "wide_colon",
            Bilingual("键后面用了全角冒号“：”", "a full-width colon follows the key"),
            Bilingual(
                "写半角冒号加一个空格；是文字时写在引号里",
                "write a half-width colon and a blank, or quote the text",
            ),
        )
    return text
