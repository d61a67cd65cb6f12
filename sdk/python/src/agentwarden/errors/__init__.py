"""What can go wrong, one class per error code of the server.

Everything derives from :class:`AgentWardenError`. Errors that the server answered, and the absence of an answer, are
:class:`APIError`; each of the server's codes has a class of its own here, and in ``BY_CODE``. The exceptions of the
client that was published as ``agentwarden`` 0.1.2 keep their names.
"""

from agentwarden.errors import base, codes
from agentwarden.errors.base import *  # noqa: F403
from agentwarden.errors.codes import *  # noqa: F403

__all__ = []
__all__ += base.__all__
__all__ += codes.__all__
