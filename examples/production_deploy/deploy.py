"""Asks for a production deployment and exits: `python deploy.py v2.1.0 OPS-7`. receiver.py deploys once people approved."""

import os
import sys

from agentwarden import AgentWarden

version, ticket = sys.argv[1:3]
with AgentWarden() as guard:
    result = guard.check(
        os.environ["AGENT"],
        "deploy.production",
        {"version": version, "ticket": ticket, "environment": "production"},
        display={"summary": "Routine release, tests are green"},
        idempotency_key=f"deploy-{version}",  # a second run gets the same approval, and nobody is asked twice
    )
print(result.decision, result.approval_url or result.reason)
