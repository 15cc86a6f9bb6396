"""Which of SageMaker's own algorithms this image stands in for, and what follows from its version."""

import re
from collections.abc import Mapping
from typing import Self

VARIABLE = "SAGEMAKER_STANDS_FOR"
"""Holds `sagemaker-xgboost:1.7-1`, say. The emulator sets it; a job or a model may, in its Environment."""

LINES = (1, 3)  # the first version whose CSV answers end each record with a newline


class StandIn(str):
    """The name and tag of the algorithm; blank when the image was asked for by its own name.

    Example:
        >>> StandIn("sagemaker-xgboost:1.2-2").joins, StandIn("sagemaker-xgboost:1.7-1").joins, StandIn("").joins
        (True, False, False)
    """

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return what the environment says."""
        return cls(environ.get(VARIABLE, ""))

    @property
    def joins(self) -> bool:
        """Whether its CSV answers put commas between records, as versions before 1.3 and `xgboost:1` do."""
        version = re.match(r"(\d+)\.(\d+)", self.rpartition(":")[2])
        return bool(self) and (version is None or (int(version[1]), int(version[2])) < LINES)
