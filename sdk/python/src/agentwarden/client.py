"""The client: check, wait, consume, log."""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Optional, TypeVar, Union
from urllib.parse import quote

from agentwarden.errors import (
    AgentNotFoundError,
    AgentWardenError,
    AlreadyConsumed,
    APIError,
    ApprovalRequiredError,
    AuthenticationError,
    PermissionDeniedError,
)
from agentwarden.models import Approval, CheckResult, Consumption, LogResult, WebhookEvent, WebhookResult
from agentwarden.plain import plain_object
from agentwarden.transport import Answer, Transport
from agentwarden.webhooks import Headers, verify_webhook

T = TypeVar("T")
Json = Mapping[str, Any]

_logger = logging.getLogger("agentwarden")

_DEFAULT_URL = "http://127.0.0.1:8080"
_LONG_POLL_S = 30
_WAIT_WHEN_TOLD_S = 3600.0
_PAUSE_S = 1.0


class AgentWarden:
    """A connection to an AgentWarden server. It fails closed: without an answer it raises an error and never says yes.

    ``api_key`` and ``base_url`` default to the environment variables ``AGENTWARDEN_API_KEY`` and ``AGENTWARDEN_URL``.
    Without either, ``base_url`` is the default server on this machine. Threads may share one client. Close it, or use
    it as a context manager.

    ``timeout`` limits how many seconds the server may be silent within one attempt, while connecting and while
    answering. A request that is safe to repeat is sent up to five times, with growing pauses. If nothing listens at the
    address, for example during a restart, the client tries for ten seconds.

    The constructor raises :class:`AuthenticationError` without a key, and ``ValueError`` if ``base_url`` is not an
    ``http`` or ``https`` address. Every method may raise :class:`APIError`. If the server refused, it is one of the
    classes in :mod:`agentwarden.errors`: :class:`AuthenticationError` for the key, ``NotFound`` for an approval that is
    not of this key's agents, ``InvalidRequest`` for a value that JSON cannot carry (raised before anything is sent). If
    no usable answer came, it is :class:`APIError` itself.
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
        context: Optional[Json] = None,
        *,
        display: Optional[Json] = None,
        requester: Optional[str] = None,
        on_behalf_of: Optional[str] = None,
        ttl: Union[str, int, None] = None,
        metadata: Optional[Json] = None,
        idempotency_key: Optional[str] = None,
    ) -> CheckResult:
        """Asks whether an agent may do ``action``, a dotted name such as ``stripe.refund.large``.

        ``agent_id`` is the agent's id or name. ``context`` describes exactly what will run: reviewers see all of it, and
        their decision is bound to it. ``display`` is shown to them as the agent's own words, and nothing binds it.
        ``requester`` and ``on_behalf_of`` are email addresses or user ids; these people cannot approve the request.
        ``ttl`` (seconds, or text such as ``"2h"``) can only shorten the policy's. ``metadata`` is returned in answers
        and webhooks.

        The result is truthy only if the action is allowed at once. A blocked action is an answer, not an error. Raises
        :class:`AgentNotFoundError` if there is no such agent, or if the key is not for it.

        A lost connection is retried with one idempotency key, so one call makes at most one approval. Pass
        ``idempotency_key`` to make a whole job repeatable: for 30 days the same key gets the first answer.
        """
        optional: dict[str, Any] = {
            "display": None if display is None else plain_object(display, "display"),
            "requester": requester,
            "on_behalf_of": on_behalf_of,
            "ttl": ttl,
            "metadata": None if metadata is None else plain_object(metadata, "metadata"),
        }
        body = _body(agent_id, action, context, optional)
        key = idempotency_key or str(uuid.uuid4())
        return _parsed(CheckResult.parse, self._post_as(agent_id, "/sdk/check", body, idempotency_key=key))

    def get_approval(self, approval_id: Optional[str]) -> Approval:
        """Returns the approval as it is now."""
        return _parsed(Approval.parse, self._http.get(_path(approval_id)))

    def get_approval_status(self, approval_id: Optional[str]) -> str:
        """Returns ``pending``, ``approved``, ``denied``, ``expired`` or ``cancelled``."""
        return self.get_approval(approval_id).status

    def wait_for_approval(self, approval_id: Optional[str], timeout: float = 3600) -> bool:
        """Returns True only if people approved the request within ``timeout`` seconds.

        False means denied, expired, cancelled or still pending; :meth:`wait_for_outcome` tells which. Raises the same
        errors.
        """
        return self.wait_for_outcome(approval_id, timeout).approved

    def wait_for_outcome(self, approval_id: Optional[str], timeout: float = 3600) -> Approval:
        """Waits until the approval ends, and returns it. After ``timeout`` seconds its ``status`` is still ``pending``.

        Long-polls, and goes on through lost connections, broken answers and restarts of the server. Raises only if the
        server refuses, or gives no usable answer at all within ``timeout``.
        """
        path = _path(approval_id)
        deadline = time.monotonic() + timeout
        approval: Optional[Approval] = None
        while True:
            asked_at = time.monotonic()
            hold_s = int(max(0.0, min(_LONG_POLL_S, deadline - asked_at)))
            pause_s = _PAUSE_S
            try:
                answer = self._http.get(f"{path}?wait={hold_s}", held_s=hold_s, attempts=1)
                approval = _parsed(Approval.parse, answer)
                if not approval.pending:
                    return approval
                if hold_s and time.monotonic() - asked_at >= hold_s:
                    pause_s = 0.0  # the server held the request as asked; a server that does not must not be flooded
            except APIError as error:
                if _is_refusal(error) or (approval is None and time.monotonic() >= deadline):
                    raise
                pause_s = max(pause_s, error.retry_after_s or 0.0)
            left_s = deadline - time.monotonic()
            if approval is not None and left_s <= 0:
                return approval
            time.sleep(max(0.0, min(pause_s, left_s)))

    def cancel(self, approval_id: Optional[str], reason: Optional[str] = None) -> Approval:
        """Withdraws a pending request. A second call gets the same answer. Raises ``AlreadyDecided`` after any other end."""
        body = {"reason": reason} if reason is not None else {}
        return _parsed(Approval.parse, self._http.post(f"{_path(approval_id)}/cancel", body))

    # -- acting ------------------------------------------------------------------------------------------------

    def consume(
        self,
        approval_id: Optional[str],
        context: Optional[Json] = None,
        *,
        digest: Optional[str] = None,
        use_id: Optional[str] = None,
    ) -> Consumption:
        """Consumes an approval, once, right before the action runs. Pass the ``context`` that will run, or its ``digest``.

        ``use_id`` names this use. The same ``use_id`` again gets the same answer with ``replayed`` true; any other is
        refused. Without it the client makes one, and repeats it if the connection is lost.

        Raises ``NotApproved``, ``DigestMismatch``, ``AlreadyConsumed``, ``GrantExpired``, ``GrantRevoked``,
        ``AgentSuspended``, or ``PolicyChanged`` if the policy denies the action by now. After any of them, run nothing.
        """
        if digest is not None and context is not None:
            raise ValueError("give either the context or its digest")
        bound = {"context": plain_object(context, "context")} if digest is None else {"digest": digest}
        body = {**bound, "use_id": use_id or str(uuid.uuid4())}
        answer = self._http.post(f"{_path(approval_id)}/consume", body, idempotency_key=str(uuid.uuid4()))
        return _parsed(lambda data: Consumption.parse(data, answer.replayed), answer)

    def log(
        self,
        agent_id: str,
        action: str,
        status: str,
        context: Optional[Json] = None,
        *,
        approval_id: Optional[str] = None,
        ip_address: Optional[str] = None,
    ) -> LogResult:
        """Records what the agent did.

        ``status`` is any text of at most 64 characters, usually ``success``, ``failed``, ``blocked``, ``denied`` or
        ``pending_approval``.
        """
        optional = {"approval_id": approval_id, "ip_address": ip_address}
        body = _body(agent_id, action, context, {"status": status, **optional})
        return _parsed(LogResult.parse, self._post_as(agent_id, "/sdk/log", body, repeatable=False))

    def execute(
        self,
        agent_id: str,
        action: str,
        callback: Callable[[], T],
        context: Optional[Json] = None,
        *,
        wait: Union[bool, float, None] = None,
        requester: Optional[str] = None,
        on_behalf_of: Optional[str] = None,
        display: Optional[Json] = None,
        idempotency_key: Optional[str] = None,
    ) -> T:
        """Checks, runs ``callback`` if the action may run, logs the result, and returns what ``callback`` returned.

        If people must approve, ``wait`` decides. With a number of seconds, or True for an hour, the call waits for them,
        consumes their approval for exactly this context, and then runs. Without it, the call raises
        :class:`ApprovalRequiredError` at once.

        A blocked action and a denied, expired or cancelled request raise :class:`PermissionDeniedError`. Errors of
        :meth:`check` and :meth:`consume` are raised as they are. In all of these cases nothing ran. An error of
        ``callback`` is logged as ``failed`` and raised.

        If the log entry cannot be written, the result or error stays as described, and the logger ``agentwarden`` warns.
        """
        bound = plain_object(context, "context")
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
            self._log_or_warn(agent_id, action, "blocked", bound)
            raise PermissionDeniedError(action, result.reason)
        try:
            value = callback()
        except Exception as error:
            self._log_or_warn(agent_id, action, "failed", {**bound, "error": str(error)}, result.approval_id)
            raise
        self._log_or_warn(agent_id, action, "success", bound, result.approval_id)
        return value

    def _await_and_consume(
        self, agent_id: str, action: str, bound: Json, result: CheckResult, wait: Union[bool, float, None]
    ) -> None:
        # In Python True == 1, but ``wait=True`` does not mean one second.
        timeout = _WAIT_WHEN_TOLD_S if wait is True else wait
        outcome = None if timeout is None or timeout is False else self.wait_for_outcome(result.approval_id, timeout)
        if outcome is None or outcome.pending:
            self._log_or_warn(agent_id, action, "pending_approval", bound, result.approval_id)
            raise ApprovalRequiredError(action, result.reason, result.approval_id)
        if not outcome.approved:
            self._log_or_warn(agent_id, action, "denied", bound, outcome.id)
            raise PermissionDeniedError(action, outcome.comment or outcome.reason_code, outcome.status)
        self.consume(outcome.id, bound)

    def _log_or_warn(
        self, agent_id: str, action: str, status: str, context: Json, approval_id: Optional[str] = None
    ) -> None:
        """Warns instead of raising: an error would make the caller run an action again that already ran."""
        try:
            self.log(agent_id, action, status, context, approval_id=approval_id)
        except AgentWardenError as fault:
            _logger.warning("%s of %s was %s, but the server has no entry of it: %s", action, agent_id, status, fault)

    # -- webhooks ----------------------------------------------------------------------------------------------

    @staticmethod
    def verify_webhook(body: Union[bytes, str], headers: Headers, secret: str) -> WebhookEvent:
        """See :func:`agentwarden.verify_webhook`."""
        return verify_webhook(body, headers, secret)

    def handle_webhook(
        self, body: Union[bytes, str], headers: Headers, secret: str, run: Callable[[WebhookEvent], T]
    ) -> WebhookResult[T]:
        """Verifies a webhook. If it tells of an approved request, consumes it and calls ``run``, at most once.

        ``body`` is the raw body, before anything parsed it. The webhook's id is the ``use_id``. A repeated delivery finds
        the approval consumed and does not run, even if the first delivery died between consuming and running. Denied,
        expired and cancelled requests never run.

        Raises :class:`WebhookVerificationError` if the webhook is not from the server, the errors of :meth:`consume` if
        the approval may not run any more, ``ValueError`` if ``secret`` is malformed, and the errors of ``run``.
        """
        event = verify_webhook(body, headers, secret)
        if event.type != "approval.decided" or event.decision != "approved" or not event.approval_id:
            return WebhookResult(event, ran=False)
        grant = self.get_approval(event.approval_id).grant
        if grant is None or grant.state == "consumed":
            return WebhookResult(event, ran=False)
        try:
            consumed = self.consume(event.approval_id, event.context, use_id=event.id)
        except AlreadyConsumed:  # since we read the approval, by another endpoint's delivery or a program that polls
            return WebhookResult(event, ran=False)
        if consumed.replayed:
            return WebhookResult(event, ran=False)
        return WebhookResult(event, ran=True, value=run(event))

    # -- plumbing ----------------------------------------------------------------------------------------------

    def _post_as(self, agent_id: str, path: str, body: Json, **how: Any) -> Answer:
        try:
            return self._http.post(path, body, **how)
        except AgentNotFoundError as error:
            error.agent_id = agent_id
            raise

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


def _path(approval_id: Optional[str]) -> str:
    if not approval_id:
        raise ValueError("approval_id is empty: only a check that requires approval has one")
    return f"/sdk/approvals/{quote(approval_id, safe='')}"


def _body(agent_id: str, action: str, context: Optional[Json], optional: Json) -> dict[str, Any]:
    body = {"agent_id": agent_id, "action": action, "context": plain_object(context, "context")}
    return {**body, **{name: value for name, value in optional.items() if value is not None}}


def _is_refusal(error: APIError) -> bool:
    """Whether the server refused the request itself, so that asking again later changes nothing."""
    return error.status is not None and 300 <= error.status < 500 and error.status not in (408, 429)


def _parsed(parse: Callable[[Json], T], answer: Answer) -> T:
    """Treats a 2xx answer without the promised fields as no answer."""
    try:
        return parse(answer.data)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise APIError(f"the answer lacks what the API promises ({fault!r})", status=answer.status) from fault
