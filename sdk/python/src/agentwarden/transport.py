"""One HTTP exchange with retries: what may be sent again is sent again, and no answer is an error."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import httpx

from agentwarden.errors import APIError, error_from

#: Answers after which the same request may be sent again (with the same idempotency key).
_RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
_ATTEMPTS = 5
_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 5.0


@dataclass(frozen=True)
class Answer:
    """A 2xx answer. ``replayed``: the server says that it had answered this before, to a call other than this one."""

    data: Mapping[str, Any]
    replayed: bool


class Transport:
    """Sends JSON with the API key. Safe to share between threads."""

    def __init__(self, base_url: str, api_key: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"),
            headers={"X-API-Key": api_key, "User-Agent": "agentwarden-python/0.2.0"},
            timeout=timeout_s,
        )

    def close(self) -> None:
        self._client.close()

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: Optional[str] = None, repeatable: bool = True
    ) -> Answer:
        """POSTs ``body``. ``repeatable`` False: sent again only where the server surely did not act on it."""
        try:
            content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, ValueError) as fault:
            raise APIError(f"the request is not JSON, nothing was sent: {fault}") from fault
        headers = {"Content-Type": "application/json"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        return self._send("POST", path, content, headers, self._timeout_s, repeatable=repeatable)

    def get(self, path: str, *, read_timeout_s: Optional[float] = None, attempts: int = _ATTEMPTS) -> Answer:
        return self._send("GET", path, None, {}, read_timeout_s or self._timeout_s, attempts=attempts)

    def _send(
        self,
        method: str,
        path: str,
        content: Optional[bytes],
        headers: Mapping[str, str],
        timeout_s: float,
        *,
        repeatable: bool = True,
        attempts: int = _ATTEMPTS,
    ) -> Answer:
        lost = False  # an earlier attempt may have been acted on without our hearing of it: its replay is our own
        for attempt in range(1, attempts + 1):
            last = attempt == attempts
            try:
                response = self._client.request(
                    method,
                    path,
                    content=content,
                    headers=dict(headers),
                    timeout=httpx.Timeout(self._timeout_s, read=timeout_s),
                )
            except httpx.HTTPError as fault:
                if last or not (repeatable or isinstance(fault, httpx.ConnectError)):
                    raise APIError(
                        f"no answer from the server ({type(fault).__name__}: {fault}); nothing may be done"
                    ) from fault
                lost = lost or not isinstance(fault, httpx.ConnectError)
                time.sleep(_delay_s(attempt, None))
                continue
            if response.is_success:
                return Answer(_json_object(response), _replayed(response, lost))
            if last or response.status_code not in _RETRYABLE_STATUSES:
                raise error_from(response.status_code, _problem(response))
            lost = lost or response.status_code != 429
            time.sleep(_delay_s(attempt, response.headers.get("Retry-After")))
        raise AssertionError("unreachable: the last attempt returns or raises")


def _replayed(response: httpx.Response, lost: bool) -> bool:
    """Whether another call did it. After a lost attempt the server knows best which; one that does not say means ours."""
    replayed = response.headers.get("Idempotent-Replayed") == "true"
    return replayed and not (lost and response.headers.get("Consumed-By") != "another-call")


def _delay_s(attempt: int, retry_after: Optional[str]) -> float:
    """Seconds before the next attempt: what the server asked for, else doubling with jitter."""
    if retry_after is not None and retry_after.isdigit():
        return min(float(retry_after), _LONGEST_DELAY_S)
    return min(_FIRST_DELAY_S * float(2 ** (attempt - 1)), _LONGEST_DELAY_S) * random.uniform(0.5, 1.0)


def _json_object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        data = response.json()
    except ValueError as fault:
        raise APIError("the answer is not JSON; nothing may be done", status=response.status_code) from fault
    if not isinstance(data, dict):
        raise APIError("the answer is not a JSON object; nothing may be done", status=response.status_code)
    return data


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        data = response.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
