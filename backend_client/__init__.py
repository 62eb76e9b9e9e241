"""The e-government backend: the contract, the client, and the demo backend. It must not know calls, menus or sound."""

from backend_client.client import Asking, BackendClient
from backend_client.errors import AnswerError, BackendError, RequestError
from backend_client.operations import OPERATIONS
from backend_client.results import CASE_STATUSES, NOTICE_KINDS, Case, Notice, Policy, ServiceItem
from backend_client.settings import TOKEN_VARIABLE, BackendSettings

__all__ = [
    "CASE_STATUSES",
    "NOTICE_KINDS",
    "OPERATIONS",
    "TOKEN_VARIABLE",
    "AnswerError",
    "Asking",
    "BackendClient",
    "BackendError",
    "BackendSettings",
    "Case",
    "Notice",
    "Policy",
    "RequestError",
    "ServiceItem",
]
