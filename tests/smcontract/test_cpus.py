import os

import pytest
from smcontract import cpus

AFFINITY = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, AFFINITY),
        ({"cpu.max": "max 100000\n"}, AFFINITY),
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu.max": "25000 100000\n"}, 1),
        ({"cpu.max": "6400000 100000\n"}, min(AFFINITY, 64)),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, AFFINITY),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, min(AFFINITY, 2)),
    ],
)
def test_the_smaller_of_affinity_and_quota(tmp_path, files, count):
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert cpus.usable(tmp_path) == count


def test_this_machine():
    assert 1 <= cpus.usable() <= AFFINITY
