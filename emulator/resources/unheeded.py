"""Members that are accepted though one machine cannot do what they ask for: without it, the results are the same.

Each is named in the log of what was started, with what happens here instead.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

_INSTEAD: Mapping[str, str] = MappingProxyType({
    "VpcConfig": "containers use this machine's network, not the subnets of a VPC",
    "KmsKeyId": "what is stored on this disk is not encrypted with a KMS key",
    "VolumeKmsKeyId": "what is stored on this disk is not encrypted with a KMS key",
    "EnableInterContainerTrafficEncryption": "containers on this machine exchange data without encryption",
    "S3OutputPath": "system metrics are not written",
})  # fmt: skip


def notes(request: Mapping[str, Any], *paths: str) -> Iterator[str]:
    """Yield a line for each of the members that the request gives; `paths` are dotted, such as `A.KmsKeyId`.

    Example:
        >>> list(notes({"VpcConfig": {"Subnets": ["s"]}, "B": {"KmsKeyId": ""}}, "VpcConfig", "B.KmsKeyId"))
        ["VpcConfig has no effect in the emulator: containers use this machine's network, not the subnets of a VPC"]
    """
    for path in paths:
        *folders, last = path.split(".")
        inside: Any = request
        for folder in folders:
            inside = inside.get(folder, {})
        if inside.get(last):
            yield f"{path} has no effect in the emulator: {_INSTEAD[last]}"
