"""JSON from outside: whatever it holds, reading it ends in a value or a ValueError. Not stricter than Python's own."""

import json
from typing import Any

MAX_DIGITS = 4300
"""Digits of the longest integer that Python reads; it raises a ValueError that speaks of itself for longer ones."""


def integer(digits: str) -> int:
    """Return the value of a JSON integer, for a decoder's `parse_int`; `ValueError` if it is too long."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits; at most {MAX_DIGITS} can be read")
    return int(digits)


def loads(text: str) -> Any:
    """Return the value; `ValueError` if it is not JSON, is nested too deeply or has a number that is too long.

    Example:
        >>> loads('{"label": 1}')
        {'label': 1}
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


_DECODER = json.JSONDecoder(parse_int=integer)
