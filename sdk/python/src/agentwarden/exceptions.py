"""Where the client that was published as 0.1.2 has its exceptions; they are those of :mod:`agentwarden.errors`."""

from agentwarden.errors.base import *  # noqa: F403
from agentwarden.errors.base import __all__ as __all__
