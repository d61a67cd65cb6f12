"""The client against a small real HTTP server that misbehaves on purpose."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Optional

import pytest

from agentwarden import AgentWarden, APIError, AuthenticationError, errors
from agentwarden import transport as transport_module

YES = {
    "decision": "allow",
    "allowed": True,
    "requires_approval": False,
    "approval_id": None,
    "reason": None,
    "status": None,
}
Reply = Callable[[BaseHTTPRequestHandler, int], None]


def answer(handler: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    raw = json.dumps(body).encode() if not isinstance(body, bytes) else body
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(raw)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(raw)


class Server:
    """Answers each request by ``reply(handler, nth)`` and remembers what came."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.reply: Reply = lambda h, n: answer(h, 200, YES)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None: ...

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.requests.append((self.path, dict(self.headers), json.loads(body) if body else None))
                outer.reply(self, len(outer.requests))

            do_GET = do_POST

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def faulty() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "_LONGEST_DELAY_S", 0.01)


@pytest.fixture
def guard(faulty: Server) -> Iterator[AgentWarden]:
    with AgentWarden(api_key="aw_test", base_url=faulty.url, timeout=2) as client:
        yield client


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()


def test_a_yes_is_truthy_and_carries_the_key(faulty: Server, guard: AgentWarden) -> None:
    assert guard.check("bot", "a.b", {"n": 1})
    path, headers, body = faulty.requests[0]
    assert (path, headers["X-API-Key"]) == ("/sdk/check", "aw_test")
    assert body == {"agent_id": "bot", "action": "a.b", "context": {"n": 1}}


@pytest.mark.parametrize(
    "lie",
    [
        {**YES, "allowed": "yes"},
        {**YES, "allowed": 1},
        {**YES, "decision": "deny"},
        {**YES, "decision": "require_approval", "requires_approval": True, "approval_id": "apr_1"},
        {**YES, "requires_approval": True},
        {**YES, "allowed": False},
    ],
)
def test_anything_but_a_whole_yes_is_falsy(faulty: Server, guard: AgentWarden, lie: Any) -> None:
    faulty.reply = lambda h, n: answer(h, 200, lie)
    assert not guard.check("bot", "a.b")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"allow"', b"{}", b"<html>", b'{"decision": "allow"}'])
def test_an_answer_that_is_none_raises(faulty: Server, guard: AgentWarden, body: bytes) -> None:
    faulty.reply = lambda h, n: answer(h, 200, body)
    with pytest.raises(APIError):
        guard.check("bot", "a.b")


def test_lost_connections_and_503_are_retried_with_one_idempotency_key(faulty: Server, guard: AgentWarden) -> None:
    def reply(handler: BaseHTTPRequestHandler, nth: int) -> None:
        if nth == 1:
            drop(handler)
        elif nth == 2:
            answer(handler, 503, {"code": "unavailable"}, {"Retry-After": "1"})
        else:
            answer(handler, 200, YES)

    faulty.reply = reply
    assert guard.check("bot", "a.b")
    keys = {headers["Idempotency-Key"] for _, headers, _ in faulty.requests}
    assert len(faulty.requests) == 3 and len(keys) == 1


def test_two_checks_have_two_idempotency_keys(faulty: Server, guard: AgentWarden) -> None:
    guard.check("bot", "a.b")
    guard.check("bot", "a.b")
    assert len({headers["Idempotency-Key"] for _, headers, _ in faulty.requests}) == 2


def test_retries_end_and_the_last_problem_is_raised(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 503, {"code": "unavailable", "detail": "Postgres is away"})
    with pytest.raises(errors.BY_CODE["unavailable"], match="Postgres is away"):
        guard.check("bot", "a.b")
    assert len(faulty.requests) == 5


def test_nobody_listening_raises_and_never_allows() -> None:
    with AgentWarden(api_key="aw_test", base_url="http://127.0.0.1:9", timeout=0.5) as client, pytest.raises(APIError):
        client.check("bot", "a.b")


@pytest.mark.parametrize("code", sorted(errors.BY_CODE))
def test_each_code_is_a_class(faulty: Server, guard: AgentWarden, code: str) -> None:
    problem = {"code": code, "title": "t", "detail": "what happened", "fix": "do this", "request_id": "r1"}
    faulty.reply = lambda h, n: answer(h, 409, problem)
    with pytest.raises(errors.BY_CODE[code]) as caught:
        guard.check("bot", "a.b")
    assert (caught.value.code, caught.value.fix, caught.value.request_id) == (code, "do this", "r1")
    assert "what happened" in str(caught.value) and len(faulty.requests) == 1


def test_a_context_that_json_cannot_carry_is_refused_before_it_is_sent(faulty: Server, guard: AgentWarden) -> None:
    for bad in ({"n": float("nan")}, {"o": object()}):
        with pytest.raises(APIError, match="nothing was sent"):
            guard.check("bot", "a.b", bad)
    assert faulty.requests == []


def test_a_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTWARDEN_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match="AGENTWARDEN_API_KEY"):
        AgentWarden()


def test_key_and_url_come_from_the_environment(faulty: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTWARDEN_API_KEY", "aw_env")
    monkeypatch.setenv("AGENTWARDEN_URL", faulty.url)
    with AgentWarden() as client:
        client.check("bot", "a.b")
    assert faulty.requests[0][1]["X-API-Key"] == "aw_env"


def consumed(handler: BaseHTTPRequestHandler, *, replayed: bool, by: Optional[str] = None) -> None:
    body = {"approval_id": "apr_1", "consumed_at": "2026-01-02T03:04:05.678Z", "use_id": "u", "digest": "sha256:00"}
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    answer(handler, 200, body, headers if by is None else {**headers, "Consumed-By": by})


def test_a_replayed_consume_says_so(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: consumed(h, replayed=True)
    assert guard.consume("apr_1", {}, use_id="u").replayed is True


def test_a_replay_of_our_own_lost_attempt_is_not_a_replay(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: drop(h) if n == 1 else consumed(h, replayed=True)
    assert guard.consume("apr_1", {}, use_id="u").replayed is False


@pytest.mark.parametrize(("by", "replayed"), [("this-call", False), ("another-call", True)])
def test_after_a_lost_attempt_the_server_tells_whose_replay_it_is(
    faulty: Server, guard: AgentWarden, by: str, replayed: bool
) -> None:
    faulty.reply = lambda h, n: answer(h, 503, {}) if n == 1 else consumed(h, replayed=True, by=by)
    assert guard.consume("apr_1", {}, use_id="u").replayed is replayed
    guard.consume("apr_1", {}, use_id="u")
    keys = [headers["Idempotency-Key"] for _, headers, _ in faulty.requests]
    assert keys[0] == keys[1] != keys[2]


def test_a_replay_after_a_rate_limit_is_somebody_elses(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 429, {"code": "rate_limited"}) if n == 1 else consumed(h, replayed=True)
    assert guard.consume("apr_1", {}, use_id="u").replayed is True


def test_a_log_whose_answer_was_lost_is_not_sent_twice(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: drop(h)
    with pytest.raises(APIError):
        guard.log("bot", "a.b", "success")
    assert len(faulty.requests) == 1


APPROVAL = {
    "id": "apr_1",
    "status": "pending",
    "agent_id": "bot",
    "action": "a.b",
    "context": {},
    "digest": "sha256:00",
}


def test_waiting_survives_lost_connections_and_an_absent_server(
    faulty: Server, guard: AgentWarden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentwarden.client._PAUSE_AFTER_LOST_CONNECTION_S", 0.01)

    def reply(handler: BaseHTTPRequestHandler, nth: int) -> None:
        if nth in (1, 4):
            drop(handler)
        elif nth == 2:
            answer(handler, 503, {"code": "unavailable"})
        elif nth < 6:
            answer(handler, 200, APPROVAL)
        else:
            answer(handler, 200, {**APPROVAL, "status": "approved"})

    faulty.reply = reply
    assert guard.wait_for_approval("apr_1", timeout=20) is True


@pytest.mark.parametrize("status", ["denied", "expired", "cancelled"])
def test_only_approved_is_true(faulty: Server, guard: AgentWarden, status: str) -> None:
    faulty.reply = lambda h, n: answer(h, 200, {**APPROVAL, "status": status})
    assert guard.wait_for_approval("apr_1", timeout=5) is False


def test_a_time_out_is_false_and_the_outcome_still_pending(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 200, APPROVAL)
    assert guard.wait_for_approval("apr_1", timeout=0.05) is False
    assert guard.wait_for_outcome("apr_1", timeout=0).status == "pending"


def test_waiting_for_what_is_not_ours_raises_at_once(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 404, {"code": "not_found"})
    with pytest.raises(errors.BY_CODE["not_found"]):
        guard.wait_for_approval("apr_1", timeout=20)
    assert len(faulty.requests) == 1


def test_waiting_without_any_answer_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    with AgentWarden(api_key="aw_test", base_url="http://127.0.0.1:9", timeout=0.5) as client, pytest.raises(APIError):
        client.wait_for_approval("apr_1", timeout=0.05)


def test_waiting_for_nothing_is_a_mistake(guard: AgentWarden) -> None:
    with pytest.raises(ValueError, match="approval_id"):
        guard.wait_for_approval(None)
