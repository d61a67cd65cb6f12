"""What can go wrong, one class per error code of the server.

Everything derives from :class:`AgentWardenError`. Errors that the server answered, and the absence of an answer, are
:class:`APIError`; each of the server's codes has a class of its own in ``BY_CODE`` (and in this module, by name). The
exceptions of the client that was published as ``agentwarden`` 0.1.2 keep their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from agentwarden._codes import CODES


class AgentWardenError(Exception):
    """Base of every error of this package."""

    #: The server's code, where the server answered with one.
    code: Optional[str] = None


class PermissionDeniedError(AgentWardenError):
    """The action was blocked, or a person denied it, or nobody decided in time."""

    def __init__(self, action: str, reason: Optional[str] = None, status: Optional[str] = None) -> None:
        self.action = action
        self.reason = reason
        #: The approval's end (``denied``, ``expired``, ``cancelled``), or None when the check itself said no.
        self.status = status
        super().__init__(f"Permission denied for action '{action}'" + (f": {reason}" if reason else ""))


class ApprovalRequiredError(AgentWardenError):
    """The action needs a person's approval, and the caller did not wait for it (or it is still pending)."""

    def __init__(self, action: str, reason: Optional[str] = None, approval_id: Optional[str] = None) -> None:
        self.action = action
        self.reason = reason
        self.approval_id = approval_id
        super().__init__(f"Action '{action}' requires human approval" + (f": {reason}" if reason else ""))


class WebhookVerificationError(AgentWardenError):
    """The webhook's signature, time stamp or body is not what the server sends. Answer 400 and do nothing."""


class APIError(AgentWardenError):
    """The server refused the request, or no usable answer came. Never a yes."""

    def __init__(
        self, message: str, *, status: Optional[int] = None, problem: Optional[Mapping[str, Any]] = None
    ) -> None:
        super().__init__(message)
        #: HTTP status, None when there was no answer.
        self.status = status
        #: The whole problem document (RFC 9457).
        self.problem: Mapping[str, Any] = problem or {}
        if self.problem.get("code"):
            self.code = str(self.problem["code"])

    @property
    def fix(self) -> Optional[str]:
        """What the server says would help."""
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

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        problem: Optional[Mapping[str, Any]] = None,
        agent_id: Optional[str] = None,
    ) -> None:
        super().__init__(message, status=status, problem=problem)
        self.agent_id = agent_id


def _class_for(code: str) -> type[APIError]:
    name = "".join(part.capitalize() for part in code.split("_"))
    return type(name, (APIError,), {"code": code, "__doc__": f"The server answered `{code}`.", "__module__": __name__})


#: Every code of the server → the class that is raised for it.
BY_CODE: Mapping[str, type[APIError]] = {
    **{code: _class_for(code) for code in CODES},
    "unauthenticated": AuthenticationError,
    "agent_not_found": AgentNotFoundError,
}
globals().update({cls.__name__: cls for cls in BY_CODE.values()})


def error_from(status: int, problem: Mapping[str, Any]) -> APIError:
    """The error for an answer that is not 2xx; an unknown code stays a plain :class:`APIError`."""
    code = str(problem.get("code") or ("unauthenticated" if status == 401 else ""))
    detail = str(problem.get("detail") or problem.get("title") or f"the server answered {status}")
    faults = "; ".join(f"{e.get('path')}: {e.get('message')}" for e in problem.get("errors") or [])
    message = " ".join(
        part for part in (detail, f"({faults})" if faults else "", str(problem.get("fix") or "")) if part
    )
    return BY_CODE.get(code, APIError)(message, status=status, problem=problem)
