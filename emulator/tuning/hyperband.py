"""The rounds of training that a Hyperband tuning job works with, from its configuration."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.errors import EmulatorError

MOST_ROUNDS = 20_000  # as on AWS
EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Hyperparameters that say how many rounds there are, where the configuration does not."""


def rounds(config: Mapping[str, Any], static: Mapping[str, str]) -> tuple[int, int]:
    """Return the least and the most rounds of a training job. Raises EmulatorError.

    Example:
        >>> rounds({}, {"epochs": "27"})
        (1, 27)
    """
    asked = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    most = asked.get("MaxResource") or _inferred(static)
    if most is None:
        raise EmulatorError(
            "Hyperband needs the number of rounds of a training job: set StrategyConfig.HyperbandStrategyConfig."
            f"MaxResource, or one of {', '.join(EPOCHS)} in StaticHyperParameters"
        )
    least = asked.get("MinResource", 1)
    if not least <= most <= MOST_ROUNDS:
        raise EmulatorError(
            f"Hyperband gets a MinResource of {least} and a MaxResource of {most}: MaxResource must not be below "
            f"MinResource, nor above {MOST_ROUNDS:,}"
        )
    return least, most


def _inferred(static: Mapping[str, str]) -> int | None:
    for name in EPOCHS:
        with suppress(KeyError, ValueError):
            return int(static[name].strip('"'))
    return None
