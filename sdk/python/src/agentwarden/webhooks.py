"""Verifies webhooks (Standard Webhooks)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Protocol, Union

from standardwebhooks.webhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError as _LibraryError

from agentwarden.errors import WebhookVerificationError
from agentwarden.models import WebhookEvent


class Headers(Protocol):
    """A dict, or the headers object of Flask, Django, Starlette and others."""

    def items(self) -> Iterable[tuple[str, str]]: ...


def verify_webhook(body: Union[bytes, str], headers: Headers, secret: str) -> WebhookEvent:
    """Checks the signature and the time stamp of the raw ``body``, and parses it.

    The time stamp may be five minutes off in either direction. Header names may have any case. ``secret`` is the
    endpoint's ``whsec_…``. Raises :class:`WebhookVerificationError` if the webhook is not from the server, and
    ``ValueError`` if the secret is malformed, which is a fault of the receiver.
    """
    verifier = _verifier(secret)
    lowered = {str(k).lower(): str(v) for k, v in headers.items()}
    try:
        verifier.verify(body, lowered)
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        data = json.loads(text)
        return WebhookEvent(
            id=lowered["webhook-id"],
            type=str(data["type"]),
            event=str(data["event"]),
            approval_id=data.get("approval_id"),
            decision=data.get("decision"),
            agent_id=data.get("agent_id"),
            action=data.get("action"),
            context=data.get("context") or {},
            raw=data,
        )
    except (_LibraryError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise WebhookVerificationError(f"not a webhook of this endpoint: {fault}") from fault


def _verifier(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception as fault:  # the class of the error differs between versions of the library
        raise ValueError(
            "the webhook secret is empty or damaged: pass the whsec_… that was shown when the endpoint was made, "
            "or rotate the endpoint's secret to see a new one"
        ) from fault
