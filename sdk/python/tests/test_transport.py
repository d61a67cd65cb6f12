"""The client against a small real HTTP server that misbehaves on purpose."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable, Optional

import httpx
import pytest
from faulty_server import YES, Server, answer, drop

from agentwarden import AgentWarden, APIError, AuthenticationError, PermissionDeniedError, digest_of, errors
from agentwarden import transport as transport_module

pytestmark = pytest.mark.usefixtures("pauses")


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


NO_ANSWERS = [b"", b"null", b"[]", b'"allow"', b"{}", b"<html>", b'{"decision": "allow"}', b"\xff", b"[" * 100_000]


@pytest.mark.parametrize("body", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
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


def test_the_server_says_when_it_is_asked_again(faulty: Server, guard: AgentWarden, pauses: list[float]) -> None:
    def reply(handler: BaseHTTPRequestHandler, nth: int) -> None:
        if nth == 1:
            answer(handler, 429, {"code": "rate_limited"}, {"Retry-After": "3"})
        elif nth == 2:
            answer(handler, 409, {"code": "in_progress"}, {"Retry-After": "1"})  # an attempt whose answer was lost
        else:
            answer(handler, 200, YES)

    faulty.reply = reply
    assert guard.check("bot", "a.b")
    assert pauses == [3, 1]


def test_a_server_that_wants_to_be_left_alone_for_long_is(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 429, {"code": "rate_limited"}, {"Retry-After": "60"})
    with pytest.raises(errors.RateLimited) as caught:
        guard.check("bot", "a.b")
    assert (caught.value.retry_after_s, len(faulty.requests)) == (60, 1)


@pytest.mark.parametrize(
    "problem", [b"<html>502 Bad Gateway</html>", b'{"errors": 5}', b'{"errors": ["x"], "code": ["y"]}', b""]
)
def test_a_refusal_in_a_strange_body_is_an_api_error(faulty: Server, guard: AgentWarden, problem: bytes) -> None:
    faulty.reply = lambda h, n: answer(h, 418, problem)
    with pytest.raises(APIError) as caught:
        guard.check("bot", "a.b")
    assert caught.value.status == 418


def test_each_fault_is_told_once(faulty: Server, guard: AgentWarden) -> None:
    faults = [{"path": "ttl", "message": "is odd"}, {"path": "action", "message": "is not an action"}]
    problem = {"code": "invalid_request", "detail": "Not valid: ttl: is odd.", "errors": faults}
    faulty.reply = lambda h, n: answer(h, 400, problem)
    with pytest.raises(errors.InvalidRequest) as caught:
        guard.check("bot", "a.b")
    assert str(caught.value) == "Not valid: ttl: is odd. (action: is not an action)"


def test_retries_end_and_the_last_problem_is_raised(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 503, {"code": "unavailable", "detail": "Postgres is away"})
    with pytest.raises(errors.BY_CODE["unavailable"], match="Postgres is away"):
        guard.check("bot", "a.b")
    assert len(faulty.requests) == 5


def test_nobody_listening_raises_and_never_allows(pauses: list[float]) -> None:
    with AgentWarden(api_key="aw_test", base_url="http://127.0.0.1:9", timeout=0.5) as client, pytest.raises(APIError):
        client.check("bot", "a.b")
    assert sum(pauses) == pytest.approx(10)


def away_for(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Nothing listens until the pauses add up to ``seconds``."""
    send = httpx.Client.send

    def refused(client: httpx.Client, request: httpx.Request) -> httpx.Response:
        if transport_module.time.monotonic() < seconds:
            raise httpx.ConnectError("Connection refused")
        return send(client, request)

    monkeypatch.setattr(httpx.Client, "send", refused)


ASKED: list[Callable[[AgentWarden], object]] = [
    lambda guard: guard.check("bot", "a.b"),
    lambda guard: guard.consume("apr_1", {}, use_id="u"),
    lambda guard: guard.cancel("apr_1"),
    lambda guard: guard.log("bot", "a.b", "success"),
]


@pytest.mark.parametrize("ask", ASKED, ids=["check", "consume", "cancel", "log"])
def test_a_server_that_is_started_again_is_waited_for(
    faulty: Server, guard: AgentWarden, monkeypatch: pytest.MonkeyPatch, ask: Callable[[AgentWarden], object]
) -> None:
    away_for(monkeypatch, 8)
    faulty.reply = lambda h, n: answer(h, 409, {"code": "already_decided"})
    with pytest.raises(errors.BY_CODE["already_decided"]):
        ask(guard)
    assert len(faulty.requests) == 1


def test_who_comes_back_and_is_not_ready_is_asked_as_often_as_anybody(
    faulty: Server, guard: AgentWarden, monkeypatch: pytest.MonkeyPatch
) -> None:
    away_for(monkeypatch, 4)
    faulty.reply = lambda h, n: answer(h, 503, {}, {"Retry-After": "1"}) if n < 5 else answer(h, 200, YES)
    assert guard.check("bot", "a.b")


@pytest.mark.parametrize("code", sorted(set(errors.BY_CODE) - {"in_progress"}))
def test_each_code_is_a_class(faulty: Server, guard: AgentWarden, code: str) -> None:
    problem = {"code": code, "title": "t", "detail": "what happened", "fix": "do this", "request_id": "r1"}
    faulty.reply = lambda h, n: answer(h, 409, problem)
    with pytest.raises(errors.BY_CODE[code]) as caught:
        guard.check("bot", "a.b")
    assert (caught.value.code, caught.value.fix, caught.value.request_id) == (code, "do this", "r1")
    assert "what happened" in str(caught.value) and len(faulty.requests) == 1


CIRCLE: dict[str, Any] = {}
CIRCLE["c"] = CIRCLE
NOT_JSON: list[tuple[Any, str]] = [
    ({"price": Decimal("1.10")}, "context.price is a Decimal"),
    ({"at": datetime(2026, 1, 1, tzinfo=timezone.utc)}, "context.at is a datetime"),
    ({"list": [{"n": float("nan")}]}, "context.list.0.n is nan"),
    ({"n": 1e400}, "context.n is inf"),
    ({"raw": b"x"}, "context.raw is a bytes"),
    ({"n": 2**53}, "context.n is an integer beyond"),
    ({"n": {1: "a", "1": "b"}}, "context.n has the key 1"),
    ({"text": "\ud800"}, "context.text contains half of a character"),
    ({"set": {1}}, "context.set is a set"),
    (CIRCLE, "context is nested too deeply"),
    ([], "context must be a dict, not list"),
    ("text", "context must be a dict, not str"),
]


@pytest.mark.parametrize(("bad", "told"), NOT_JSON, ids=[told for _, told in NOT_JSON])
def test_a_context_that_json_cannot_carry_is_refused_before_it_is_sent(
    faulty: Server, guard: AgentWarden, bad: Any, told: str
) -> None:
    calls = [
        lambda: guard.check("bot", "a.b", bad),
        lambda: guard.consume("apr_1", bad),
        lambda: guard.log("bot", "a.b", "success", bad),
        lambda: guard.execute("bot", "a.b", lambda: pytest.fail("ran"), bad),
        lambda: digest_of("bot", "a.b", bad),
    ]
    for call in calls:
        with pytest.raises(errors.InvalidRequest, match=f"^{told}.*Nothing was sent"):
            call()
    assert faulty.requests == []


def test_a_context_within_the_limits_is_so_in_every_script(faulty: Server, guard: AgentWarden) -> None:
    guard.check("bot", "a.b", {"text": "доставка" * 8_000})  # 125 kB of the 128 kB that a context may have
    assert int(faulty.requests[0][1]["Content-Length"]) < 256 * 1024


def test_a_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTWARDEN_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match="AGENTWARDEN_API_KEY"):
        AgentWarden()


@pytest.mark.parametrize("key", ["aw_секрет", "aw_secret\nX-Other: 1", "\n"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        AgentWarden(api_key=key)
    assert "aw_" not in str(caught.value)


def test_a_key_from_a_file_may_end_its_line(faulty: Server) -> None:
    with AgentWarden(api_key="aw_file\n", base_url=f"{faulty.url}/") as client:
        client.check("bot", "a.b")
    assert (faulty.requests[0][0], faulty.requests[0][1]["X-API-Key"]) == ("/sdk/check", "aw_file")


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://x:port"])
def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        AgentWarden(api_key="aw_test", base_url=url)


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


@pytest.mark.parametrize("lose", [drop, lambda h: answer(h, 502, b"<html>"), lambda h: answer(h, 504, b"")])
def test_a_log_whose_answer_was_lost_is_not_sent_twice(faulty: Server, guard: AgentWarden, lose: Any) -> None:
    faulty.reply = lambda h, n: lose(h)
    with pytest.raises(APIError):
        guard.log("bot", "a.b", "success")
    assert len(faulty.requests) == 1


LOGGED = {"id": "evt_1", "agent_id": "bot", "organization_id": "org_default", "action": "a.b", "status": "success"}


def test_a_log_that_the_server_refused_undone_is_sent_again(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 503, {"code": "unavailable"}) if n == 1 else answer(h, 201, LOGGED)
    assert guard.log("bot", "a.b", "success").id == "evt_1"


def test_what_ran_is_told_though_its_log_entry_is_lost(
    faulty: Server, guard: AgentWarden, caplog: pytest.LogCaptureFixture
) -> None:
    faulty.reply = lambda h, n: answer(h, 200, YES) if h.path == "/sdk/check" else drop(h)
    assert guard.execute("bot", "a.b", lambda: "ran") == "ran"
    with pytest.raises(ZeroDivisionError):
        guard.execute("bot", "a.b", lambda: 1 / 0)
    assert ["success" in caplog.text, "failed" in caplog.text] == [True, True]


def test_a_block_is_told_though_its_log_entry_is_lost(faulty: Server, guard: AgentWarden) -> None:
    no = {**YES, "decision": "deny", "allowed": False, "reason": "because"}
    faulty.reply = lambda h, n: answer(h, 200, no) if h.path == "/sdk/check" else drop(h)
    with pytest.raises(PermissionDeniedError, match="because"):
        guard.execute("bot", "a.b", lambda: pytest.fail("ran"))


def test_the_context_that_is_logged_is_the_one_that_was_checked(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 200, YES) if h.path == "/sdk/check" else answer(h, 201, LOGGED)
    context: dict[str, Any] = {"items": [1]}
    guard.execute("bot", "a.b", lambda: context["items"].append(2), context)
    assert [body["context"] for _, _, body in faulty.requests] == [{"items": [1]}, {"items": [1]}]


def test_no_approval_is_a_mistake(guard: AgentWarden) -> None:
    for method in (guard.wait_for_approval, guard.get_approval, guard.get_approval_status, guard.cancel, guard.consume):
        with pytest.raises(ValueError, match="approval_id"):
            method(None)


def test_a_digest_in_place_of_the_context_and_not_beside_it(guard: AgentWarden) -> None:
    with pytest.raises(ValueError, match="digest"):
        guard.consume("apr_1", {"n": 1}, digest="sha256:00")
