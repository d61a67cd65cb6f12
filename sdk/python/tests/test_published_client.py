"""The client that is published on PyPI as agentwarden 0.1.2 works unchanged: it runs in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from running_server import Running

PROGRAM = """
import json, os, agentwarden
from agentwarden import *
guard = AgentWarden(api_key=os.environ["KEY"], base_url=os.environ["URL"])
agent, out = os.environ["AGENT"], {"version": agentwarden.__version__}
def name(run):
    try: return run()
    except Exception as error: return type(error).__name__
for verb in ("read", "write", "drop"):
    result = guard.check(agent, "notes." + verb, {"n": 1})
    out[verb] = [bool(result), result.allowed, result.requires_approval]
out["told_why"] = all(guard.check(agent, "notes." + verb).reason for verb in ("write", "drop"))
out["no_context"] = guard.check(agent, "notes.read").allowed
out["log"] = [guard.log(agent, "notes.read", "success", {"n": 1}).organization_id, guard.log(agent, "notes.read", "failed").status]
out["execute"] = {verb: name(lambda: guard.execute(agent, "notes." + verb, lambda: "ran", {"n": 1})) for verb in ("read", "write", "drop")}
out["raising"] = name(lambda: guard.execute(agent, "notes.read", lambda: 1 / 0))
out["wrong_key"] = name(lambda: AgentWarden(api_key="aw_wrong", base_url=os.environ["URL"]).check(agent, "notes.read"))
out["unknown_agent"] = name(lambda: guard.check("nobody", "notes.read"))
print(json.dumps(out))
"""


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the published package and without ours."""
    folder = tmp_path_factory.mktemp("published")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "agentwarden==0.1.2"], check=True)
    return python


def test_the_published_client_works_unchanged(running: Running, published: Path) -> None:
    agent = running.agent("published-bot")
    for action, requires_approval in (("notes.read", False), ("notes.write", True)):
        running.call("POST", f"/agents/{agent}/permissions", {"action": action, "requires_approval": requires_approval})
    environment = {**os.environ, "KEY": running.info["agent_key"], "URL": running.url, "AGENT": agent}
    done = subprocess.run([str(published), "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    out: dict[str, Any] = json.loads(done.stdout)
    assert out == {
        "version": "0.1.2",
        "read": [True, True, False],
        "write": [False, False, True],
        "drop": [False, False, False],
        "told_why": True,
        "no_context": True,
        "log": ["org_default", "failed"],
        "execute": {"read": "ran", "write": "ApprovalRequiredError", "drop": "PermissionDeniedError"},
        "raising": "ZeroDivisionError",
        "wrong_key": "AuthenticationError",
        "unknown_agent": "AgentNotFoundError",
    }
