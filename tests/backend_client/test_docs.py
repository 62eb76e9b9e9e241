"""docs/backend.md names everything that there is."""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path

import pytest

from backend_client.demo.faults import FAULTS
from backend_client.errors import Reason
from backend_client.operations import GATEWAY_OPERATIONS, GET_HEALTH, LOCAL_OPERATIONS, OPERATIONS
from backend_client.settings import TOKEN_VARIABLE, BackendSettings
from backend_client.store.settings import StoreSettings

TEXT = (Path(__file__).parents[2] / "docs" / "backend.md").read_text("utf-8")

NAMES = [
    *(name for operation in [*OPERATIONS.values(), GET_HEALTH] for name in (operation.name, operation.path)),
    *LOCAL_OPERATIONS,
    *GATEWAY_OPERATIONS,
    *(f"`{field.name}`" for field in dataclasses.fields(StoreSettings)),
    *(f"`{parameter.name}`" for operation in OPERATIONS.values() for parameter in operation.parameters),
    *(f"| `{reason}`" for reason in typing.get_args(Reason)),
    *(f"`{field.name}`" for field in dataclasses.fields(BackendSettings)),
    *(f"| `{kind}" for kind in FAULTS),
    TOKEN_VARIABLE,
]


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_it_is_in_the_documentation(name: str) -> None:
    assert name in TEXT


def test_arguments_of_each_operation_stand_in_its_row() -> None:
    for operation in OPERATIONS.values():
        (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{operation.name}` ")]
        assert ", ".join(f"`{parameter.name}`" for parameter in operation.parameters) in row
