"""How the client reads answers, without a server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import agentwarden
from agentwarden import AgentWarden, Approval, ApprovalRequiredError, CheckResult, exceptions

ASKED = {
    "decision": "require_approval",
    "allowed": False,
    "requires_approval": True,
    "approval_id": "apr_1",
    "approval_url": "https://x.example/approvals/apr_1",
    "status": "pending",
    "reason": "Rule refund: needs 2 of role:support-lead",
    "reason_code": None,
    "policy": {"version": 7, "rule": "refund"},
    "risk": "medium",
    "digest": "sha256:0",
    "check_id": "evt_1",
    "metadata": {"order": "A1"},
}


def test_every_field_of_a_check_has_a_name() -> None:
    result = CheckResult.parse({**ASKED, "expires_at": "2026-01-02T03:04:05Z"})
    assert {name: getattr(result, name) for name in ASKED} == ASKED
    assert result.expires_at is not None and result.expires_at.year == 2026


def test_every_field_of_an_approval_has_a_name() -> None:
    approval = {
        **{"id": "apr_1", "status": "pending", "agent_id": "bot", "action": "a.b", "digest": "sha256:0", "version": 3},
        **{"display": {"why": "x"}, "risk": "low", "requester": "a@x.example", "on_behalf_of": None},
        **{"policy": {"version": 1, "rule": None}, "warnings": ["delivery_failed"], "metadata": {"m": 1}},
        **{"levels": [{"name": "team"}], "votes": [{"id": "vot_1"}], "deliveries": [{"id": "dlv_1"}]},
        **{"reason_code": None, "context": {"n": 1}, "decided_by": None, "comment": None, "grant": None},
    }
    parsed = Approval.parse(approval)
    assert {name: getattr(parsed, name) for name in approval} == approval


@pytest.mark.parametrize(("wait", "asked_for"), [(True, 3600), (5, 5), (0, 0), (False, None), (None, None)])
def test_execute_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch, wait: Any, asked_for: Any) -> None:
    guard = AgentWarden(api_key="aw_test", base_url="http://127.0.0.1:9")
    waited: list[float] = []

    def outcome(approval_id: str, timeout: float) -> Any:
        waited.append(timeout)
        return SimpleNamespace(id=approval_id, pending=True)

    monkeypatch.setattr(guard, "check", lambda *args, **kwargs: CheckResult.parse(ASKED))
    monkeypatch.setattr(guard, "log", lambda *args, **kwargs: None)
    monkeypatch.setattr(guard, "wait_for_outcome", outcome)
    with pytest.raises(ApprovalRequiredError) as caught:
        guard.execute("bot", "a.b", lambda: pytest.fail("ran"), wait=wait)
    assert waited == ([] if asked_for is None else [asked_for])
    assert caught.value.code is None


#: The names in the published client's module ``exceptions``.
PUBLISHED = ["APIError", "AgentNotFoundError", "AgentWardenError", "ApprovalRequiredError"]
PUBLISHED += ["AuthenticationError", "PermissionDeniedError"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_clients_imports_work(name: str) -> None:
    assert getattr(exceptions, name) is getattr(agentwarden, name)
