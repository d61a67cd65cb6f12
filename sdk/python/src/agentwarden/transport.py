"""Sends one request, and repeats it where that is safe. A missing answer is an error."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import httpx

from agentwarden._version import __version__
from agentwarden.errors import BY_CODE, APIError, AuthenticationError, InProgress

#: After these answers the same request may be sent again, with the same idempotency key.
_RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
#: Of these, the answers by which the server says that it did nothing. The others may come from a proxy, after the server acted.
_REFUSED_UNDONE = frozenset({429, 503})
#: The request was never sent, so the server cannot have acted on it.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_ATTEMPTS = 5
#: How long to try while nothing listens. A restart takes less; a wrong address is reported after it.
_AWAY_S = 10.0
_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 5.0


@dataclass(frozen=True)
class Answer:
    """A 2xx answer. ``replayed``: the server gave this answer before, to another call than this one."""

    data: Mapping[str, Any]
    replayed: bool
    status: int


class Transport:
    """Sends JSON with the API key and keeps connections open. Threads may share it."""

    def __init__(self, base_url: str, api_key: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._client = httpx.Client(
            base_url=_url(base_url),
            headers={"X-API-Key": _key(api_key), "User-Agent": f"agentwarden-python/{__version__}"},
            # Each thread that waits for people holds a connection. Without a limit, a check never queues behind them.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    def close(self) -> None:
        self._client.close()

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: Optional[str] = None, repeatable: bool = True
    ) -> Answer:
        """POSTs ``body``. With ``repeatable=False`` it is sent again only if the server cannot have acted on it."""
        content = json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        request = self._client.build_request("POST", path, content=content, headers=headers, timeout=self.timeout_s)
        return self._send(request, repeatable=repeatable)

    def get(self, path: str, *, held_s: float = 0, attempts: int = _ATTEMPTS) -> Answer:
        """GETs ``path``. The server may hold the request for ``held_s`` seconds before it answers."""
        timeout = httpx.Timeout(self.timeout_s, read=held_s + self.timeout_s)
        return self._send(self._client.build_request("GET", path, timeout=timeout), attempts=attempts)

    def _send(self, request: httpx.Request, *, repeatable: bool = True, attempts: int = _ATTEMPTS) -> Answer:
        lost = False  # the answer to an earlier attempt was lost; if the server acted on it, its replay is our own
        patience_s = _AWAY_S if attempts > 1 else 0.0
        away_since: Optional[float] = None
        for tried in itertools.count(1):
            asked_at = time.monotonic()
            try:
                response = self._client.send(request)
            except _NOT_SENT as fault:
                away_since = asked_at if away_since is None else away_since
                left_s = away_since + patience_s - time.monotonic()
                if left_s <= 0:
                    raise _no_answer(request, fault) from fault
                time.sleep(min(_delay_s(tried, None), left_s))
                continue
            except httpx.HTTPError as fault:
                attempts -= 1
                if attempts <= 0 or not repeatable:
                    raise _no_answer(request, fault) from fault
                lost = True
                time.sleep(_delay_s(tried, None))
                continue
            attempts -= 1
            if response.is_success:
                return Answer(_json_object(response), _replayed(response, lost), response.status_code)
            error = _error_from(response)
            delay_s = _delay_s(tried, error.retry_after_s)
            # Never sooner than the server asks. If it asks for longer than this, the caller hears of it at once.
            if attempts <= 0 or delay_s > _LONGEST_DELAY_S or not _may_retry(error, repeatable):
                raise error
            lost = lost or response.status_code != 429
            time.sleep(delay_s)
        raise AssertionError("unreachable: the last attempt returns or raises")


def _no_answer(request: httpx.Request, fault: httpx.HTTPError) -> APIError:
    return APIError(f"no answer to {request.method} {request.url} ({type(fault).__name__}: {fault})")


def _url(text: str) -> str:
    """Returns the address, or raises ``ValueError`` if no request can be sent to it."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as fault:
        raise ValueError(f"base_url {text!r} is not an address: {fault}") from fault
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"base_url {text!r} must be http:// or https:// and a host")
    return str(url).rstrip("/")


def _key(text: str) -> str:
    """Returns the key without surrounding white space, such as a file's line end. Raises without showing a malformed key."""
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise AuthenticationError("the API key is empty or has characters that no key has; pass it as it was shown")
    return key


def _may_retry(error: APIError, repeatable: bool) -> bool:
    if isinstance(error, InProgress):  # the server is still answering an earlier attempt of ours
        return True
    return error.status in (_RETRYABLE_STATUSES if repeatable else _REFUSED_UNDONE)


def _replayed(response: httpx.Response, lost: bool) -> bool:
    """Whether another call did it. After a lost attempt ``Consumed-By`` tells; without that header it was our own attempt."""
    replayed = response.headers.get("Idempotent-Replayed") == "true"
    return replayed and not (lost and response.headers.get("Consumed-By") != "another-call")


def _delay_s(tried: int, retry_after_s: Optional[float]) -> float:
    """Seconds before the next attempt: as the server asked, else doubling with jitter."""
    if retry_after_s is not None:
        return retry_after_s
    return min(_FIRST_DELAY_S * float(2 ** (tried - 1)), _LONGEST_DELAY_S) * random.uniform(0.5, 1.0)


def _json_object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        data = response.json()
    except (ValueError, RecursionError) as fault:
        raise APIError(f"the answer of {response.url} is not JSON", status=response.status_code) from fault
    if not isinstance(data, dict):
        raise APIError(f"the answer of {response.url} is not a JSON object", status=response.status_code)
    return data


def _error_from(response: httpx.Response) -> APIError:
    """The error of an answer that is not 2xx. An unknown code, or a proxy's page, gives a plain :class:`APIError`."""
    try:
        problem = _json_object(response)
    except APIError:
        problem = {}
    status = response.status_code
    code = problem.get("code") or ("unauthenticated" if status == 401 else None)
    detail = str(problem.get("detail") or problem.get("title") or f"{response.url} answered {status}")
    errors = problem.get("errors")
    listed = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    told = [f"{e.get('path')}: {e.get('message')}" for e in listed]
    faults = "; ".join(fault for fault in told if fault not in detail)
    message = " ".join(
        part for part in (detail, f"({faults})" if faults else "", str(problem.get("fix") or "")) if part
    )
    retry_after = response.headers.get("Retry-After", "")
    return BY_CODE.get(str(code), APIError)(
        message,
        status=status,
        problem=problem,
        retry_after_s=float(retry_after) if retry_after.isdecimal() else None,
    )
