"""The two kinds of failure: those that the caller can fix, and those that only the image can.

Every message is one sentence for people: what arrived, why it is wrong, what to do. Errors that become HTTP
answers live in `smcontract.httperrors`.
"""

import json


class ContractError(Exception):
    """Base of both; `exit_code` is the exit code of the program that dies of it."""

    exit_code = 2


class UserError(ContractError):
    """The caller's data or settings are wrong, or the chosen machine is too small: the caller can fix it."""

    exit_code = 1


class AlgorithmError(ContractError):
    """The image is at fault: the caller cannot fix it in data or settings."""

    exit_code = 2
    errno = exit_code  # the name under which sagemaker-training's `train` looks for an exit code


def shown(value: object, limit: int = 60) -> str:
    """Return `value` for use in a sentence: as JSON, cut after `limit` characters, always encodable.

    What JSON cannot hold (nested too deeply, a number of over 4,300 digits) is named by its type.

    Example:
    >>> shown("adam"), shown(5), shown("x" * 100, limit=8)
    ('"adam"', '5', '"xxxxxxx…')
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr).encode("utf-8", "backslashreplace").decode()
    except (ValueError, RecursionError):
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[:limit] + "…"
