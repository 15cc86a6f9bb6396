"""How many CPUs this process may use: `os.cpu_count()` counts the machine's, which in a container are not ours."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable(cgroup: Path = CGROUP) -> int:
    """The CPUs of the affinity mask, or fewer where a cgroup quota (version 2 or 1) allows less time; at least 1."""
    return max(1, min(len(os.sched_getaffinity(0)), math.ceil(_quota(cgroup))))


def _quota(cgroup: Path) -> float:
    """CPUs' worth of time a period, a million without a limit; see cgroups(7), `cpu.max` and `cpu.cfs_quota_us`."""
    for names in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        files = [cgroup / name for name in names]
        if all(file.is_file() for file in files):
            quota, period = " ".join(file.read_text() for file in files).split()
            return int(quota) / int(period) if quota not in {"max", "-1"} else 1_000_000
    return 1_000_000
