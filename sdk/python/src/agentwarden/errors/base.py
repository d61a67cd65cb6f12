"""The errors that are written by hand. The classes of the server's codes are generated, in ``codes.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

__all__ = [
    "APIError",
    "AgentNotFoundError",
    "AgentWardenError",
    "ApprovalRequiredError",
    "AuthenticationError",
    "PermissionDeniedError",
    "WebhookVerificationError",
]


class AgentWardenError(Exception):
    """Base of every error of this package."""

    #: The server's error code, or None if the error did not come from the server.
    code: Optional[str] = None


class PermissionDeniedError(AgentWardenError):
    """The action was blocked, or its request was denied, expired or cancelled."""

    def __init__(self, action: str, reason: Optional[str] = None, status: Optional[str] = None) -> None:
        self.action = action
        self.reason = reason
        #: How the approval ended (``denied``, ``expired``, ``cancelled``), or None if the check itself denied the action.
        self.status = status
        super().__init__(f"Permission denied for action '{action}'" + (f": {reason}" if reason else ""))


class ApprovalRequiredError(AgentWardenError):
    """The action needs a person's approval, which is still pending."""

    def __init__(self, action: str, reason: Optional[str] = None, approval_id: Optional[str] = None) -> None:
        self.action = action
        self.reason = reason
        self.approval_id = approval_id
        super().__init__(f"Action '{action}' requires human approval" + (f": {reason}" if reason else ""))


class WebhookVerificationError(AgentWardenError):
    """The webhook is not from the server: signature, time stamp or body is wrong. Answer 400 and do nothing."""


class APIError(AgentWardenError):
    """The server refused the request, or no usable answer came. Never a yes."""

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        problem: Optional[Mapping[str, Any]] = None,
        retry_after_s: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        #: The HTTP status, or None if there was no answer.
        self.status = status
        #: Seconds after which to try again, or None if the server did not say.
        self.retry_after_s = retry_after_s
        #: The whole problem document (RFC 9457).
        self.problem: Mapping[str, Any] = problem or {}
        if self.problem.get("code"):
            self.code = str(self.problem["code"])

    @property
    def fix(self) -> Optional[str]:
        """What to do about it, as the server says; None if it does not."""
        value = self.problem.get("fix")
        return str(value) if value else None

    @property
    def request_id(self) -> Optional[str]:
        value = self.problem.get("request_id")
        return str(value) if value else None


class AuthenticationError(APIError):
    """The API key is missing, wrong, expired or revoked."""

    code = "unauthenticated"


class AgentNotFoundError(APIError):
    """There is no such agent, or the key is not for it."""

    code = "agent_not_found"

    #: The agent of the request.
    agent_id: Optional[str] = None
