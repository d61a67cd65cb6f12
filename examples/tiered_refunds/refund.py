"""Refunds by size: `python refund.py 40 400 4000`."""

import os
import sys
from functools import partial

from agentwarden import AgentWarden, PermissionDeniedError


def refund(amount: float) -> str:
    return f"refunded {amount:.2f}"  # here the payment provider would be called


with AgentWarden() as guard:
    for amount in map(float, sys.argv[1:]):
        context = {"amount": amount, "currency": "EUR", "customer": "cus_42"}
        try:
            # Waits up to an hour for people where they are needed, redeems their approval, runs once, logs it.
            print(guard.execute(os.environ["AGENT"], "stripe.refund", partial(refund, amount), context, wait=3600))
        except PermissionDeniedError as no:
            print(f"not refunded {amount:.2f}: {no.reason}")
