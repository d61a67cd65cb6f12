"""Starts the real product for pytest, once, with `npm start` in a scratch folder. Creates agents and people who decide."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Running:
    """The running product: the line that `npm start -- --json` printed, and its API as the admin."""

    info: dict[str, Any]
    api: httpx.Client

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Calls the API as the admin and returns the JSON. Raises with the text of a refusal."""
        response = self.api.request(method, f"/api{path}", json=body, headers=headers)
        if response.is_error:
            raise AssertionError(f"{method} {path}: {response.status_code} {response.text}")
        return response.json() if response.content else None

    def publish(self, document: str) -> None:
        """Publishes a policy (YAML)."""
        version = self.call("GET", "/policy")["version"]
        response = self.api.put(
            "/api/policy", content=document, headers={"Content-Type": "application/yaml", "If-Match": f'"{version}"'}
        )
        assert response.is_success, response.text

    def agent(self, name: str, *, owner: str | None = None) -> str:
        """Creates an agent whose name starts with ``name``. Returns its id."""
        body = {"id": f"{name}-{uuid.uuid4().hex[:6]}", "name": f"{name} {uuid.uuid4().hex[:6]}", "owner": owner}
        return str(self.call("POST", "/agents", {k: v for k, v in body.items() if v is not None})["id"])

    def person(self, name: str, *roles: str) -> Person:
        """Creates a person with these roles, signed in with a token from the CLI."""
        email = f"{name.lower()}-{uuid.uuid4().hex[:6]}@acme.example"
        user = self.call("POST", "/users", {"name": name, "emails": [email], "roles": list(roles)})
        environment = {**os.environ, "AGENTWARDEN_DATA_DIR": self.info["data_dir"]}
        command = ["node", "dist/cli/main.js", "token", email]
        token = subprocess.run(
            command, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()
        return Person(
            str(user["id"]), email, httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})
        )

    def decide(self, approval_id: str, decision: str, comment: str | None = None, by: Person | None = None) -> Any:
        """Votes as ``by``, or as the admin."""
        api = by.api if by else self.api
        approval = api.get(f"/api/approvals/{approval_id}").json()
        body = {"decision": decision, "digest": approval["digest"], "comment": comment}
        response = api.post(
            f"/api/approvals/{approval_id}/votes", json={k: v for k, v in body.items() if v is not None}
        )
        assert response.is_success, response.text
        return response.json()


@dataclass
class Person:
    id: str
    email: str
    api: httpx.Client


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    data = tempfile.mkdtemp(prefix="agentwarden-python-")
    os.chmod(data, 0o755)
    environment = {
        **os.environ,
        "PORT": "0",
        "AGENTWARDEN_DATA_DIR": f"{data}/state",
        "ADMIN_EMAIL": "admin@acme.example",
        "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
    }
    log = open(f"{data}/log", "w+")  # noqa: SIM115 - lives as long as the process
    process = subprocess.Popen(
        ["npm", "start", "--silent", "--", "--json"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = next((text for text in process.stdout if text.startswith("{")), None)
        if line is None:
            log.seek(0)
            raise AssertionError(f"npm start ended before it was ready:\n{log.read()[-4000:]}")
        info = json.loads(line)
        with httpx.Client(
            base_url=info["url"], headers={"Authorization": f"Bearer {info['user_token']}"}, timeout=30
        ) as api:
            yield Running(info, api)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()
        shutil.rmtree(data, ignore_errors=True)
