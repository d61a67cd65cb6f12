"""The digest that binds a decision to the exact bytes that will run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Optional

import rfc8785

from agentwarden.plain import plain_object


def digest_of(agent_id: str, action: str, context: Optional[Mapping[str, Any]] = None) -> str:
    """Returns ``sha256:<hex>`` over the RFC 8785 canonical JSON of ``{agent_id, action, context}``.

    ``agent_id`` is the agent's id, not its name. Raises :class:`agentwarden.errors.InvalidRequest` for a value that JSON
    cannot carry exactly: NaN, infinities, integers beyond 2**53 - 1, keys that are not text, dates, decimals, bytes.
    """
    document: Any = {"agent_id": agent_id, "action": action, "context": plain_object(context, "context")}
    return "sha256:" + hashlib.sha256(rfc8785.dumps(document)).hexdigest()
