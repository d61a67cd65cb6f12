"""Fixtures for the tests of the client against a faulty server."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from faulty_server import Server

from agentwarden import AgentWarden
from agentwarden import transport as transport_module


@pytest.fixture
def faulty() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds before each retry. Nothing waits: the transport's clock advances by these pauses alone."""
    slept: list[float] = []
    monkeypatch.setattr(transport_module, "time", SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept)))
    return slept


@pytest.fixture
def guard(faulty: Server) -> Iterator[AgentWarden]:
    with AgentWarden(api_key="aw_test", base_url=faulty.url, timeout=2) as client:
        yield client
