"""Waiting for people, on a server that is slow, away or wrong."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest
from faulty_server import YES, Server, answer, drop

from agentwarden import AgentWarden, APIError, errors

pytestmark = pytest.mark.usefixtures("pauses")

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
    monkeypatch.setattr("agentwarden.client._PAUSE_S", 0.01)

    def reply(handler: BaseHTTPRequestHandler, nth: int) -> None:
        if nth in (1, 4):
            drop(handler)
        elif nth == 2:
            answer(handler, 503, {"code": "unavailable"})
        elif nth == 3:
            answer(handler, 502, b"<html>502 Bad Gateway</html>")
        elif nth == 5:
            answer(handler, 200, b'{"id": "apr_1", "sta')
        elif nth == 6:
            answer(handler, 200, {})
        elif nth < 8:
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


def test_an_answer_that_is_not_held_back_is_not_asked_for_without_end(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 200, APPROVAL)
    began = time.monotonic()
    assert guard.wait_for_approval("apr_1", timeout=2.2) is False
    assert time.monotonic() - began >= 2.2 and len(faulty.requests) <= 4  # at 0, 1, 2 and 2.2 seconds


def test_waiting_has_no_end_where_none_is_wanted(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 200, {**APPROVAL, "status": "approved"})
    assert guard.wait_for_approval("apr_1", timeout=float("inf")) is True


def test_however_many_wait_a_check_is_answered(faulty: Server, guard: AgentWarden) -> None:
    ended = threading.Event()

    def reply(handler: BaseHTTPRequestHandler, nth: int) -> None:
        if handler.path == "/sdk/check":
            answer(handler, 200, YES)
        elif ended.wait(20):
            answer(handler, 200, {**APPROVAL, "status": "approved"})

    faulty.reply = reply
    waiting = [threading.Thread(target=guard.wait_for_approval, args=("apr_1",)) for _ in range(110)]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + 15
    while len(faulty.requests) < len(waiting):
        assert time.monotonic() < deadline, "some wait for a connection"
        time.sleep(0.01)
    assert guard.check("bot", "a.b")
    ended.set()
    for thread in waiting:
        thread.join()


def test_waiting_for_what_is_not_ours_raises_at_once(faulty: Server, guard: AgentWarden) -> None:
    faulty.reply = lambda h, n: answer(h, 404, {"code": "not_found"})
    with pytest.raises(errors.BY_CODE["not_found"]):
        guard.wait_for_approval("apr_1", timeout=20)
    assert len(faulty.requests) == 1


def test_waiting_without_any_answer_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    with AgentWarden(api_key="aw_test", base_url="http://127.0.0.1:9", timeout=0.5) as client, pytest.raises(APIError):
        client.wait_for_approval("apr_1", timeout=0.05)
