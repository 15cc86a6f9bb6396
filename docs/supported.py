"""The lists of docs/operations.md: which operations the emulator answers or lacks, and which members it takes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from botocore.model import ListShape, Shape, StructureShape

from emulator.api.shapes import service_model
from emulator.aws import requests, s3requests
from emulator.cloudwatch import operations as cloudwatch
from emulator.hosting import capacities, endpoint_configs, endpoints, models, runtime
from emulator.operations import OPERATIONS
from emulator.processing import requests as processing
from emulator.training import requests as training
from emulator.transform import requests as transform
from emulator.tuning import requests as tuning

MEMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "InvokeEndpoint": runtime.SUPPORTED,
        "CreateTrainingJob": training.SUPPORTED,
        "ListTrainingJobs": training.LIST_SUPPORTED,
        "CreateHyperParameterTuningJob": tuning.SUPPORTED,
        "CreateProcessingJob": processing.SUPPORTED,
        "CreateModel": models.SUPPORTED,
        "CreateEndpointConfig": endpoint_configs.SUPPORTED,
        "CreateEndpoint": endpoints.SUPPORTED_IN_CREATE,
        "UpdateEndpoint": endpoints.SUPPORTED_IN_UPDATE,
        "UpdateEndpointWeightsAndCapacities": capacities.SUPPORTED,
        "CreateTransformJob": transform.SUPPORTED,
    }
)
"""Of each operation that does not take every member: those it takes."""


def operations() -> str:
    """Return the lists of SageMaker's operations: those answered, and those of them that refuse members."""
    whole = [name for name in OPERATIONS if name not in MEMBERS]
    count = len(service_model("sagemaker").operation_names)
    return "\n\n".join(
        [
            "Answered, with every member:",
            _by_verb(whole),
            "Answered, with the members listed below:",
            _by_verb([*MEMBERS]),
            f"Refused: the other {count - len(OPERATIONS)} operations of SageMaker, and those of SageMaker Runtime.",
        ]
    )


def lacking() -> str:
    """Return the lists of operations of other services that are refused."""
    sections = []
    has_of = {"s3": s3requests.SUPPORTED.__contains__, "cloudwatch": cloudwatch.OPERATIONS.__contains__}
    has_of |= {service: partial(requests.implements, service) for service in requests.READERS}
    for service, has in has_of.items():
        names = service_model(service).operation_names
        missing = [name for name in names if not has(name)]
        sections.append(
            f"### {service}\n\n{len(missing)} of {len(names)} operations are refused.\n\n{_by_verb(missing)}\n"
        )
    return "\n".join(sections)


def members() -> str:
    """Return the lists of members, honoured and refused, of the operations that refuse some."""
    sections = []
    for name, supported in MEMBERS.items():
        service = "sagemaker" if name in OPERATIONS else "sagemaker-runtime"
        shape = service_model(service).operation_model(name).input_shape
        refused = list(_refused(shape, "", supported)) if shape else []
        sections.append(f"### {name}\n\nHonoured:\n\n{_by_parent(supported)}\n\nRefused:\n\n{_by_parent(refused)}\n")
    return "\n".join(sections)


def _refused(shape: Shape, path: str, supported: frozenset[str]) -> Iterator[str]:
    """Members, with dotted paths as `refuse_unsupported` reads them, whose parent is honoured and that are not."""
    if isinstance(shape, ListShape):
        yield from _refused(shape.member, path, supported)
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            below = f"{path}.{name}" if path else name
            if any(other.startswith(f"{below}.") for other in supported):
                yield from _refused(member, below, supported)
            elif below not in supported:
                yield below


def _by_verb(names: Iterable[str]) -> str:
    """Return a list with a line for each first word of the names: `CreateModel` and `CreateEndpoint` share one."""
    return "\n".join(
        f"- {_code(group)}" for _, group in groupby(sorted(names), lambda name: re.split(r"\B(?=[A-Z])", name)[0])
    )


def _by_parent(members: Iterable[str]) -> str:
    """Return a list with a line for each structure: the names of its members, without their path."""
    paths = sorted((path.rpartition(".") for path in members), key=itemgetter(0, 2))
    groups = groupby(paths, itemgetter(0))
    return "\n".join(
        f"- {f'in `{parent}`: ' if parent else ''}{_code(name for *_, name in group)}" for parent, group in groups
    )


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
