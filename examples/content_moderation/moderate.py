"""Publishes posts by their toxicity score: `python moderate.py 0.05 0.5 0.95`."""

import os
import sys
from functools import partial

from agentwarden import AgentWarden, PermissionDeniedError


def publish(number: int) -> str:
    return f"published {number}"  # publish the post here


with AgentWarden() as guard:
    for number, toxicity in enumerate(map(float, sys.argv[1:]), start=1):
        post = {"post": number, "author": "user_7", "text": f"The text of post {number}", "toxicity": toxicity}
        try:
            print(guard.execute(os.environ["AGENT"], "post.publish", partial(publish, number), post, wait=600))
        except PermissionDeniedError as no:
            print(f"kept back {number}: {no.reason}")
