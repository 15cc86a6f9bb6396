"""Reads the sample an image is checked with: a folder that holds

    hyperparameters.json    name -> string
    request.<ending>        one good request for /invocations
    <channel>/              a folder for each channel of a training job that takes seconds

Content types follow the endings of the files: .csv, .json, .jsonl, .libsvm, .txt.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from emulator.errors import EmulatorError
from emulator.training.job import Channel

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".libsvm": "text/libsvm",
    ".txt": "text/plain",
}


@dataclass(frozen=True)
class Sample:
    """The sample folder, read."""

    hyperparameters: dict[str, str]
    channels: tuple[Channel, ...]
    request: bytes
    request_type: str


def read_sample(folder: Path) -> Sample:
    """Read a sample folder. EmulatorError when a part is missing or a file's ending says nothing."""
    requests = sorted(folder.glob("request.*"))
    if len(requests) != 1 or not (folder / "hyperparameters.json").is_file():
        raise EmulatorError(f"{folder} is not a sample: it must hold hyperparameters.json and one request.<ending>")
    channels = tuple(
        Channel(path.name, path, _content_type(next(path.rglob("*.*"), path)))
        for path in sorted(folder.iterdir()) if path.is_dir()
    )  # fmt: skip
    hyperparameters = json.loads((folder / "hyperparameters.json").read_text())
    return Sample(hyperparameters, channels, requests[0].read_bytes(), _content_type(requests[0]))


def _content_type(path: Path) -> str:
    if path.suffix not in CONTENT_TYPES:
        raise EmulatorError(f"{path} has an unknown extension: use {', '.join(CONTENT_TYPES)}")
    return CONTENT_TYPES[path.suffix]
