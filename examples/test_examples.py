"""Runs every example against the running product, with people who decide while it waits."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_server import Person, Running

FOLDER = Path(__file__).parent
LIMIT_S = 60


class Example:
    """One example folder, its policy in force, and an agent of its own."""

    def __init__(self, running: Running, folder: str) -> None:
        self.running = running
        self.folder = FOLDER / folder
        running.publish((self.folder / "policy.yaml").read_text())
        self.agent = running.agent(folder.replace("_", "-"))
        self.environment = {
            **os.environ,
            "AGENTWARDEN_URL": running.url,
            "AGENTWARDEN_API_KEY": running.info["agent_key"],
            "AGENT": self.agent,
        }

    def start(self, program: str, *args: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(self.folder / program), *args]
        return subprocess.Popen(command, env={**self.environment, **environment}, stdout=subprocess.PIPE, text=True)

    def run(self, program: str, *args: str) -> list[str]:
        return finish(self.start(program, *args))

    def next_pending(self, known: set[str]) -> dict[str, Any]:
        """The next pending approval of this agent that is not in ``known``."""
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            items = self.running.call("GET", f"/approvals?status=pending&agent_id={self.agent}")["items"]
            for item in items:
                if item["id"] not in known:
                    known.add(item["id"])
                    return dict(item)
        raise AssertionError("no approval appeared")


def finish(process: subprocess.Popen[str]) -> list[str]:
    out, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    return out.splitlines()


def test_tiered_refunds(running: Running) -> None:
    example = Example(running, "tiered_refunds")
    lead, finance = running.person("Lena", "support-lead"), running.person("Finn", "finance")
    known: set[str] = set()
    program = example.start("refund.py", "40", "400", "4000", "500", "-1")
    middle = example.next_pending(known)
    running.decide(middle["id"], "approve", by=lead)
    large = example.next_pending(known)
    running.decide(large["id"], "approve", by=lead)
    assert running.call("GET", f"/approvals/{large['id']}")["status"] == "pending", "finance must look as well"
    running.decide(large["id"], "approve", by=finance)
    refused = example.next_pending(known)
    running.decide(refused["id"], "deny", "a duplicate", by=lead)
    assert finish(program) == [
        "refunded 40.00",
        "refunded 400.00",
        "refunded 4000.00",
        "not refunded 500.00: a duplicate",
        "not refunded -1.00: Guardrail no-free-money: A refund has a positive amount",
    ]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def deployment(running: Running, port: int) -> Iterator[tuple[Example, subprocess.Popen[str]]]:
    """The deployment example, with its receiver registered and listening."""
    example = Example(running, "production_deploy")
    endpoint = running.call(
        "POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/agentwarden", "agents": [example.agent]}
    )
    receiver = example.start("receiver.py", WEBHOOK_SECRET=endpoint["secret"], PORT=str(port))
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            assert (
                httpx.post(f"http://127.0.0.1:{port}/agentwarden", content=b"{}").status_code == 400
            )  # unsigned: refused
            break
        except httpx.ConnectError:
            assert time.monotonic() < deadline, "the receiver did not start"
    yield example, receiver
    receiver.terminate()
    receiver.wait(10)
    running.call("DELETE", f"/webhooks/{endpoint['id']}")


def test_production_deploy(running: Running, deployment: tuple[Example, subprocess.Popen[str]]) -> None:
    example, receiver = deployment
    platform, security = running.person("Pia", "platform"), running.person("Sam", "security")
    (first,) = example.run("deploy.py", "v2.1.0", "OPS-7")
    (again,) = example.run("deploy.py", "v2.1.0", "OPS-7")
    assert first == again and first.startswith("require_approval http")
    approval = example.next_pending(set())
    running.decide(approval["id"], "approve", by=platform)
    running.decide(approval["id"], "approve", by=security)
    assert receiver.stdout is not None
    told = [line.strip() for _, line in zip(range(2), filter(is_ours, receiver.stdout), strict=False)]
    assert told == [f"deploying v2.1.0 for {approval['id']}", "approval.approved ran=True"]


def is_ours(line: str) -> bool:
    """A line of the receiver itself, not of Flask."""
    return line.startswith(("deploying", "approval."))


def test_content_moderation(running: Running) -> None:
    example = Example(running, "content_moderation")
    moderator: Person = running.person("Mo", "moderator")
    known: set[str] = set()
    program = example.start("moderate.py", "0.05", "0.5", "0.6", "0.95")
    running.decide(example.next_pending(known)["id"], "approve", by=moderator)
    unsure = example.next_pending(known)
    silent = moderator.api.post(
        f"/api/approvals/{unsure['id']}/votes", json={"decision": "deny", "digest": unsure["digest"]}
    )
    assert (silent.status_code, silent.json()["code"]) == (422, "comment_required")
    running.decide(unsure["id"], "deny", "names a private person", by=moderator)
    assert finish(program) == [
        "published 1",
        "published 2",
        "kept back 3: names a private person",
        "kept back 4: Rule surely-not: The classifier is sure that this breaks the rules",
    ]


@pytest.mark.parametrize(
    "amount, lifetime_value, decision",
    [
        ("100", None, "allow"),
        ("101", None, "require_approval"),
        ("500", "10001", "allow"),
        ("500", "9999", "require_approval"),
        ("501", "10001", "require_approval"),
    ],
)
def test_customer_limits(running: Running, amount: str, lifetime_value: str | None, decision: str) -> None:
    example = Example(running, "customer_limits")
    assert example.run("credit.py", amount, *([lifetime_value] if lifetime_value else [])) == [decision]
