"""The pages of authors: drafts, the editor, publishing and rolling back, and who may do what to whose."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ivr.console.incoming import LONGEST_BODY
from ivr.storage.database import writing
from ivr.storage.tallies import Key, add_tallies
from menus.source import LARGEST_FILE
from tests.ivr.console.authored import BETTER, CASES, EDIT, VILLAGE, Author, village
from tests.ivr.console.support import START, TestConsole

TREE = "/authoring/trees/village"
PAGES = (
    "/authoring",
    TREE,
    f"{TREE}/drawing",
    EDIT,
    f"{EDIT}?file=village.cases.yaml",
    f"{TREE}/phone",
    "/authoring/publish",
    "/authoring/revisions",
)
NASTY = "</textarea><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _village(console: TestConsole) -> None:
    village(console)


@pytest.fixture
def author(console: TestConsole) -> Author:
    return Author(console)


def served(console: TestConsole) -> str:
    """The text that gateways of this machine serve; empty while nothing is published."""
    now = console.served.served()
    return (console.served.files_of(now) / "village.yaml").read_text("utf-8") if now else ""


class TestPages:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_are_there_whatever_the_draft_holds(self, console: TestConsole, author: Author, language: str) -> None:
        author.browser.cookies["xiangyin_look"] = f"{language}.light"
        for text in (None, BETTER, "nodes: [", ""):
            if text is not None:
                author.type(text)
            for path in PAGES:
                page = author.browser.get(path)
                assert page.status == 200, (path, page.text)
                assert len(page.body) < 100_000
                assert "style=" not in page.text

    def test_of_shipped_menus_are_small(self, console: TestConsole, author: Author) -> None:
        from ivr.publishing.files import texts_of
        from tests.ivr.console.support import TREES

        console.files = texts_of(TREES)
        for path in ("", "/drawing", "/edit", "/phone"):
            page = author.browser.get(f"/authoring/trees/hotline{path}")
            assert page.status == 200
            assert len(page.body) < 100_000, path

    def test_of_trees_that_do_not_exist(self, author: Author) -> None:
        for path in ("", "/edit", "/phone", "/drawing"):
            assert author.browser.get(f"/authoring/trees/nowhere{path}").status == 404
        assert author.save("x", tree="nowhere").status == 404
        assert author.browser.get("/authoring/revisions/ffff").status == 404

    def test_show_a_failed_rehearsal_with_its_reason(self, author: Author) -> None:
        author.type(CASES.replace("没有停电通知", "已经来电了"), "village.cases.yaml")
        page = author.browser.get(TREE).text
        assert "没通过" in page
        assert "应当听到“已经来电了”" in page


class TestDrafts:
    def test_what_is_typed_is_checked_and_kept(self, author: Author) -> None:
        told = author.type(VILLAGE.replace("next: ask}", "next: nowhere}"))
        assert told["errors"] == 1
        assert told["marks"][0][1] == "error"
        assert "nowhere" in told["html"]
        assert "改法" in told["html"]
        assert "next: nowhere}" in author.browser.get(EDIT).text

    def test_nobody_is_served_by_a_draft(self, console: TestConsole, author: Author) -> None:
        author.type(BETTER)
        assert served(console) == ""
        assert console.services.desk.current() is None

    def test_two_windows_do_not_overwrite_each_other(self, console: TestConsole, author: Author) -> None:
        other = Author(console)
        author.type(BETTER)
        reply = other.save(VILLAGE)
        assert reply.status == 409
        told = json.loads(reply.text)
        assert told["text"] == BETTER
        other.version = told["version"]
        assert other.save(VILLAGE).status == 200

    def test_without_a_script_the_form_saves(self, author: Author) -> None:
        form = {"file": "village.yaml", "text": BETTER, "version": "0"}
        assert author.browser.send(EDIT, f"{TREE}/save", form).status == 303
        assert "不停电" in author.browser.get(EDIT).text

    def test_are_ones_own(self, console: TestConsole, author: Author) -> None:
        author.type(BETTER)
        other = Author(console, "li")
        page = other.browser.get(EDIT).text
        assert "不停电" not in page
        assert "author 也在改" in page
        other.browser.send(TREE, f"{TREE}/discard", {})
        assert other.publish().status == 400  # there is no draft of li's to publish
        assert "不停电" in author.browser.get(EDIT).text
        # A version of somebody else's draft is of no use either.
        other.version = author.version
        assert other.save("stolen").status == 409
        assert "stolen" not in author.browser.get(EDIT).text

    def test_are_discarded(self, author: Author) -> None:
        author.type(BETTER)
        author.browser.send(TREE, f"{TREE}/discard", {})
        assert "不停电" not in author.browser.get(EDIT).text

    def test_a_new_tree_is_sound_and_can_be_called(self, author: Author) -> None:
        form = {"name": "pension", "title": "养老金"}
        assert author.browser.send("/authoring", "/authoring/trees", form).status == 303
        page = author.browser.get("/authoring/trees/pension").text
        assert "没有问题" in page or "提醒" in page
        assert "都通过" in page
        assert author.browser.send("/authoring", "/authoring/trees", form).status == 409
        for wrong in ({"name": "../x", "title": "x"}, {"name": "ok", "title": "{x}"}, {"name": "", "title": ""}):
            assert author.browser.send("/authoring", "/authoring/trees", wrong).status == 400


class TestHostileTexts:
    def test_nothing_that_authors_write_becomes_markup(self, author: Author) -> None:
        told = author.type(VILLAGE.replace("听停电通知", f'"{NASTY}"').replace("村里的热线", f'"{NASTY}"'))
        assert "<script>" not in told["html"]
        told = author.type(f"{VILLAGE}\n{NASTY}: {NASTY}\n")
        assert "<script>" not in told["html"]
        for path in PAGES:
            assert "<script>alert" not in author.browser.get(path).text
            assert "<img src=x" not in author.browser.get(path).text

    @pytest.mark.parametrize(
        "text",
        ["!!python/object/apply:os.system ['id']", "a: &a [*a]", "- " * 3000, "{" * 500, "\ufeff\u202e: [", "\x07"],
    )
    def test_nothing_is_ever_run(self, author: Author, text: str) -> None:
        assert author.type(text)["errors"] > 0
        assert author.browser.get(TREE).status == 200

    def test_too_much_is_refused(self, author: Author) -> None:
        assert author.save("x" * (LARGEST_FILE + 1)).status == 413
        assert author.post(f"{TREE}/save", text="x" * LONGEST_BODY).status == 413
        assert author.type("x" * 1000)["version"] == 1

    @pytest.mark.parametrize("body", [b"{", b"[]", b'{"text": 1}', b'{"text": "\\ud800"}', b'{"text": "\\u0000"}'])
    def test_what_is_no_form_is_refused(self, author: Author, body: bytes) -> None:
        reply = author.browser.ask("POST", f"{TREE}/save", {"Content-Type": "application/json"}, body)
        assert reply.status == 400

    @pytest.mark.parametrize("file", ["../../etc/passwd", "hotline.yaml", "village.yaml/x", ""])
    def test_only_files_of_the_tree_are_written(self, author: Author, file: str) -> None:
        author.save("x", file)
        work = author.browser.get("/authoring/publish").text
        assert "passwd" not in work
        assert "hotline" not in work

    def test_completion_says_what_can_be_written(self, author: Author) -> None:
        line = VILLAGE.split("\n").index("    kind: menu") + 1
        text = VILLAGE.replace("    kind: menu", "    kind: ")
        told = json.loads(
            author.post(f"{TREE}/complete", file="village.yaml", text=text, line=str(line), column="11").text
        )
        assert "menu" in [choice[0] for choice in told["choices"]]
        assert author.post(f"{TREE}/complete", text="", line="x", column="1").status == 400


class TestRights:
    @pytest.mark.parametrize("role", ["operator", "supervisor", "auditor", "administrator"])
    def test_others_read_what_was_published_and_nothing_else(self, console: TestConsole, role: str) -> None:
        author = Author(console)
        author.type(BETTER)
        author.publish()
        browser = console.browser(role)
        key = browser.form_key("/account")
        for path in PAGES[:-1]:
            assert browser.get(path).status == 403
        for path in (f"{TREE}/save", f"{TREE}/call", "/authoring/publish", "/authoring/roll-back"):
            body = json.dumps({"form_key": key, "why": "never", "revision": "a"}).encode()
            assert browser.ask("POST", path, {"Content-Type": "application/json"}, body).status == 403
        assert browser.get("/authoring/revisions").status == 200
        assert 'action="/authoring/roll-back"' not in browser.get("/authoring/revisions").text

    def test_a_form_without_its_key_does_nothing(self, console: TestConsole, author: Author) -> None:
        for path in (f"{TREE}/save", f"{TREE}/call", "/authoring/publish"):
            body = json.dumps({"form_key": "guessed", "text": "x", "version": "0", "why": "guessed"}).encode()
            assert author.browser.ask("POST", path, {"Content-Type": "application/json"}, body).status == 403
        assert console.services.desk.current() is None


class TestPublishing:
    def test_takes_a_reason_a_check_and_rehearsals(self, console: TestConsole, author: Author) -> None:
        author.type(BETTER)
        assert author.publish(why=" ").status == 400
        author.type("nodes: [")
        assert "检查没有通过" in author.publish().text
        author.type(BETTER)
        author.type(CASES.replace("没有停电通知", "已经来电了"), "village.cases.yaml")
        assert "排练没有通过" in author.publish().text
        assert served(console) == ""
        author.type(CASES, "village.cases.yaml")
        reply = author.publish("来电人说听不明白")
        assert reply.status == 303, reply.text
        assert served(console) == BETTER
        entry = console.office.audit.entries(action="published")[0]
        assert (entry.who, entry.detail) == ("author", "来电人说听不明白")
        # It is a draft no longer, and what the folder served can be gone back to.
        assert "没有草稿" in author.browser.get("/authoring/publish").text
        history = console.services.desk.history()
        assert len(history) == 2
        assert console.services.desk.files(history[1].revision)[1]["village.yaml"] == VILLAGE

    def test_shows_what_others_published_meanwhile_and_loses_nothing(self, console: TestConsole) -> None:
        author, other = Author(console), Author(console, "li")
        author.type(BETTER)
        base = ""
        other.type(VILLAGE.replace("谢谢来电", "谢谢您来电"))
        assert other.publish().status == 303
        assert author.publish(base=base).status == 409
        assert "谢谢您来电" in served(console)
        page = author.browser.get(TREE).text
        assert "谢谢您来电" in page  # what the other has changed, beside the draft
        assert "不停电" in page
        current = console.services.desk.current()
        assert current is not None
        author.type(BETTER.replace("谢谢来电", "谢谢您来电"))
        author.browser.send(TREE, f"{TREE}/accept", {})
        assert author.publish(base=current.revision).status == 303
        assert "谢谢您来电" in served(console)
        assert "不停电" in served(console)

    def test_rolls_back(self, console: TestConsole, author: Author) -> None:
        author.type(BETTER)
        author.publish()
        now, before = console.services.desk.history()
        page = "/authoring/revisions"
        form = {"revision": before.revision, "base": now.revision, "why": "原来的更顺"}
        assert author.browser.send(page, "/authoring/roll-back", {**form, "why": ""}).status == 400
        assert author.browser.send(page, "/authoring/roll-back", {**form, "base": "0000"}).status == 409
        assert author.browser.send(page, "/authoring/roll-back", {**form, "revision": "0000"}).status == 404
        assert author.browser.send(page, "/authoring/roll-back", form).status == 303
        assert served(console) == VILLAGE
        assert console.office.audit.entries(action="rolled_back")[0].detail == "原来的更顺"
        assert "恢复" in author.browser.get(page).text
        difference = author.browser.get(f"/authoring/revisions/{now.revision}?from={before.revision}").text
        assert "不停电" in difference


class TestSynonyms:
    def counts(self, console: TestConsole, **said: int) -> None:
        keys: dict[Key, int] = {}
        for back in range(1, 9):
            day = (START - timedelta(days=back)).date()
            keys[(day, "visit", "village", "ask", "")] = 100
            for words, amount in said.items():
                keys[(day, "not_understood", "village", "ask", words)] = amount
        with writing(console.office.engine).begin() as connection:
            add_tallies(connection, keys)

    def test_what_was_said_in_vain_becomes_a_phrase_and_its_effect_is_shown(
        self, console: TestConsole, author: Author, tmp_path: object
    ) -> None:
        from ivr.publishing.files import menus_of

        menus = menus_of(console.files)
        console.services.menus = lambda: menus
        self.counts(console, 停电停到啥时候=7, 停电要停到啥时候=2, 我要办社保=1)
        page = author.browser.get("/menus/village").text
        assert "停电停到啥时候" in page
        assert '<option value="1" selected>' in page  # the option that was probably meant
        assert "加进草稿" not in console.browser("operator").get("/menus/village").text
        form = {"node": "ask", "keys": "1", "language": "zh", "phrase": "停电停到啥时候"}
        reply = author.browser.send("/menus/village", f"{TREE}/synonyms", form)
        assert reply.status == 303
        review = author.browser.get(reply.headers["location"]).text
        assert "停电停到啥时候" in review
        assert "检查和排练都通过" in review
        assert author.browser.send("/menus/village", f"{TREE}/synonyms", form).status == 422  # it is there already
        assert author.publish().status == 303
        text = served(console)
        assert "phrases: {zh: [停电通知, 停电停到啥时候]}" in text
        assert "# 停电" in text
        assert "# 村里的热线" in text
        page = author.browser.get("/menus/village").text
        assert "加了说法以后" in page
        assert "明天起有数" in page
        console.time.advance(days=3)
        quiet = {((START + timedelta(days=day)).date(), "visit", "village", "ask", ""): 100 for day in (1, 2)}
        with writing(console.office.engine).begin() as connection:
            add_tallies(connection, quiet)
        page = Author(console).browser.get("/menus/village").text
        assert "63 → 0" in page  # seven days of nine, which sound like it
        assert "2 天" in page

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"keys": ""}, 400), ({"keys": "7"}, 422), ({"node": "nowhere"}, 422), ({"phrase": "{x}"}, 422)],
    )
    def test_what_cannot_be_added_is_refused(
        self, author: Author, console: TestConsole, change: dict[str, str], status: int
    ) -> None:
        form = {"node": "ask", "keys": "1", "language": "zh", "phrase": "停电", **change}
        assert author.browser.send(EDIT, f"{TREE}/synonyms", form).status == status
        assert author.browser.get(EDIT).status == 200


class TestPhone:
    def call(self, author: Author, **fields: str) -> str:
        reply = author.post(f"{TREE}/call", which="draft", speech="1", **fields)
        assert reply.status == 200, reply.text
        return str(json.loads(reply.text)["call"])

    def test_calls_the_draft_and_keeps_the_call_as_a_rehearsal(self, console: TestConsole, author: Author) -> None:
        author.type(BETTER)
        call = self.call(author)
        console.clock.pump([0.1] * 120)
        assert author.post(f"/authoring/phone/{call}", do="press", key="1").status == 200
        console.clock.pump([0.1] * 30)
        phone = console.authoring.phones.of("author", call)
        assert "不停电" in "".join(str(told.data) for told in phone.told)
        assert author.browser.get(f"/authoring/phone/{call}/sounds/0").headers["content-type"] == "audio/wav"
        assert author.browser.get(f"/authoring/phone/{call}/sounds/99").status == 404
        assert author.browser.get(f"/authoring/phone/{call}/sounds/..%2fx").status == 404
        assert author.post(f"/authoring/phone/{call}", do="hang_up").status == 200
        kept = author.post(f"/authoring/phone/{call}/keep", name="听停电")
        assert kept.status == 200, kept.text
        page = author.browser.get(TREE).text
        assert "听停电" in page
        assert "没通过" not in page

    def test_is_ones_own(self, console: TestConsole, author: Author) -> None:
        call = self.call(author)
        other = Author(console, "li")
        assert other.post(f"/authoring/phone/{call}", do="hang_up").status == 404
        assert other.browser.get(f"/authoring/phone/{call}/sounds/0").status == 404
        assert other.browser.get(f"/authoring/phone/{call}/events").status == 404
        assert other.post(f"/authoring/phone/{call}/keep", name="x").status == 404
        assert not console.authoring.phones.of("author", call).is_over

    def test_refuses_what_is_no_deed(self, console: TestConsole, author: Author) -> None:
        call = self.call(author)
        for wrong in ({"do": "press", "key": "A"}, {"do": "say", "words": ""}, {"do": "explode"}, {"do": "settle"}):
            assert author.post(f"/authoring/phone/{call}", **wrong).status == 400
        assert author.post("/authoring/phone/none", do="press", key="1").status == 404
        assert author.post(f"{TREE}/call", at="soon").status == 400
        author.type("nodes: [")
        assert author.post(f"{TREE}/call", which="draft").status == 422
        assert author.post(f"{TREE}/call", which="published").status == 200
