"""The hosts of a job, each with a folder that is its container's /opt/ml; what they are told, and their files."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GROUP = "homogeneousCluster"  # what the service calls the one group of an ordinary job
OPT_ML = Path("/opt/ml")
WHOLE, SHARDED = "FullyReplicated", "ShardedByS3Key"


@dataclass(frozen=True)
class Host:
    """One host of a job, and the folder that is its container's /opt/ml."""

    name: str
    opt_ml: Path


def names(count: int) -> list[str]:
    """The names of a job's hosts, sorted as resourceconfig.json has them: algo-10 comes before algo-2."""
    return sorted(f"algo-{number}" for number in range(1, count + 1))


def resources(host: str, count: int, instance_type: str) -> dict[str, Any]:
    """Return what resourceconfig.json of a host holds."""
    hosts = names(count)
    return {
        "current_host": host,
        "current_instance_type": instance_type,
        "current_group_name": GROUP,
        "hosts": hosts,
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": instance_type, "hosts": hosts}],
        "network_interface_name": "eth0",
    }


def share(files: Sequence[tuple[str, Path]], distribution: str, host: str, count: int) -> Sequence[tuple[str, Path]]:
    """Return the files that a host gets: all of them, or its share."""
    return files[names(count).index(host) :: count] if distribution == SHARDED else files


def copy(files: Iterable[tuple[str, Path]], folder: Path) -> None:
    """Copy, not link: a container must not be able to change its caller's data."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def dump(path: Path, value: Any) -> None:
    """Write a configuration file."""
    path.write_text(json.dumps(value, indent=1) + "\n")
