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
    """Asks an AgentWarden server. Fails closed: where no answer comes an error is raised, never a yes.

    ``api_key`` and ``base_url`` default to ``AGENTWARDEN_API_KEY`` and ``AGENTWARDEN_URL``, and this to a server on this
    machine. ``timeout``, in seconds, bounds each silence of the server within an attempt: connecting, and waiting for a
    part of the answer. What may be sent again is sent up to five times, with growing pauses; where nobody listens, as
    while the server is started again, for ten seconds. May be shared by threads; close it, or use it as a context manager.

    Every method may raise :class:`APIError`: a class of :mod:`agentwarden.errors` for what the server refused
    (:class:`AuthenticationError`: the key; ``NotFound``: no such approval of this key's agents; ``InvalidRequest``: also
    for what JSON cannot carry, before anything is sent), itself where no usable answer came. Raises
    :class:`AuthenticationError` without a key, ``ValueError`` for a ``base_url`` that is none.
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
        """Asks whether ``agent_id`` (or the agent's name) may do ``action``, a dotted name such as ``stripe.refund.large``.

        ``context`` says what will run: all of it is shown to reviewers and bound to their decision. ``display`` is shown
        beside it as the agent's own words, bound to nothing. ``requester`` and ``on_behalf_of`` are e-mail addresses or
        user ids of people who may then not approve it. ``ttl``, seconds or text such as ``"2h"``, can only shorten the
        policy's. ``metadata`` comes back in answers and webhooks.

        The result is truthy only when the action is allowed at once. Blocked is an answer, not an error. Raises
        :class:`AgentNotFoundError` where there is no such agent, or the key is not for it.

        Lost connections are retried with one idempotency key, so that one call makes at most one approval. Give a
        key of your own to make a whole job repeatable: for 30 days it gets the first answer again.
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
        """The approval as it is now."""
        return _parsed(Approval.parse, self._http.get(_path(approval_id)))

    def get_approval_status(self, approval_id: Optional[str]) -> str:
        """``pending``, ``approved``, ``denied``, ``expired`` or ``cancelled``."""
        return self.get_approval(approval_id).status

    def wait_for_approval(self, approval_id: Optional[str], timeout: float = 3600) -> bool:
        """True only when people approved it within ``timeout`` seconds; False when it was denied, expired or cancelled, or is still pending.

        Raises as :meth:`wait_for_outcome` does.
        """
        return self.wait_for_outcome(approval_id, timeout).approved

    def wait_for_outcome(self, approval_id: Optional[str], timeout: float = 3600) -> Approval:
        """Long-polls until the approval ends or ``timeout`` seconds passed (its ``status`` is then still ``pending``).

        Survives lost connections, broken answers and a server that is away for a while; raises only when the server
        refuses, or gave no usable answer at all within ``timeout``.
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
                    pause_s = 0.0  # it was held back as asked; one that was not must not be asked without end
            except APIError as error:
                if _is_refusal(error) or (approval is None and time.monotonic() >= deadline):
                    raise
                pause_s = max(pause_s, error.retry_after_s or 0.0)
            left_s = deadline - time.monotonic()
            if approval is not None and left_s <= 0:
                return approval
            time.sleep(max(0.0, min(pause_s, left_s)))

    def cancel(self, approval_id: Optional[str], reason: Optional[str] = None) -> Approval:
        """Withdraws a pending request. Again: the same answer. Raises ``AlreadyDecided`` when it ended otherwise."""
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
        """Redeems an approved request, once, for exactly the ``context`` that was approved (or, in its place, its ``digest``).

        ``use_id`` names this use: the same one again answers the same with ``replayed`` true, another one is refused.
        Without one a fresh id is made, and lost connections are retried with it.

        Raises ``NotApproved``, ``DigestMismatch``, ``AlreadyConsumed``, ``GrantExpired``, ``GrantRevoked``,
        ``AgentSuspended``, or ``PolicyChanged`` when the policy forbids it meanwhile: then nothing may run.
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
        """Records what the agent did. ``status`` is free text of at most 64 characters; usual are success, failed, blocked, denied, pending_approval."""
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
        """Checks, runs ``callback`` if that is allowed, and logs how it went; returns what ``callback`` returned.

        Where approval is needed: with ``wait`` (seconds, or True for an hour) it waits for people, redeems their
        approval for exactly this context, then runs; without, it raises :class:`ApprovalRequiredError` at once.
        Blocked, denied, expired and cancelled raise :class:`PermissionDeniedError`; what :meth:`check` and
        :meth:`consume` raise comes through, and nothing ran. An error of ``callback`` is logged as ``failed`` and raised.

        A log entry that cannot be written hides nothing of this: the logger ``agentwarden`` warns of it.
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
        # True is the number 1 in Python, and nobody who says it means one second.
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
        """Raising here would tell whoever called that an action failed which ran, and make them run it again."""
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
        """Verifies a webhook; when it tells of an approval, redeems it (``use_id`` = webhook id) and calls ``run`` at most once.

        ``body`` is what came, before anything parsed it. A delivery that comes again finds the approval redeemed and does
        not run, also when the first one died between redeeming and running. Denied, expired and cancelled never run.

        Raises :class:`WebhookVerificationError` for anything not sent by the server, what :meth:`consume` raises where the
        approval may not run any more, ``ValueError`` for a ``secret`` that is none, and what ``run`` raises.
        """
        event = verify_webhook(body, headers, secret)
        if event.type != "approval.decided" or event.decision != "approved" or not event.approval_id:
            return WebhookResult(event, ran=False)
        grant = self.get_approval(event.approval_id).grant
        if grant is None or grant.state == "consumed":
            return WebhookResult(event, ran=False)
        try:
            consumed = self.consume(event.approval_id, event.context, use_id=event.id)
        except AlreadyConsumed:  # by another endpoint's delivery or by whoever polled, since the look
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
    """Whether the server said no to the question itself, so that asking again later would change nothing."""
    return error.status is not None and 300 <= error.status < 500 and error.status not in (408, 429)


def _parsed(parse: Callable[[Json], T], answer: Answer) -> T:
    """A 2xx answer without the promised fields is no answer."""
    try:
        return parse(answer.data)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise APIError(f"the answer lacks what the API promises ({fault!r})", status=answer.status) from fault
