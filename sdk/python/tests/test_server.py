"""The SDK against the running product."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from running_server import Running

from agentwarden import (
    AgentNotFoundError,
    AgentWarden,
    ApprovalRequiredError,
    AuthenticationError,
    PermissionDeniedError,
    WebhookEvent,
    digest_of,
    errors,
)


@pytest.fixture
def guard(running: Running) -> Iterator[AgentWarden]:
    with AgentWarden(api_key=running.info["agent_key"], base_url=running.url) as client:
        yield client


@pytest.fixture
def agent(running: Running) -> tuple[str, AgentWarden]:
    """A fresh agent that may do `notes.read`, must ask for `notes.write` and may do nothing else; and a key for it."""
    agent_id = running.agent("notes-bot")
    for action, requires_approval in (("notes.read", False), ("notes.write", True)):
        running.call(
            "POST", f"/agents/{agent_id}/permissions", {"action": action, "requires_approval": requires_approval}
        )
    key = running.call("POST", "/keys", {"name": "test", "agents": [agent_id]})["key"]
    return agent_id, AgentWarden(api_key=key, base_url=running.url)


def later(action: Any, *args: Any) -> threading.Thread:
    thread = threading.Thread(target=action, args=args)
    thread.start()
    return thread


def test_check_in_all_three_outcomes(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    read, write, drop = (guard.check(agent_id, f"notes.{verb}", {"note": 1}) for verb in ("read", "write", "drop"))
    assert (read.decision, write.decision, drop.decision) == ("allow", "require_approval", "deny")
    assert read and not write and not drop
    assert write.approval_id and write.digest == digest_of(agent_id, "notes.write", {"note": 1})
    assert drop.reason_code == "no_rule" and "permissions" in (drop.reason or "")


def test_the_same_idempotency_key_asks_once(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    first, second = (guard.check(agent_id, "notes.write", {"n": 1}, idempotency_key="job-1") for _ in range(2))
    assert first.approval_id == second.approval_id
    with pytest.raises(errors.IdempotencyMismatch):
        guard.check(agent_id, "notes.write", {"n": 2}, idempotency_key="job-1")


@pytest.mark.parametrize("decision, status, told", [("approve", "approved", True), ("deny", "denied", False)])
def test_waiting_learns_the_decision(
    running: Running, agent: tuple[str, AgentWarden], decision: str, status: str, told: bool
) -> None:
    agent_id, guard = agent
    approval_id = guard.check(agent_id, "notes.write").approval_id
    assert approval_id and guard.get_approval_status(approval_id) == "pending"
    thread = later(running.decide, approval_id, decision, "because")
    assert guard.wait_for_approval(approval_id, timeout=30) is told
    thread.join()
    approval = guard.get_approval(approval_id)
    assert (approval.status, approval.comment) == (status, "because")


def test_cancel_ends_it_and_again_answers_the_same(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    approval_id = guard.check(agent_id, "notes.write").approval_id
    assert approval_id
    first, second = guard.cancel(approval_id, "changed my mind"), guard.cancel(approval_id)
    assert (first.status, second.status) == ("cancelled", "cancelled")
    assert guard.wait_for_approval(approval_id) is False


def test_an_approval_expires(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    approval_id = guard.check(agent_id, "notes.write", ttl=1).approval_id
    assert guard.wait_for_outcome(approval_id, timeout=30).status == "expired"


def test_consume_redeems_once_and_only_the_approved_bytes(running: Running, agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    approval_id = guard.check(agent_id, "notes.write", {"n": 1}).approval_id
    assert approval_id
    with pytest.raises(errors.NotApproved):
        guard.consume(approval_id, {"n": 1})
    running.decide(approval_id, "approve")
    with pytest.raises(errors.DigestMismatch):
        guard.consume(approval_id, {"n": 2})
    assert guard.consume(approval_id, {"n": 1}, use_id="once").replayed is False
    assert guard.consume(approval_id, {"n": 1}, use_id="once").replayed is True
    with pytest.raises(errors.AlreadyConsumed):
        guard.consume(approval_id, {"n": 1})


def test_a_revoked_approval_cannot_be_consumed(running: Running, agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    approval_id = guard.check(agent_id, "notes.write").approval_id
    assert approval_id
    running.decide(approval_id, "approve")
    running.call("POST", f"/approvals/{approval_id}/revoke", {"reason": "wrong customer"})
    with pytest.raises(errors.GrantRevoked):
        guard.consume(approval_id)


def test_execute_runs_what_is_allowed_and_logs_it(running: Running, agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    assert guard.execute(agent_id, "notes.read", lambda: "the note", {"n": 1}) == "the note"
    logged = running.call("GET", "/audit?type=action.logged&limit=200")["items"]
    assert any(entry["agent_id"] == agent_id and entry["data"]["status"] == "success" for entry in logged)


def test_execute_waits_where_told_to_consumes_and_runs(running: Running, agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    seen: list[str] = []

    def approve_when_it_appears() -> None:
        while not (items := running.call("GET", f"/approvals?status=pending&agent_id={agent_id}")["items"]):
            pass
        seen.append(items[0]["id"])
        running.decide(items[0]["id"], "approve")

    thread = later(approve_when_it_appears)
    assert guard.execute(agent_id, "notes.write", lambda: 42, {"n": 1}, wait=30) == 42
    thread.join()
    grant = guard.get_approval(seen[0]).grant
    assert grant is not None and grant.state == "consumed"


def test_execute_without_waiting_says_that_approval_is_required(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    with pytest.raises(ApprovalRequiredError) as caught:
        guard.execute(agent_id, "notes.write", lambda: pytest.fail("ran"), {})
    assert guard.get_approval_status(caught.value.approval_id or "") == "pending"


def test_execute_never_runs_what_is_blocked(agent: tuple[str, AgentWarden]) -> None:
    agent_id, guard = agent
    with pytest.raises(PermissionDeniedError):
        guard.execute(agent_id, "notes.drop", lambda: pytest.fail("ran"), {})


def test_strangers_are_refused(running: Running, guard: AgentWarden, agent: tuple[str, AgentWarden]) -> None:
    with pytest.raises(AgentNotFoundError) as caught:
        guard.check("nobody", "notes.read")
    assert caught.value.agent_id == "nobody"
    with AgentWarden(api_key="aw_wrong", base_url=running.url) as stranger, pytest.raises(AuthenticationError):
        stranger.check("nobody", "notes.read")
    with pytest.raises(AgentNotFoundError):
        agent[1].check(running.info["agent_id"], "notes.read")  # the key is for one agent only


@pytest.fixture
def inbox() -> Iterator[tuple[str, list[tuple[bytes, dict[str, str]]], threading.Event]]:
    """A webhook receiver that keeps the webhooks."""
    kept: list[tuple[bytes, dict[str, str]]] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

        def do_POST(self) -> None:
            kept.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(204)
            self.end_headers()
            arrived.set()

    http = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_address[1]}/hook", kept, arrived
    http.shutdown()
    http.server_close()


def test_a_webhook_runs_the_action_at_most_once(
    running: Running,
    agent: tuple[str, AgentWarden],
    inbox: tuple[str, list[tuple[bytes, dict[str, str]]], threading.Event],
) -> None:
    agent_id, guard = agent
    url, kept, arrived = inbox
    endpoint = running.call("POST", "/webhooks", {"url": url, "agents": [agent_id]})
    approval_id = guard.check(agent_id, "notes.write", {"n": 7}).approval_id
    assert approval_id
    running.decide(approval_id, "approve")
    assert arrived.wait(20), "the webhook did not arrive"
    body, headers = kept[0]

    ran: list[WebhookEvent] = []
    first = guard.handle_webhook(body, headers, endpoint["secret"], lambda event: ran.append(event) or "done")
    again = guard.handle_webhook(body, headers, endpoint["secret"], lambda event: ran.append(event))
    assert (first.ran, first.value, again.ran) == (True, "done", False)
    assert [event.context for event in ran] == [{"n": 7}] and ran[0].approval_id == approval_id
    running.call("DELETE", f"/webhooks/{endpoint['id']}")
