"""Refunds by size: `python refund.py 40 400 4000`."""

import os
import sys
from functools import partial

from agentwarden import AgentWarden, PermissionDeniedError


def refund(amount: float) -> str:
    return f"refunded {amount:.2f}"  # call the payment provider here


with AgentWarden() as guard:
    for amount in map(float, sys.argv[1:]):
        context = {"amount": amount, "currency": "EUR", "customer": "cus_42"}
        try:
            # If people must approve, waits up to an hour, consumes their approval, runs once, and logs it.
            print(guard.execute(os.environ["AGENT"], "stripe.refund", partial(refund, amount), context, wait=3600))
        except PermissionDeniedError as no:
            print(f"not refunded {amount:.2f}: {no.reason}")
