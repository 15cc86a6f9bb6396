"""One request of the AWS API, before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """An operation by its name in the API, with its parameters; `file` is the body of a PutObject."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    file: Path | None = None

    def document(self) -> dict[str, Any]:
        """Return what `--dry-run` shows of it."""
        shown: dict[str, Any] = {
            "service": self.service,
            "operation": self.operation,
            "parameters": dict(self.parameters),
        }
        return shown | ({"file": str(self.file)} if self.file else {})
