"""The exceptions under the module name of the published client 0.1.2. They are the classes of :mod:`agentwarden.errors`."""

from agentwarden.errors.base import *  # noqa: F403
from agentwarden.errors.base import __all__ as __all__
