"""All errors of this package, with one class per error code of the server.

All derive from :class:`AgentWardenError`. :class:`APIError` covers refusals by the server and missing answers; each code
of the server has a subclass, which is also in ``BY_CODE``. The exceptions of the client that was published as
``agentwarden`` 0.1.2 keep their names.
"""

from agentwarden.errors import base, codes
from agentwarden.errors.base import *  # noqa: F403
from agentwarden.errors.codes import *  # noqa: F403

__all__ = []
__all__ += base.__all__
__all__ += codes.__all__
