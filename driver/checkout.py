"""Where the package is: in a checkout of its repository, with images and data beside it, or installed from a wheel."""

import re
from pathlib import Path

_ABOVE = Path(__file__).resolve().parents[1]
IS_CHECKOUT = (_ABOVE / "launch.py").is_file()
REPOSITORY = _ABOVE if IS_CHECKOUT else Path()
"""The checkout; for an installed package the current folder, whose images/ it finds if there are any."""


def as_typed(text: str, is_checkout: bool = IS_CHECKOUT) -> str:
    """Return a text with the command as it is typed here: an installed launch.py is called sagemaker-text.

    Example:
        >>> as_typed("`./launch.py list` shows what there is", is_checkout=False)
        '`sagemaker-text list` shows what there is'
    """
    return text if is_checkout else re.sub(r"(\./)?\blaunch\.py\b", "sagemaker-text", text)
