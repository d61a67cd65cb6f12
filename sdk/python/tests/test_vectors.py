"""The shared vectors: every SDK computes the same digests, accepts the same signatures and knows the same codes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from agentwarden import WebhookVerificationError, digest_of, errors, verify_webhook

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors.json").read_text("utf-8"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("vector", VECTORS["digests"], ids=lambda v: v["name"])
def test_digests_agree(vector: dict[str, Any]) -> None:
    assert digest_of(vector["agent_id"], vector["action"], vector["context"]) == vector["digest"]


def test_the_codes_are_the_servers() -> None:
    assert set(errors.BY_CODE) == {entry["code"] for entry in VECTORS["errors"]}


def signed(body: str, *, message_id: str = "dlv_1", at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    at = at or datetime.now(tz=timezone.utc)
    return {
        "Webhook-Id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(message_id, at, body),
    }


BODY = json.dumps(
    {"type": "approval.decided", "event": "approval.approved", "approval_id": "apr_1", "decision": "approved"}
)


def test_a_good_webhook_is_accepted_whatever_the_case_of_its_headers() -> None:
    event = verify_webhook(BODY.encode(), signed(BODY), SECRET)
    assert (event.id, event.approval_id, event.decision) == ("dlv_1", "apr_1", "approved")


@pytest.mark.parametrize(
    "body, headers",
    [
        (BODY + " ", signed(BODY)),
        (BODY, signed(BODY, secret="whsec_" + "A" * 32)),
        (BODY, signed(BODY, at=datetime(2020, 1, 1, tzinfo=timezone.utc))),
        (BODY, {**signed(BODY), "Webhook-Id": "dlv_2"}),
        (BODY, {}),
        ("[]", signed("[]")),
        ("{}", signed("{}")),
        ("not json", signed("not json")),
    ],
)
def test_anything_else_is_refused(body: str, headers: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        verify_webhook(body.encode(), headers, SECRET)
