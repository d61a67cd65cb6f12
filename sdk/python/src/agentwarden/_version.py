"""The version, for pyproject.toml, ``agentwarden.__version__`` and the User-Agent."""

__version__ = "0.2.0"
