"""Every operation of the API that is answered, by its name; and what is done when the emulator starts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.hosting import capacities, endpoint_configs, endpoints, models
from emulator.platform import Platform
from emulator.processing import operations as processing
from emulator.resources import tags
from emulator.training import operations as training
from emulator.transform import operations as transform
from emulator.tuning import operations as tuning

Operation = Callable[[Platform, Call, dict[str, Any]], dict[str, Any]]

RUNNING = (training, tuning, endpoints, transform, processing)
"""Modules of what runs, with `recover(platform)`: what was caught in the middle is settled."""

RESOURCES = (*RUNNING, capacities, models, endpoint_configs, tags)
"""Modules with `OPERATIONS`, name -> Operation."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: operation for resource in RESOURCES for name, operation in resource.OPERATIONS.items()}
)


def recover(platform: Platform) -> None:
    """Settle what an earlier process left: called once, before the first request."""
    for resource in RUNNING:
        resource.recover(platform)
