"""Values that are not printed: those of environment variables whose names look like secrets."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_SECRET = re.compile("auth|bearer|cookie|credential|dsn|jwt|key|pass|private|pwd|secret|signature|token", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/\s@]*:[^/\s@]*@")
"""Name and password in an address, whatever the variable is called."""


def hide(value: Any) -> Any:
    """Return a document of AWS with such values replaced, at any depth.

    Example:
        >>> hide({"Environment": {"API_KEY": "1234", "LEVEL": "debug"}})
        {'Environment': {'API_KEY': '***', 'LEVEL': 'debug'}}
    """
    if isinstance(value, Mapping):
        return {
            key: {name: _value(name, item) for name, item in item.items()}
            if key == "Environment" and isinstance(item, Mapping)
            else hide(item)
            for key, item in value.items()
        }
    return [hide(item) for item in value] if isinstance(value, list) else value


def hide_argument(argument: str) -> str:
    """Return a command-line argument, that of --environment with such a value replaced.

    Example:
        >>> hide_argument("--environment=API_KEY=1234")
        '--environment=API_KEY=***'
    """
    flag, _, text = argument.partition("=")
    name, equals, value = text.partition("=")
    return f"{flag}={name}{equals}{_value(name, value)}" if flag == "--environment" else argument


def _value(name: str, value: Any) -> Any:
    return HIDDEN if _SECRET.search(name) else _LOGIN.sub(f"://{HIDDEN}@", value) if isinstance(value, str) else value
