"""A Flask receiver that deploys what people approved: once, and with the context that they saw.

Needs WEBHOOK_SECRET (from `POST /api/webhooks`), AGENTWARDEN_URL, AGENTWARDEN_API_KEY; listens on PORT.
"""

import os

from flask import Flask, request

from agentwarden import AgentWarden, WebhookEvent, WebhookVerificationError

app = Flask(__name__)
guard = AgentWarden()


def deploy(event: WebhookEvent) -> None:
    print(f"deploying {event.context['version']} for {event.approval_id}", flush=True)  # start the pipeline here


@app.post("/agentwarden")
def agentwarden() -> tuple[str, int]:
    try:
        result = guard.handle_webhook(request.get_data(), request.headers, os.environ["WEBHOOK_SECRET"], deploy)
    except WebhookVerificationError:
        return "not for us", 400
    print(f"{result.event.event} ran={result.ran}", flush=True)
    return "", 204


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
