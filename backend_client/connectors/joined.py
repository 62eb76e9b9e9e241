"""Who answers what: departments by their connectors, and the backend for the rest. Several may share one answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from backend_client.breaker import State
from backend_client.connectors.answering import checked
from backend_client.connectors.department import DepartmentSystem
from backend_client.connectors.mapping import MappingError, load_mapping
from backend_client.errors import BackendError, RequestError

_logger = logging.getLogger(__name__)

Json = dict[str, Any]


class JoinedBackend:
    """The `Asked` of `backend_client.answers`: connectors first, then the backend itself.

    Raises:
        MappingError: two connectors answer the same operation, or own the same field of it, or only parts of an answer
            are there.
    """

    def __init__(self, systems: Sequence[DepartmentSystem], rest: Any) -> None:
        self._systems = systems
        self._rest = rest
        self._whole: dict[str, DepartmentSystem] = {}
        self._parts: dict[str, list[DepartmentSystem]] = {}
        for system in systems:
            for name, entry in system.mapping.operations.items():
                if entry.owns:
                    self._parts.setdefault(name, []).append(system)
                elif name in self._whole:
                    both = f"{self._whole[name].mapping.department}, {system.mapping.department}"
                    raise MappingError(f"{name}: answered by two connectors ({both}); one must own parts of it (owns)")
                else:
                    self._whole[name] = system
        for name, owners in self._parts.items():
            fields = [field for owner in owners for field in owner.mapping.operations[name].answer]
            if name not in self._whole:
                raise MappingError(f"{name}: parts of an answer without a connector that gives the rest")
            if len(fields) != len(set(fields)):
                raise MappingError(f"{name}: a field is owned by two connectors")

    def query(
        self, operation: str, arguments: ReadOnly[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Json | None]:
        """Fire with JSON data, None if there is no such thing. Fails with `BackendError`, within the budget."""
        how = {"language": language, "budget_ms": budget_ms, "call_id": call_id}
        if operation not in self._whole:
            rest: Deferred[Json | None] = self._rest.query(operation, arguments, **how)
            return rest
        return Deferred.fromCoroutine(self._joined(operation, arguments, how))

    def circuits(self) -> dict[str, State]:
        """Departments to the state of their circuit (`CircuitBreaker.state`)."""
        return {system.mapping.department: system.breaker.state for system in self._systems}

    def close(self) -> None:
        for system in self._systems:
            system.close()

    async def _joined(self, operation: str, arguments: ReadOnly[str, Any], how: dict[str, Any]) -> Json | None:
        parts = self._parts.get(operation, [])
        # All are asked at once; the caller waits for the slowest, not for their sum.
        asked = [(part, part.ask(operation, arguments, **how)) for part in parts]
        try:
            answer = await self._whole[operation].ask(operation, arguments, **how)
            for part, deferred in asked:
                own = await self._own(part, deferred, operation)
                if answer is not None:
                    answer = {**answer, **(part.mapping.operations[operation].instead if own is None else own)}
        finally:
            for _, deferred in asked:
                # When the whole has failed, nobody wants the parts, nor what became of them.
                deferred.addErrback(lambda _: None)
                deferred.cancel()
        return None if answer is None else checked(operation, answer, arguments)

    async def _own(self, part: DepartmentSystem, deferred: Deferred[Json | None], operation: str) -> Json | None:
        """What a department adds; None if it has nothing or does not answer. Raises RequestError if asked wrongly."""
        try:
            return await deferred
        except RequestError:
            raise
        except BackendError as error:
            _logger.warning("operation=%s: without the part of %s: %s", operation, part.mapping.department, error)
            return None


def load_systems(folder: Path, reactor: Any) -> list[DepartmentSystem]:
    """Load all connectors of a folder, in the order of their names.

    Raises:
        MappingError, ValueError: one cannot be used.
    """
    return [DepartmentSystem(load_mapping(file), reactor) for file in sorted(folder.glob("*.yaml"))]
