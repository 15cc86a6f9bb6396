"""Every operation of the API that is answered, by its name; and what services do when the emulator starts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.hosting import endpoint_configs, endpoints, models
from emulator.platform import Platform
from emulator.resources import tags
from emulator.training import operations as training
from emulator.transform import operations as transforms
from emulator.tuning import operations as tuning

Operation = Callable[[Platform, Call, dict[str, Any]], dict[str, Any]]

SERVICES = (tags, training, tuning, models, endpoint_configs, endpoints, transforms)
"""Modules with `OPERATIONS`, name -> Operation, and `recover(platform)`: what was caught in the middle is settled."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: operation for service in SERVICES for name, operation in service.OPERATIONS.items()}
)


def recover(platform: Platform) -> None:
    """Settle what an earlier process left: called once, before the first request."""
    for service in SERVICES:
        service.recover(platform)
