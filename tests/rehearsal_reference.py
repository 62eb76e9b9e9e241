"""Tables of the rehearsal format for docs/rehearsing.md, made from the model (see `tests/generated_docs.py`)."""

from __future__ import annotations

from pydantic import BaseModel

from ivr.rehearsal.cases import ANSWER_WORDS, Answer, Case, CaseFile, Ending, Step


def rehearsal_keys() -> str:
    """Every key of a file of rehearsals."""
    parts: list[tuple[str, type[BaseModel]]] = [
        ("The file / 文件", CaseFile),
        ("Each of the `cases` / 每一次排练", Case),
        ("Each of the `steps` / 每一步", Step),
        ("`ends`", Ending),
        ("Each answer of the `backend` / 后台的每一个回答", Answer),
    ]
    words = ", ".join(f"`{word}`" for word in ANSWER_WORDS)
    tables = [f"### {title}\n\n{_table(model)}" for title, model in parts]
    return "\n\n".join([*tables, f"Besides names of samples, an answer may be one of these words: {words}."])


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | needed | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        rows.append(f"| `{name}` | {'**yes**' if field.is_required() else ''} | {field.description} |")
    return "\n".join(rows)
