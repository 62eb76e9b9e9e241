"""`ivr backend check`: examples of connectors as an official runs them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

import backend_client.connectors
from ivr.cli import main

EXAMPLES = Path(backend_client.connectors.__file__).parent / "examples"
#: Examples in the shipped connectors, two in each.
SHIPPED = 2 * len(list(EXAMPLES.glob("*.yaml")))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["backend", *arguments])


def test_shipped_examples_are_good() -> None:
    result = run("check", *map(str, sorted(EXAMPLES.glob("*.yaml"))))
    assert result.exit_code == 0, result.output
    assert result.output.count("✓") == SHIPPED


def test_a_folder_of_connectors_comes_from_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"connectors: {{folder: '{EXAMPLES}'}}\n")
    assert run("check", "--settings", str(settings)).output.count("✓") == SHIPPED


def test_an_example_that_fails_is_an_error(tmp_path: Path) -> None:
    text = (EXAMPLES / "power_csv.yaml").read_text("utf-8").replace("amount_cents: 5600", "amount_cents: 56")
    file = tmp_path / "power.yaml"
    file.write_text(text, "utf-8")
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "✗ power.yaml: look_up_electricity_bill: 还有钱 amount_cents: 5600 instead of 56" in result.output


def test_a_file_that_is_no_connector_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("connector: 1\ndepartment: x\ncolour: red\n", "utf-8")
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "colour" in result.output


def test_trying_what_is_not_there_is_said(tmp_path: Path) -> None:
    file = str(EXAMPLES / "power_csv.yaml")
    assert "look_up_electricity_bill" in run("try", file, "get_case").output
    assert run("try", file, "look_up_electricity_bill", "--argument", "account").exit_code == 1
