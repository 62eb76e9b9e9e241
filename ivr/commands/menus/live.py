"""The configured backend for virtual calls: asked for real, answered on the virtual clock after as long as it took."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.threads import blockingCallFromThread

from backend_client.client import BackendClient
from backend_client.errors import BackendError
from backend_client.settings import BackendSettings


class LiveBackend:
    """Implements `ivr.call.ports.Backend`. The reactor runs in a thread of its own: the virtual call has none."""

    def __init__(self, settings: BackendSettings) -> None:
        from twisted.internet import reactor

        self._reactor: Any = reactor
        self._clock = Clock()
        self._client = BackendClient(settings, reactor)
        self._thread = threading.Thread(target=lambda: self._reactor.run(installSignalHandlers=False), daemon=True)
        self._thread.start()

    def on(self, clock: Clock) -> LiveBackend:
        """The same backend, answering on this clock."""
        self._clock = clock
        return self

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        def ask() -> Any:
            return self._client.query(operation, arguments, language=language, budget_ms=budget_ms, call_id=call_id)

        begun = time.monotonic()
        answer: Any = None
        failed: BackendError | None = None
        try:
            answer = blockingCallFromThread(self._reactor, ask)
        except BackendError as error:
            failed = error

        def told() -> Any:
            if failed is not None:
                raise failed
            return answer

        took_s = min(time.monotonic() - begun, budget_ms / 1000)
        return deferLater(cast(Any, self._clock), took_s, told)

    def close(self) -> None:
        blockingCallFromThread(self._reactor, self._client.close)
        self._reactor.callFromThread(self._reactor.stop)
        self._thread.join(5)
