"""Refuses values that JSON cannot carry exactly. People must decide on the same bytes that will run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Optional

from agentwarden.errors import InvalidRequest

_LARGEST_INTEGER = 2**53 - 1


def plain_object(value: Optional[Mapping[str, Any]], path: str) -> dict[str, Any]:
    """Returns a deep copy of ``value``, or an empty object for None.

    Raises :class:`InvalidRequest`, with the path, for a value that JSON cannot carry. Dates, decimals and bytes have no
    single form in JSON, so the caller chooses one with ``str(…)`` or ``float(…)``.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refused(path, f"must be a dict, not {type(value).__name__}")
    try:
        copy: dict[str, Any] = _plain(value, path)
    except RecursionError:
        raise _refused(path, "is nested too deeply, or holds itself") from None
    return copy


def _plain(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise _refused(path, "is an integer beyond 2**53 - 1, which loses digits; send it as text")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refused(path, f"is {value}, which is no number in JSON")
        return float(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise _refused(path, f"has the key {key!r}, which is not text")
        return {_text(key, path): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}.{index}") for index, item in enumerate(value)]
    raise _refused(
        path, f"is a {type(value).__name__}, which JSON does not have; send a text, a number, a list or a dict"
    )


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(path, "contains half of a character (a lone surrogate)") from None
    return str(value)


def _refused(path: str, message: str) -> InvalidRequest:
    fault = {"path": path, "message": message}
    return InvalidRequest(
        f"{path} {message}. Nothing was sent.", problem={"code": InvalidRequest.code, "errors": [fault]}
    )
