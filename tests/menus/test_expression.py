from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menus.expression import evaluate, holds, look_up, parse_expression, paths
from menus.expression_operations import FUNCTIONS
from menus.expression_tokens import LONGEST, ExpressionError

VARIABLES: dict[str, Any] = {
    "case": {"status": "done", "missing_documents": [], "expected_on": "2026-12-05", "None": None, "fee": 4.5},
    "notices": {"items": [{"title": "停电"}], "count": 1},
    "town": "03",
    "tries": 2,
    "yes": True,
    "now": "2026-12-05T08:00:00+08:00",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'文字'", "文字"),
        ('"it\'s"', "it's"),
        ("12", 12),
        ("-1.5", -1.5),
        ("true", True),
        ("false", False),
        ("none", None),
        ("case.status", "done"),
        ("notices.items.0.title", "停电"),
        ("notices.items.7.title", None),
        ("notices.items.title", None),
        ("nobody.knows.this", None),
        ("case.status.deeper", None),
        ("case.__class__", None),
        ("tries.real", None),
        ("case.status == 'done'", True),
        ("case.status != 'done'", False),
        ("case.status == 'done' and not empty(notices.items)", True),
        ("case.status == 'x' or tries == 2", True),
        ("not case.status == 'x'", True),
        ("not not tries", True),
        ("town == 3", True),
        ("town == '3'", False),
        ("town in ('01', '03')", True),
        ("town in (1, 3)", True),
        ("town not in ('01', '02')", True),
        ("'停' in notices.items.0.title", True),
        ("'title' in notices.items.0", True),
        ("tries + 1", 3),
        ("town + '号'", "03号"),
        ("town + 1", 4),
        ("'a' + 1", None),
        ("1 + 2 + 3", 6),
        ("tries + 1 >= 3", True),
        ("tries < 'x'", False),
        ("tries < none", False),
        ("none == missing", True),
        ("yes == true", True),
        ("yes == 1", False),
        ("1 < 2", True),
        ("2 <= 2 and 2 >= 2 and 3 > 2", True),
        ("case.expected_on < date(now)", False),
        ("case.expected_on == date(now)", True),
        ("date(tries)", None),
        ("count(notices.items)", 1),
        ("count(tries)", 0),
        ("empty(case.missing_documents)", True),
        ("empty(missing)", True),
        ("number('007')", 7),
        ("number('x')", None),
        ("text(tries)", "2"),
        ("text(yes)", None),
        ("starts_with(town, '0')", True),
        ("starts_with(tries, '0')", False),
        ("(1, 'a')", [1, "a"]),
        ("((tries))", 2),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = evaluate(parse_expression(text), VARIABLES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("", 0, "variable"),
        ("  ", 2, "variable"),
        ("a = 1", 2, "=="),
        ("a == ", 5, "variable"),
        ("a b", 2, "=="),
        ("(a", 0, ")"),
        ("a)", 1, "and"),
        ("count(a", 0, ")"),
        ("cuont(a)", 0, "count"),
        ("print(a)", 0, "empty"),
        ("count()", 0, "1"),
        ("count(a, b)", 0, "1"),
        ("a < b < c", 6, "and"),
        ("a == ‘是’", 5, "'"),
        ("a ＝＝ 1", 2, "half-width"),
        ("a && b", 2, "and"),
        ("a || b", 2, "or"),
        ("!a", 0, "not"),
        ("{a} == 1", 0, "braces"),
        ("a - 1", 2, "+"),
        ("a == 'x", 5, "closed"),
        ("Case", 0, "lower case"),
        ("办件", 0, "quotes"),
        ("__import__('os')", 0, "quotes"),
        ("and", 0, "variable"),
        ("1a", 0, "quotes"),
    ],
)
def test_what_is_no_expression_says_where_and_what_would_be_right(text: str, offset: int, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert caught.value.offset == offset
    assert hint in str(caught.value)


def test_paths_tell_what_is_read() -> None:
    found = paths(parse_expression("a.b == c and count(d.0) in (e, 'f') or not g"))
    assert [path.text for path in found] == ["a.b", "c", "d.0", "e", "g"]
    assert [path.offset for path in found] == [0, 7, 19, 28, 43]


def test_look_up_never_fails() -> None:
    assert look_up(VARIABLES, "notices.items.0.title") == "停电"
    assert look_up(VARIABLES, "notices.items.99999999999999999999") is None
    assert look_up(VARIABLES, "") is None
    assert look_up({}, "a.b.c") is None


@pytest.mark.parametrize(
    "text", ["(" * 500 + "1" + ")" * 500, "not " * 400 + "a", "1" + "+1" * 900, "a" * (LONGEST + 1)]
)
def test_long_and_deep_expressions_are_told_or_evaluated(text: str) -> None:
    try:
        evaluate(parse_expression(text), {})
    except ExpressionError as error:
        assert error.what.en


def test_texts_do_not_grow_without_end() -> None:
    doubled = parse_expression("a + a")
    text: Any = "x"
    for _ in range(40):
        text = evaluate(doubled, {"a": text})
    assert text is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OPERAND = st.sampled_from(
    ["a", "b.c", "a.0", "1", "'x'", "none", "true", "(a, 1)", *(f"{name}(a)" for name in FUNCTIONS)]
)


@given(
    OPERAND, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "and", "or"]), OPERAND, JSON, JSON
)
def test_evaluation_is_total(left: str, operator: str, right: str, a: Any, b: Any) -> None:
    try:
        expression = parse_expression(f"not ({left} {operator} {right}) or {left} {operator} {right}")
    except ExpressionError:
        assert "starts_with(a)" in (left, right)
        return
    assert holds(expression, {"a": a, "b": b}) in (True, False)


@given(st.text(alphabet="ab.01'\"()<=>!+ ,andortin＝", max_size=30))
def test_any_text_is_an_expression_or_told_why_not(text: str) -> None:
    try:
        evaluate(parse_expression(text), {"a": 1})
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text)


@pytest.mark.parametrize(
    ("written", "may_be"),
    [
        # The two examples of GB 11643-1999 and of the encyclopedias.
        ("11010519491231002X", True),
        ("440524188001010014", True),
        ("110105194912310020", False),
        ("11010519491231003X", False),
        ("1101051949123100", False),
        ("31002X", True),
        ("012345", True),
        ("320001", False),
        ("000001", False),
        ("X00001", False),
        ("01234x", False),
        ("０１２３４５", False),
        ("", False),
        (12345, False),
        (None, False),
    ],
)
def test_identity_numbers_are_known_by_their_check_digit(written: Any, may_be: bool) -> None:
    assert evaluate(parse_expression("identity(number)"), {"number": written}) is may_be
