"""The health page, and what programs read: /metrics, /healthz, /readyz, the shipped alerts and dashboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from ivr.call.counting import METRICS
from ivr.console.live import LiveCall
from tests.ivr.console.support import TestConsole

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
_NAME = re.compile(r"\bxiangyin_[a-z_]+")


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_page_says_what_is_wrong_and_what_to_do(console: TestConsole) -> None:
    page = console.browser("administrator").get("/health").text
    assert page.index("磁盘 disk") < page.index("模型 models")
    assert "df -h" in page
    assert "slow &lt;b&gt;" in page
    assert "line-1" in page
    assert page.index("后台线路") < page.index("backend") < page.index("民政局") < page.index("暂停询问")
    assert page.count("暂停询问") == page.count("正在试一次") == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_counts_what_waits(console: TestConsole, language: str) -> None:
    console.add_work(console.made_calls(3)[0].call)
    browser = console.browser("administrator")
    browser.cookies["xiangyin_look"] = f"{language}.light"
    tiles = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)", browser.get("/health").text)
    assert ("等待送出" if language == "zh" else "Waiting for the backend", "3") in tiles
    assert ("等人办理" if language == "zh" else "Waiting for people", "1") in tiles


def test_metrics_are_those_of_the_calls(console: TestConsole) -> None:
    calls = [record.call for record in console.made_calls(100)]
    console.live.shown = [LiveCall("c1", "line-1", loss=0.2), LiveCall("c2", "line-1")]
    reply = console.browser().get("/metrics")
    assert reply.status == 200
    found = samples(reply.text)
    served = sum(1 for call in calls if call.outcome == "served")
    assert found["xiangyin_calls_total", ("served",)] == served
    assert found["xiangyin_calls_in_progress", ("line-1",)] == 2
    assert found["xiangyin_worst_line_loss", ()] == 0.2
    assert found["xiangyin_database_up", ()] == 1
    assert found["xiangyin_process_up", ("speech",)] == 0
    assert found["xiangyin_process_restarts_total", ("line-1",)] == 2
    assert "139" not in reply.text.replace("0.139", "")


def test_every_stage_of_a_worker_has_its_figures(console: TestConsole) -> None:
    found = samples(console.browser().get("/metrics").text)
    assert found["xiangyin_rtp_packets_lost_total", ("line-1",)] == 3
    assert found["xiangyin_engine_events_total", ("DigitPressed", "line-1")] == 9
    assert found["xiangyin_sip_calls_offered_total", ("line-1",)] == 0, "also what has not happened yet is there"
    assert found["xiangyin_backend_seconds_bucket", ("0.1", "line-1")] == 3
    assert found["xiangyin_backend_seconds_bucket", ("+Inf", "line-1")] == 4
    assert found["xiangyin_backend_seconds_sum", ("line-1",)] == 9.5
    assert found["xiangyin_journal_healthy", ("line-1",)] == 1
    assert ("xiangyin_journal_healthy", ("speech",)) not in found
    assert found["xiangyin_backend_circuit_open", ("民政局", "line-1")] == 1
    assert found["xiangyin_backend_circuit_open", ("backend", "line-1")] == 0
    states = {
        name: found["xiangyin_backend_circuit_state", (name, "line-1")] for name in ("backend", "社保局", "民政局")
    }
    assert states == {"backend": 0, "社保局": 1, "民政局": 2}
    assert found["xiangyin_backend_circuit_open", ("社保局", "line-1")] == 1
    assert found["xiangyin_outbox_waiting", ()] == 3 and found["xiangyin_outbox_oldest_seconds", ()] == 60


def test_every_metric_stands_in_the_documentation(console: TestConsole) -> None:
    text = (DEPLOY.parent / "docs" / "console.md").read_text("utf-8")
    for metric in METRICS:
        ending = metric.name.rpartition("_")[2]
        assert f"xiangyin_{metric.name}" in text or f"…_{ending}" in text, metric.name


@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_a_database_that_is_down_is_a_metric(console: TestConsole, tmp_path: Path) -> None:
    console.office.engine.dispose()
    (tmp_path / "calls.sqlite").unlink()
    (tmp_path / "calls.sqlite").mkdir()
    browser = console.browser()
    assert samples(browser.get("/metrics").text)["xiangyin_database_up", ()] == 0
    assert browser.get("/healthz").status == 200
    assert browser.get("/readyz").status == 503


def test_a_load_balancer_is_told_that_all_is_well(console: TestConsole) -> None:
    assert console.browser().get("/healthz").body == b"ok\n"
    assert console.browser().get("/readyz").body == b"ready\n"


@pytest.mark.parametrize("file", ["prometheus/xiangyin.rules.yaml", "grafana/xiangyin.json"])
def test_what_is_shipped_asks_for_metrics_that_there_are(console: TestConsole, file: str) -> None:
    console.made_calls(60)
    console.live.shown = [LiveCall("c1", "line-1")]
    known = {name for name, _ in samples(console.browser().get("/metrics").text)}
    text = (DEPLOY / file).read_text("utf-8")
    data = json.loads(text) if file.endswith(".json") else YAML(typ="safe", pure=True).load(text)
    assert data
    asked = set(_NAME.findall(text))
    assert asked
    assert asked <= known


def queries(file: str) -> dict[str, str]:
    """What a shipped file asks Prometheus for: title or name of the alert, and target, to the expression."""
    text = (DEPLOY / file).read_text("utf-8")
    if file.endswith(".json"):
        panels = json.loads(text)["panels"]
        return {f"{panel['title']} {one['refId']}": one["expr"] for panel in panels for one in panel["targets"]}
    groups = YAML(typ="safe", pure=True).load(text)["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("file", ["prometheus/xiangyin.rules.yaml", "grafana/xiangyin.json"])
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_every_query_sums_and_selects_by_labels_that_its_metrics_have(console: TestConsole, file: str) -> None:
    console.made_calls(60)
    console.add_work(console.made_calls(1)[0].call)
    console.live.shown = [LiveCall("c1", "line-1")]
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(console.browser().get("/metrics").text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    asked = queries(file)
    assert len(asked) > 10
    for name, query in asked.items():
        metrics = _NAME.findall(query)
        assert metrics, name
        known = set.union(*(labels[metric] for metric in metrics))
        wanted = {label.strip() for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(",")}
        wanted |= set(re.findall(r"[{,]\s*(\w+)\s*(?:=|!)", query))
        assert wanted <= known, name


def test_the_panels_of_the_dashboard_stand_beside_each_other() -> None:
    panels = json.loads((DEPLOY / "grafana" / "xiangyin.json").read_text("utf-8"))["panels"]
    covered: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not covered & cells, panel["title"]
        covered |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert max(x for x, _ in covered) < 24
