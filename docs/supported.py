"""The tables of docs/emulator.md: which operations the emulator answers or lacks, and which members it takes."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

from botocore.model import ListShape, Shape, StructureShape

from emulator.api.shapes import service_model
from emulator.aws import requests, s3requests
from emulator.hosting import endpoint_configs, endpoints, models, runtime
from emulator.operations import OPERATIONS
from emulator.training import requests as training
from emulator.transform import requests as transform
from emulator.tuning import requests as tuning

MEMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "InvokeEndpoint": runtime.SUPPORTED,
        "CreateTrainingJob": training.SUPPORTED,
        "ListTrainingJobs": training.LIST_SUPPORTED,
        "CreateHyperParameterTuningJob": tuning.SUPPORTED,
        "CreateModel": models.SUPPORTED,
        "CreateEndpointConfig": endpoint_configs.SUPPORTED,
        "CreateEndpoint": endpoints.SUPPORTED_IN_CREATE,
        "UpdateEndpoint": endpoints.SUPPORTED_IN_UPDATE,
        "CreateTransformJob": transform.SUPPORTED,
    }
)
"""Of each operation that does not take every member: those it takes."""


def operations() -> str:
    """Return the table of operations: those answered, and those of them that refuse members."""
    whole = [name for name in OPERATIONS if name not in MEMBERS]
    count = len(service_model("sagemaker").operation_names)
    return "\n".join(
        [
            "| | operations of SageMaker |",
            "|---|---|",
            f"| answered, every member | {_code(sorted(whole))} |",
            f"| answered, members as listed below | {_code(sorted(MEMBERS.keys() & OPERATIONS.keys()))} |",
            "| answered, of SageMaker Runtime | `InvokeEndpoint` |",
            f"| refused by name | the other {count - len(OPERATIONS)}, and those of SageMaker Runtime |",
        ]
    )


def lacking() -> str:
    """Return the table of operations of moto's services that are refused."""
    rows = ["| service | refused by name |", "|---|---|"]
    has_of = {"s3": s3requests.SUPPORTED.__contains__}
    has_of |= {service: partial(requests.implements, service) for service in requests.READERS}
    for service, has in has_of.items():
        names = service_model(service).operation_names
        missing = sorted(name for name in names if not has(name))
        rows.append(f"| {service} | {len(missing)} of {len(names)}: {_code(missing)} |")
    return "\n".join(rows)


def members() -> str:
    """Return the table of members, honoured and refused, of the operations that refuse some."""
    rows = ["| operation | honoured | refused by name |", "|---|---|---|"]
    for name, supported in MEMBERS.items():
        service = "sagemaker" if name in OPERATIONS else "sagemaker-runtime"
        shape = service_model(service).operation_model(name).input_shape
        refused = sorted(_refused(shape, "", supported)) if shape else []
        rows.append(f"| `{name}` | {_code(sorted(supported))} | {_code(refused)} |")
    return "\n".join(rows)


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


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
