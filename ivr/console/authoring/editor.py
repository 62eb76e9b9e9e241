"""The editor: what is typed is kept as a draft and checked, and completed where the caret stands."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ivr.authoring.documents import document
from ivr.authoring.workshop import TooLongError, TooManyDraftsError, Work
from ivr.console.authoring.common import MOST_PROBLEMS, ConflictPageError, json_answer, of_files, work_of
from ivr.console.authoring.desk import title_of
from ivr.console.incoming import TooLargeError
from ivr.console.render import hour, page, part
from ivr.console.services import Services
from ivr.console.web import Answer, BadRequestError, Visit, see
from ivr.rehearsal.cases import ANSWER_WORDS, CaseFile
from ivr.storage.drafts import Draft, StaleDraftError
from menus.editor.completion import Names, complete, node_names
from menus.editor.schema import menu_schema
from menus.include import PART_SUFFIX
from menus.source import LARGEST_FILE


def show(services: Services, visit: Visit, name: str) -> Answer:
    """The editor, on the menu or on its rehearsals."""
    work = work_of(services, visit, name)
    file = _file(work, visit.query.get("file", ""))
    line = visit.query.get("line", "")
    return page(
        visit,
        "authoring/editor.html",
        here="authoring",
        work=work,
        title=title_of(visit, work) or name,
        file=file,
        text=work.files.get(file, ""),
        line=int(line) if line.isdecimal() else 0,
        largest=LARGEST_FILE,
        **_told(services, visit, work, file),
    )


def save(services: Services, visit: Visit, name: str) -> Answer:
    """Keep what was typed, and say what is wrong with it. A script is answered in JSON."""
    work = work_of(services, visit, name)
    file = _file(work, visit.form.get("file", ""))
    text, version = visit.form.get("text", ""), visit.form.get("version", "")
    if not version.isdecimal():
        raise BadRequestError("不知道是哪一份草稿", "it is not said which draft this is")
    by_script = visit.form.get("as") == "json"
    try:
        draft = services.authoring.workshop.write(visit.who, work, file, text, int(version))
    except StaleDraftError as error:
        if by_script:
            return json_answer(_elsewhere(error.present, file), 409)
        raise ConflictPageError(
            "这份草稿在别的窗口里改过了，没有覆盖。请返回，把您的文字复制出来，再刷新",
            "this draft was changed in another window and is not overwritten: go back, copy your text, then reload",
        ) from error
    except TooLongError as error:
        raise TooLargeError(
            f"文件超过 {LARGEST_FILE // 1000} KB", f"the file is larger than {LARGEST_FILE // 1000} kB"
        ) from error
    except TooManyDraftsError as error:
        raise BadRequestError(
            "草稿太多，先发布或者放弃几份", "too many drafts: publish or discard some first"
        ) from error
    if not by_script:
        return see(f"/authoring/trees/{name}/edit?file={file}", notice=visit.say("已保存为草稿", "Saved as a draft"))
    work = work_of(services, visit, name)
    told = _told(services, visit, work, file)
    return json_answer(
        {
            "version": draft.version,
            "saved_at": hour(draft.saved_at),
            "marks": [[problem.line, problem.severity] for problem in told["problems"] if problem.file == file],
            "errors": told["errors"],
            "warnings": told["warnings"],
            "html": part(visit, "authoring/problems.html", work=work, file=file, **told),
        }
    )


def choices(services: Services, visit: Visit, name: str) -> Answer:
    """What can be written where the caret stands."""
    work = work_of(services, visit, name)
    file = _file(work, visit.form.get("file", ""))
    line, column = visit.form.get("line", ""), visit.form.get("column", "")
    text = visit.form.get("text", "")
    if not line.isdecimal() or not column.isdecimal() or len(text) > LARGEST_FILE:
        raise BadRequestError("不知道光标在哪里", "it is not said where the caret stands")
    files = services.authoring.workshop.files(visit.who)
    in_cases = file == work.document.cases
    names = _names(services, work, files, in_cases)
    found = complete(text, int(line), int(column), _schema(in_cases), names)
    shown = [[choice.text, choice.shown, _about(visit, choice.about), choice.required] for choice in found.choices]
    return json_answer({"word": found.word, "choices": shown})


def accept(services: Services, visit: Visit, name: str) -> Answer:
    """Go on from what was published meanwhile."""
    work = work_of(services, visit, name)
    if work.draft is None:
        return see(f"/authoring/trees/{name}")
    try:
        services.authoring.workshop.accept(visit.who, work, work.version)
    except StaleDraftError as error:
        raise ConflictPageError("这份草稿刚刚改过，请再看一遍", "this draft has just changed: look again") from error
    notice = visit.say("已从最新发布的版本接着改", "Your draft goes on from what is published")
    return see(f"/authoring/trees/{name}/edit", notice=notice)


def discard(services: Services, visit: Visit, name: str) -> Answer:
    """Forget a draft."""
    services.authoring.workshop.discard(visit.who, name)
    return see("/authoring", notice=visit.say(f"已放弃 {name} 的草稿", f"The draft of {name} is discarded"))


def _told(services: Services, visit: Visit, work: Work, file: str) -> dict[str, Any]:
    """What is wrong with a document, and how many errors there are elsewhere."""
    workshop = services.authoring.workshop
    files = workshop.files(visit.who)
    checked = workshop.check(files)
    problems = [*of_files(checked.problems, work.document.names), *_of_cases(services, work, files)]
    errors = sum(problem.severity == "error" for problem in problems)
    everywhere = sum(problem.severity == "error" for problem in checked.problems)
    in_menus = sum(problem.severity == "error" and problem.file != work.document.cases for problem in problems)
    return {
        "problems": problems[:MOST_PROBLEMS],
        "errors": errors,
        "warnings": len(problems) - errors,
        "elsewhere": max(0, everywhere - in_menus),
    }


def _of_cases(services: Services, work: Work, files: Any) -> list[Any]:
    """What is wrong with the rehearsals themselves; whether they pass is another page's question."""
    return services.authoring.workshop.check_cases(files, work.document) if work.document.is_tree else []


def _elsewhere(present: Draft | None, file: str) -> dict[str, Any]:
    """What another window has saved; the script shows it beside what is typed here."""
    return {
        "stale": True,
        "version": present.version if present else 0,
        "text": present.files.get(file, "") if present else "",
    }


def _file(work: Work, wanted: str) -> str:
    """One of the files of a document; its menu unless another is wanted."""
    return wanted if wanted in work.document.names else work.document.menu


def _names(services: Services, work: Work, files: Any, in_cases: bool) -> Names:
    authoring = services.authoring
    trees = [other.removesuffix(".yaml") for other in files if _is_tree(other, files)]
    if in_cases:
        found = authoring.workshop.samples(files, work.document.name)
        nodes = node_names(files.get(work.document.menu, "").split("\n"))
        return Names(nodes, trees, authoring.operations, answers=[*(found.samples if found else ()), *ANSWER_WORDS])
    shared = [
        name for other, text in files.items() if other.endswith(PART_SUFFIX) for name in node_names(text.split("\n"))
    ]
    return Names(shared, trees, authoring.operations, authoring.targets)


def _is_tree(file: str, files: Any) -> bool:
    stem = file.removesuffix(".yaml")
    return stem != file and document(stem, files).is_tree and not stem.endswith(".cases")


@lru_cache(maxsize=2)
def _schema(in_cases: bool) -> dict[str, Any]:
    return CaseFile.model_json_schema() if in_cases else menu_schema()


def _about(visit: Visit, about: str) -> str:
    chinese, _, english = about.partition(" / ")
    return visit.say(chinese, english or chinese)
