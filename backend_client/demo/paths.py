"""Where the demo backend has what is not in the contract. Nothing heavy: gateways read it, too."""

from __future__ import annotations

#: Takes text messages, in the place of a provider.
MESSAGES = "/demo/messages"
