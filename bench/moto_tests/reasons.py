"""Why some of moto's tests cannot pass against the emulator, by a pattern of the test's name and failure."""

import re
from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, ...]] = {}


def sort(lost: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return failures by reason; those by the empty reason have none."""
    found: dict[str, dict[str, str]] = {}
    for name, failure in lost.items():
        said = f"{name} {failure}"
        why = next((why for why, patterns in REASONS.items() if any(re.search(one, said) for one in patterns)), "")
        found.setdefault(why, {})[name] = failure
    return found
