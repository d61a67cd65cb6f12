"""May the agent grant this credit by itself? `python credit.py AMOUNT [LIFETIME_VALUE]`."""

import os
import sys

from agentwarden import AgentWarden

context = {"amount": float(sys.argv[1])}
if len(sys.argv) > 2:
    context["customer_ltv"] = float(sys.argv[2])

with AgentWarden() as guard:
    result = guard.check(os.environ["AGENT"], "credit.grant", context)
    print(result.decision)
    if result.requires_approval:
        guard.cancel(result.approval_id, "only asking")
