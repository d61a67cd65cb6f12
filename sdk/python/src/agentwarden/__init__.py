"""AgentWarden: ask before you act.

>>> from agentwarden import AgentWarden
>>> guard = AgentWarden(api_key="aw_...", base_url="http://127.0.0.1:8080")
>>> result = guard.check("support-bot", "stripe.refund.large", {"amount": 900})
>>> if result.allowed or (result.requires_approval and guard.wait_for_approval(result.approval_id)):
...     ...
"""

from agentwarden import errors
from agentwarden._version import __version__
from agentwarden.client import AgentWarden
from agentwarden.digest import digest_of
from agentwarden.errors import (
    AgentNotFoundError,
    AgentWardenError,
    APIError,
    ApprovalRequiredError,
    AuthenticationError,
    PermissionDeniedError,
    WebhookVerificationError,
)
from agentwarden.models import Approval, CheckResult, Consumption, Grant, LogResult, WebhookEvent, WebhookResult
from agentwarden.webhooks import verify_webhook

__all__ = [
    "APIError",
    "AgentNotFoundError",
    "AgentWarden",
    "AgentWardenError",
    "Approval",
    "ApprovalRequiredError",
    "AuthenticationError",
    "CheckResult",
    "Consumption",
    "Grant",
    "LogResult",
    "PermissionDeniedError",
    "WebhookEvent",
    "WebhookResult",
    "WebhookVerificationError",
    "__version__",
    "digest_of",
    "errors",
    "verify_webhook",
]
