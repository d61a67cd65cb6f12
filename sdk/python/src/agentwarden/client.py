"""The client: check, wait, consume, log."""

from __future__ import annotations

import copy
import os
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Optional, TypeVar, Union
from urllib.parse import quote

from agentwarden.errors import (
    AgentNotFoundError,
    APIError,
    ApprovalRequiredError,
    AuthenticationError,
    PermissionDeniedError,
)
from agentwarden.models import Approval, CheckResult, Consumption, LogResult, WebhookEvent, WebhookResult
from agentwarden.transport import Answer, Transport
from agentwarden.webhooks import verify_webhook

T = TypeVar("T")

_DEFAULT_URL = "http://127.0.0.1:8080"
_LONG_POLL_S = 30
_WAIT_WHEN_TOLD_S = 3600.0
_PAUSE_AFTER_LOST_CONNECTION_S = 1.0


class AgentWarden:
    """Asks an AgentWarden server. Fails closed: where no answer comes an error is raised, never a yes.

    ``api_key`` and ``base_url`` default to ``AGENTWARDEN_API_KEY`` and ``AGENTWARDEN_URL``. ``timeout`` is per
    attempt, in seconds. May be shared by threads; close it, or use it as a context manager.
    """

    def __init__(self, api_key: Optional[str] = None, base_url: Optional[str] = None, timeout: float = 10.0) -> None:
        key = api_key or os.environ.get("AGENTWARDEN_API_KEY")
        if not key:
            raise AuthenticationError("no API key: pass api_key= or set AGENTWARDEN_API_KEY")
        self._http = Transport(base_url or os.environ.get("AGENTWARDEN_URL") or _DEFAULT_URL, key, timeout)

    # -- asking ------------------------------------------------------------------------------------------------

    def check(
        self,
        agent_id: str,
        action: str,
        context: Optional[Mapping[str, Any]] = None,
        *,
        display: Optional[Mapping[str, Any]] = None,
        requester: Optional[str] = None,
        on_behalf_of: Optional[str] = None,
        ttl: Union[str, int, None] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        idempotency_key: Optional[str] = None,
    ) -> CheckResult:
        """Asks whether ``agent_id`` may do ``action``. ``ttl``: ``"2h"`` or seconds; it can only shorten the policy's.

        Lost connections are retried with one idempotency key, so that one call makes at most one approval. Give a
        key of your own to make a whole job repeatable.
        """
        optional: dict[str, Any] = {
            "display": display,
            "requester": requester,
            "on_behalf_of": on_behalf_of,
            "ttl": ttl,
            "metadata": metadata,
        }
        body = {"agent_id": agent_id, "action": action, "context": dict(context or {})}
        body.update({name: value for name, value in optional.items() if value is not None})
        try:
            answer = self._http.post("/sdk/check", body, idempotency_key=idempotency_key or str(uuid.uuid4()))
        except AgentNotFoundError as error:
            error.agent_id = agent_id
            raise
        return _parsed(CheckResult.parse, answer)

    def get_approval(self, approval_id: str) -> Approval:
        """The approval as it is now."""
        return _parsed(Approval.parse, self._http.get(_path(approval_id)))

    def get_approval_status(self, approval_id: str) -> str:
        """``pending``, ``approved``, ``denied``, ``expired`` or ``cancelled``."""
        return self.get_approval(approval_id).status

    def wait_for_approval(self, approval_id: Optional[str], timeout: float = 3600) -> bool:
        """True only when people approved it within ``timeout`` seconds; False when it was denied, expired or cancelled, or is still pending."""
        return self.wait_for_outcome(approval_id, timeout).approved

    def wait_for_outcome(self, approval_id: Optional[str], timeout: float = 3600) -> Approval:
        """Long-polls until the approval ends or ``timeout`` seconds passed (its ``status`` is then still ``pending``).

        Survives lost connections and a server that is away for a while; raises only when the server refuses, or gave
        no answer at all within ``timeout``.
        """
        if not approval_id:
            raise ValueError("approval_id is empty: only a check that requires approval has one")
        deadline = time.monotonic() + timeout
        approval: Optional[Approval] = None
        while True:
            left_s = deadline - time.monotonic()
            wait_s = max(0, min(_LONG_POLL_S, int(left_s)))
            try:
                answer = self._http.get(f"{_path(approval_id)}?wait={wait_s}", read_timeout_s=wait_s + 10, attempts=1)
                approval = _parsed(Approval.parse, answer)
                if not approval.pending:
                    return approval
            except APIError as error:
                if error.status is not None and error.status not in (429, 500, 502, 503, 504):
                    raise
                if time.monotonic() >= deadline and approval is None:
                    raise
                time.sleep(max(0.0, min(_PAUSE_AFTER_LOST_CONNECTION_S, deadline - time.monotonic())))
            if approval is not None and time.monotonic() >= deadline:
                return approval

    def cancel(self, approval_id: str, reason: Optional[str] = None) -> Approval:
        """Withdraws a pending request. Again: the same answer."""
        body = {"reason": reason} if reason is not None else {}
        return _parsed(Approval.parse, self._http.post(f"{_path(approval_id)}/cancel", body))

    # -- acting ------------------------------------------------------------------------------------------------

    def consume(
        self,
        approval_id: str,
        context: Optional[Mapping[str, Any]] = None,
        *,
        digest: Optional[str] = None,
        use_id: Optional[str] = None,
    ) -> Consumption:
        """Redeems an approved request, once, for exactly the ``context`` (or ``digest``) that was approved.

        ``use_id`` names this use: the same one again answers the same with ``replayed`` true, another one is refused.
        Without one a fresh id is made, and lost connections are retried with it.
        """
        bound = {"digest": digest} if digest is not None else {"context": dict(context or {})}
        name = use_id or str(uuid.uuid4())
        answer = self._http.post(
            f"{_path(approval_id)}/consume", {**bound, "use_id": name}, idempotency_key=str(uuid.uuid4())
        )
        return _parsed(lambda data: Consumption.parse(data, answer.replayed), answer)

    def log(
        self,
        agent_id: str,
        action: str,
        status: str,
        context: Optional[Mapping[str, Any]] = None,
        *,
        approval_id: Optional[str] = None,
        ip_address: Optional[str] = None,
    ) -> LogResult:
        """Records what the agent did. ``status`` is free text; usual are success, failed, blocked, denied, pending_approval."""
        body: dict[str, Any] = {
            "agent_id": agent_id,
            "action": action,
            "status": status,
            "context": dict(context or {}),
        }
        optional = {"approval_id": approval_id, "ip_address": ip_address}
        body.update({name: value for name, value in optional.items() if value is not None})
        return _parsed(LogResult.parse, self._http.post("/sdk/log", body, repeatable=False))

    def execute(
        self,
        agent_id: str,
        action: str,
        callback: Callable[[], T],
        context: Optional[Mapping[str, Any]] = None,
        *,
        wait: Union[bool, float, None] = None,
        requester: Optional[str] = None,
        on_behalf_of: Optional[str] = None,
        display: Optional[Mapping[str, Any]] = None,
        idempotency_key: Optional[str] = None,
    ) -> T:
        """Checks, runs ``callback`` if that is allowed, and logs how it went.

        Where approval is needed: with ``wait`` (seconds, or True for an hour) it waits for people, redeems their
        approval for exactly this context, then runs; without, it raises :class:`ApprovalRequiredError` at once.
        Blocked, denied, expired and cancelled raise :class:`PermissionDeniedError`. An error of ``callback`` is logged
        as ``failed`` and raised.
        """
        bound = copy.deepcopy(dict(context or {}))
        result = self.check(
            agent_id,
            action,
            bound,
            requester=requester,
            on_behalf_of=on_behalf_of,
            display=display,
            idempotency_key=idempotency_key,
        )
        if result.requires_approval:
            self._await_and_consume(agent_id, action, bound, result, wait)
        elif not result.allowed:
            self.log(agent_id, action, "blocked", bound)
            raise PermissionDeniedError(action, result.reason)
        try:
            value = callback()
        except Exception as error:
            self.log(agent_id, action, "failed", {**bound, "error": str(error)}, approval_id=result.approval_id)
            raise
        self.log(agent_id, action, "success", bound, approval_id=result.approval_id)
        return value

    def _await_and_consume(
        self, agent_id: str, action: str, bound: Mapping[str, Any], result: CheckResult, wait: Union[bool, float, None]
    ) -> None:
        # True is the number 1 in Python, and nobody who says it means one second.
        timeout = _WAIT_WHEN_TOLD_S if wait is True else wait
        outcome = None if timeout is None or timeout is False else self.wait_for_outcome(result.approval_id, timeout)
        if outcome is None or outcome.pending:
            self.log(agent_id, action, "pending_approval", bound, approval_id=result.approval_id)
            raise ApprovalRequiredError(action, result.reason, result.approval_id)
        if not outcome.approved:
            self.log(agent_id, action, "denied", bound, approval_id=outcome.id)
            raise PermissionDeniedError(action, outcome.comment or outcome.reason_code, outcome.status)
        self.consume(outcome.id, bound)

    # -- webhooks ----------------------------------------------------------------------------------------------

    @staticmethod
    def verify_webhook(body: Union[bytes, str], headers: Mapping[str, str], secret: str) -> WebhookEvent:
        """See :func:`agentwarden.verify_webhook`."""
        return verify_webhook(body, headers, secret)

    def handle_webhook(
        self, body: Union[bytes, str], headers: Mapping[str, str], secret: str, run: Callable[[WebhookEvent], T]
    ) -> WebhookResult:
        """Verifies a webhook; when it tells of an approval, redeems it (``use_id`` = webhook id) and calls ``run`` at most once.

        A delivery that comes again finds the approval redeemed and does not run. Denied, expired and cancelled never
        run. Raises :class:`WebhookVerificationError` for anything not sent by the server, and what ``run`` raises.
        """
        event = verify_webhook(body, headers, secret)
        if event.type != "approval.decided" or event.decision != "approved" or not event.approval_id:
            return WebhookResult(event, ran=False)
        grant = self.get_approval(event.approval_id).grant
        if (
            grant is None
            or grant.state == "consumed"
            or self.consume(event.approval_id, event.context, use_id=event.id).replayed
        ):
            return WebhookResult(event, ran=False)
        return WebhookResult(event, ran=True, value=run(event))

    # -- life --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> AgentWarden:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _path(approval_id: str) -> str:
    return f"/sdk/approvals/{quote(approval_id, safe='')}"


def _parsed(parse: Callable[[Mapping[str, Any]], T], answer: Answer) -> T:
    """A 2xx answer without the promised fields is no answer."""
    try:
        return parse(answer.data)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise APIError(f"the answer lacks what the API promises ({fault}); nothing may be done") from fault
