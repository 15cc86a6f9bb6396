"""The first thing that the `train` program imports: `main` makes ready for MXNet, then trains."""

import os

from smcontract import cpus


def main() -> None:
    """Train the job that /opt/ml describes, with all usable CPUs.

    MXNet reads OMP_NUM_THREADS while it is imported, and takes half the CPUs it sees where it is not set.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(cpus.usable()))
    from headline_mxnet import train

    train.main()
