"""The shared vectors: every SDK computes the same digests, accepts the same signatures and knows the same codes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from agentwarden import APIError, WebhookVerificationError, digest_of, errors, verify_webhook

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors.json").read_text("utf-8"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("vector", VECTORS["digests"], ids=lambda v: v["name"])
def test_digests_agree(vector: dict[str, Any]) -> None:
    assert digest_of(vector["agent_id"], vector["action"], vector["context"]) == vector["digest"]


def test_the_codes_are_the_servers() -> None:
    assert set(errors.BY_CODE) == {entry["code"] for entry in VECTORS["errors"]}


def test_the_classes_are_there_by_name() -> None:
    assert issubclass(errors.AlreadyConsumed, APIError)
    for code, cls in errors.BY_CODE.items():
        assert (cls.code, getattr(errors, cls.__name__)) == (code, cls)


#: Faults of a JSON text that no Python value can have, and two that only the server refuses.
OF_THE_TEXT = {"a comma too many", "a comment", "two values", "nothing"}
OF_THE_TEXT |= {"a key that is there twice", "a key that is there twice, spelled with an escape"}
OF_THE_SERVER = {"the NUL character", "a key that programs do not keep"}
REFUSED = [v for v in VECTORS["refused"] if v["name"] not in OF_THE_TEXT | OF_THE_SERVER]


@pytest.mark.parametrize("vector", REFUSED, ids=lambda v: v["name"])
def test_what_json_cannot_carry_exactly_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        digest_of("bot", "a.b", json.loads(vector["json"]))
    assert caught.value.problem["errors"][0]["path"] == f"context.{vector['path']}"


@pytest.mark.parametrize("vector", VECTORS["webhooks"], ids=lambda v: v["name"])
def test_signatures_agree(monkeypatch: pytest.MonkeyPatch, vector: dict[str, Any]) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromtimestamp(vector["timestamp"], tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Clock)
    headers = {
        "webhook-id": vector["id"],
        "webhook-timestamp": str(vector["timestamp"]),
        "webhook-signature": vector["signature"],
    }
    if vector["valid"]:
        assert verify_webhook(vector["body"], headers, vector["secret"]).raw == json.loads(vector["body"])
    else:
        with pytest.raises(WebhookVerificationError):
            verify_webhook(vector["body"], headers, vector["secret"])


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


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_…", "whsec_A", None])
def test_a_secret_that_is_none_is_told_apart_from_a_webhook_that_is_none(secret: Any) -> None:
    with pytest.raises(ValueError, match="the webhook secret is empty or damaged: pass the whsec_"):
        verify_webhook(BODY, signed(BODY), secret)
