"""What the environment says to the server: one table drives parsing, its error messages and the page about it.

This is the only place that reads the server's environment variables. Numeric libraries read their own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple

from smcontract import cpus
from smcontract.errors import UserError, shown
from smcontract.paths import Paths
from smcontract.serving import memory
from smcontract.serving.memory import Limits

MIB = 1024 * 1024
METRICS = frozenset({"emf", "prometheus"})
TRANSFORM_MIB = 100  # CreateTransformJob: MaxConcurrentTransforms * MaxPayloadInMB must not exceed 100


class Setting(NamedTuple):
    """One environment variable; `parse` returns the value or raises ValueError with what is expected."""

    variable: str
    field: str
    default: str
    parse: Callable[[str], Any]
    help: str


def _integer(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return parse


def _address(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise ValueError("an IPv4 address, such as 127.0.0.1") from None


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("true or false")
    return text.lower() == "true"


def _strategy(text: str) -> str:
    if text not in {"SINGLE_RECORD", "MULTI_RECORD"}:
        raise ValueError("SINGLE_RECORD or MULTI_RECORD")
    return text


def _metrics(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(","))
    if not names <= METRICS:
        raise ValueError(f"{' or '.join(sorted(METRICS))}, or both with a comma between them")
    return names


def _namespace(text: str) -> str:
    if not re.fullmatch(r"(?!AWS/)[A-Za-z0-9_./#-][A-Za-z0-9_./#:-]{0,254}", text):
        raise ValueError("at most 255 letters, digits and ._-/#: of ASCII, not beginning with a colon or AWS/")
    return text


def _endpoint(text: str) -> str:
    if not re.fullmatch(r"(?!:)[!-~]{1,255}", text):
        raise ValueError("at most 255 characters of ASCII without spaces, not beginning with a colon")
    return text


def _module(text: str) -> str:
    if not re.fullmatch(r"[\w.]+:\w+", text):
        raise ValueError("module:Class, the handler of this image")
    return text


TABLE = (
    Setting("SAGEMAKER_BIND_TO_PORT", "port", "8080", _integer(1, 65535), "port to listen on"),
    Setting(
        "SAGEMAKER_BIND_TO_ADDRESS",
        "address",
        "0.0.0.0",
        _address,
        "address of the network interface to listen on; 0.0.0.0 for all",
    ),
    Setting(
        "SAGEMAKER_MODEL_SERVER_WORKERS",
        "workers",
        "number of usable CPUs",
        _integer(1, 1000),
        "number of worker processes; each runs one prediction at a time",
    ),
    Setting(
        "SAGEMAKER_MODEL_SERVER_QUEUE",
        "queue",
        "256",
        _integer(0, 900),
        "requests that may wait in each worker; further ones get 503",
    ),
    Setting(
        "SAGEMAKER_MODEL_SERVER_TIMEOUT",
        "timeout",
        "60",
        _integer(1, 3600),
        "seconds that a request may wait before it gets 503, and seconds that it may then run before its worker is "
        "replaced",
    ),
    Setting(
        "SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT",
        "request_timeout",
        "30",
        _integer(1, 3600),
        "seconds for a whole request to arrive (then 408), and for its answer to be read (then the connection is "
        "closed)",
    ),
    Setting(
        "SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB",
        "memory_mib",
        "memory free once the model is loaded",
        _integer(1, 100_000_000),
        "MiB for the requests of all workers; records that do not fit get 413",
    ),
    Setting(
        "SAGEMAKER_MAX_PAYLOAD_IN_MB",
        "max_payload_mib",
        "25",
        _integer(0, 2000),
        "largest body in MiB (0: limited by memory only); a larger one gets 413",
    ),
    Setting(
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        "default_accept",
        "depends on the request",
        str,
        "Accept header assumed for requests without one, or with `*/*`",
    ),
    Setting(
        "SAGEMAKER_BATCH",
        "batch",
        "false",
        _boolean,
        "batch transform: a bad record is replaced by an error record; set by SageMaker",
    ),
    Setting(
        "SAGEMAKER_BATCH_STRATEGY",
        "batch_strategy",
        "MULTI_RECORD",
        _strategy,
        "reported by /execution-parameters; set by SageMaker",
    ),
    Setting(
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS",
        "max_concurrent_transforms",
        "number of workers",
        _integer(1, 1000),
        "reported by /execution-parameters; set by SageMaker",
    ),
    Setting(
        "SAGEMAKER_METRICS",
        "metrics",
        "none",
        _metrics,
        "`emf`: metrics in the log, for CloudWatch; `prometheus`: `GET /metrics`; or both, with a comma between them: "
        "see [monitoring](monitoring.md)",
    ),
    Setting(
        "SAGEMAKER_METRICS_NAMESPACE",
        "metrics_namespace",
        "SageMakerText",
        _namespace,
        "CloudWatch namespace of the metrics",
    ),
    Setting(
        "SAGEMAKER_METRICS_ENDPOINT",
        "metrics_endpoint",
        "name of the image",
        _endpoint,
        "value of the metrics' dimension `Endpoint`; set by `launch.py deploy`",
    ),
    Setting(
        "SAGEMAKER_SERVING_MODULE", "serving_module", "set by the image", _module, "handler class, as module:Class"
    ),
)


@dataclass(frozen=True)
class Settings:
    """The parsed settings; `TABLE` has the help of each."""

    serving_module: str
    model_dir: Path
    port: int = 8080
    address: str = "0.0.0.0"
    workers: int = 1
    queue: int = 256
    timeout: int = 60
    request_timeout: int = 30
    memory_mib: int = 0
    max_payload_mib: int = 25
    default_accept: str = ""
    batch: bool = False
    batch_strategy: str = "MULTI_RECORD"
    max_concurrent_transforms: int = 1
    metrics: frozenset[str] = frozenset()
    metrics_namespace: str = "SageMakerText"
    metrics_endpoint: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse every setting; a blank variable counts as absent.

        Raises:
            UserError: a value is not what its setting takes, or there is no SAGEMAKER_SERVING_MODULE.
        """
        given = {
            setting.field: _parse(setting, environ[setting.variable])
            for setting in TABLE
            if environ.get(setting.variable)
        }
        if "serving_module" not in given:
            raise UserError("SAGEMAKER_SERVING_MODULE is not set: name the image's handler in it, as module:Class")
        given.setdefault("workers", cpus.usable())
        given.setdefault("max_concurrent_transforms", given["workers"])
        return cls(model_dir=Paths.from_environment(environ).model, **given)

    def limits(self) -> Limits:
        """What a worker's requests may take: of the memory that is there now, and as the payload's setting has it."""
        limits = Limits.of(self.memory_mib * MIB or memory.available(), self.workers)
        return limits._replace(body=min(limits.body, self.max_payload_mib * MIB or limits.body))

    def execution_parameters(self) -> dict[str, Any]:
        """The JSON of /execution-parameters, within the limits that CreateTransformJob puts on its values.

        Example:
        >>> Settings("module:Class", Path("model"), max_concurrent_transforms=8).execution_parameters()
        {'MaxConcurrentTransforms': 8, 'BatchStrategy': 'MULTI_RECORD', 'MaxPayloadInMB': 12}
        """
        transforms = min(self.max_concurrent_transforms, TRANSFORM_MIB)
        return {
            "MaxConcurrentTransforms": transforms,
            "BatchStrategy": self.batch_strategy,
            "MaxPayloadInMB": min(self.max_payload_mib, TRANSFORM_MIB // transforms),
        }


def markdown() -> str:
    """The table for a documentation page."""
    rows = [f"| `{setting.variable}` | {setting.default} | {setting.help} |" for setting in TABLE]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _parse(setting: Setting, text: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        raise UserError(f"{setting.variable} is {shown(text)}: set it to {error}") from None
