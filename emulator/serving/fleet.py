"""The endpoints that answer requests now: the variants and instances of each, and where a request goes."""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.files import temporary
from emulator.serving.instance import Instance


@dataclass(frozen=True)
class Variant:
    """One production variant: its share of the requests is its weight divided by the sum of all weights.

    `container` is what errors call the container: its ContainerHostname, or primary. `capture` is the
    DataCaptureConfig, if requests are captured.
    """

    name: str
    weight: float
    container: str
    instances: tuple[Instance, ...]
    capture: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Deployment:
    """What stands behind an endpoint at a time; `folder` holds its model data."""

    variants: tuple[Variant, ...]
    folder: Path

    @property
    def instances(self) -> tuple[Instance, ...]:
        """Those of all variants."""
        return tuple(instance for variant in self.variants for instance in variant.instances)

    def close(self) -> None:
        """Stop all containers at the same time, wait until they have ended, and remove the folder."""
        for instance in self.instances:
            instance.ask_to_close()
        for instance in self.instances:
            instance.close()
        temporary.remove(self.folder)

    def drain(self, abandoned: threading.Event) -> None:
        """Wait until no request is under way, at most as long as one may take, or until the event is set."""
        for instance in self.instances:
            instance.drain(abandoned)


class UnknownVariantError(Exception):
    """The endpoint has no variant of that name."""


class Fleet:
    """Deployments by the name of their endpoint. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deployments: dict[str, Deployment] = {}

    def put(self, endpoint: str, deployment: Deployment) -> Deployment | None:
        """Let requests go to this deployment from now on; the one before is returned."""
        with self._lock:
            before = self._deployments.get(endpoint)
            self._deployments[endpoint] = deployment
            return before

    def get(self, endpoint: str) -> Deployment | None:
        """Return what stands behind an endpoint now."""
        with self._lock:
            return self._deployments.get(endpoint)

    def remove(self, endpoint: str) -> Deployment | None:
        """Let no more requests come."""
        with self._lock:
            return self._deployments.pop(endpoint, None)

    @contextmanager
    def borrow(self, endpoint: str, variant: str | None = None) -> Iterator[tuple[Variant, Instance] | None]:
        """The variant and its least busy instance for one request; None when the endpoint does not answer.

        A deployment that was replaced is drained of what was borrowed. Raises UnknownVariantError.
        """
        with self._lock:
            deployment = self._deployments.get(endpoint)
            if deployment is not None:
                chosen = _choose(deployment.variants, variant)
                instance = min(chosen.instances, key=lambda each: each.outstanding)
                instance.enter()
        if deployment is None:
            yield None
            return
        try:
            yield chosen, instance
        finally:
            instance.leave()


def _choose(variants: tuple[Variant, ...], name: str | None) -> Variant:
    if name is None:
        if len(variants) == 1:
            return variants[0]
        return random.choices(variants, [variant.weight for variant in variants])[0]  # noqa: S311 (not for secrets)
    for variant in variants:
        if variant.name == name:
            return variant
    raise UnknownVariantError(name)
