"""The baseline of a model and the requests that it was sent, from AWS, the emulator or a folder."""

import json
import tarfile
import tempfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from driver.aws import logs, resources, s3
from driver.aws.target import Target
from driver.drift import windows
from driver.drift.baseline import Baseline
from driver.drift.capture import ENDING, Reader
from driver.drift.windows import Window
from driver.errors import DriverError
from driver.requests.addresses import is_remote

MANIFEST = "manifest.json"
MOST_BYTES = 2**26
"""Of a manifest."""


class Found(NamedTuple):
    """What is compared: the windows, the baseline, and where the requests came from."""

    windows: list[Window]
    baseline: Baseline
    source: str
    unreadable: int = 0


def captured(target: Target, name: str, source: str | None, since: datetime | None) -> Found:
    """Return the windows of an endpoint's captured requests, from `source` or where its configuration says.

    Raises DriverError when there is nothing to compare.
    """
    baseline = _baseline(target, name)
    source = source or _destination(target, name)
    reader = Reader(baseline.labels)
    if is_remote(source):
        with tempfile.TemporaryDirectory() as folder:
            s3.download(target, source, Path(folder))
            found = reader.read(Path(folder))
    else:
        if not Path(source).exists():
            raise DriverError(f"{source} does not exist: give the s3:// URI or the folder of captured requests")
        found = reader.read(Path(source))
    if not found:
        unread = f", and lines that are not data capture's: {reader.unreadable:,}" if reader.unreadable else ""
        raise DriverError(f"there are no captured requests in {source} ({ENDING} files){unread}: check the address")
    kept = [each for each in found if since is None or each.time >= since]
    return Found(windows.of_captured(kept, baseline), baseline, source, reader.unreadable)


def logged(target: Target, name: str, since: datetime | None) -> Found:
    """Return the windows of an endpoint's log with metrics. Raises DriverError when there are none."""
    baseline = _baseline(target, name)
    resources.describe(target, resources.ENDPOINT, name)
    tail = logs.tail(target, resources.ENDPOINT, name)
    lines = [text for line in tail.lines() for text in line.text.split("\n")] if tail else []
    return Found(windows.of_lines(lines, baseline.window, since), baseline, f"the log of {name}")


def _baseline(target: Target, name: str) -> Baseline:
    """The baseline of the model of an endpoint or a training job."""
    uri = _model_data(target, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        s3.fetch(target, uri, path)
        card = manifest(path, uri)
    return Baseline.parse(card.get("baseline"), uri)


def _model_data(target: Target, name: str) -> str:
    kind, description = resources.describe_all(target, name, (resources.ENDPOINT, resources.TRAINING))[0]
    if kind is resources.TRAINING:
        if "ModelArtifacts" not in description:
            raise DriverError(f"the training job {name} has no model (it is {description['TrainingJobStatus']})")
        return str(description["ModelArtifacts"]["S3ModelArtifacts"])
    config = resources.describe(target, resources.CONFIG, description["EndpointConfigName"])
    variants = config["ProductionVariants"]
    models = [resources.describe(target, resources.MODEL, each["ModelName"]) for each in variants]
    addresses = {str(model.get("PrimaryContainer", {}).get("ModelDataUrl")) for model in models}
    if len(addresses) != 1 or "None" in addresses:
        raise DriverError(
            f"the endpoint {name} serves {len(addresses)} models, and drift is that of one: name its training job"
        )
    return addresses.pop()


def manifest(path: Path, uri: str) -> dict[str, Any]:
    """Return the manifest in a model.tar.gz, which came from `uri`. Raises DriverError."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.isfile() and member.name.removeprefix("./") == MANIFEST and member.size <= MOST_BYTES:
                    file = archive.extractfile(member)
                    card = json.loads(file.read() if file else b"")
                    if isinstance(card, dict):
                        return card
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError) as error:
        raise DriverError(f"{uri} cannot be read ({error}): check the model of the endpoint") from error
    raise DriverError(f"{uri} has no {MANIFEST}, so there is nothing to compare with: train it with an image of this "
                      "repository")  # fmt: skip


def _destination(target: Target, name: str) -> str:
    description = resources.describe(target, resources.ENDPOINT, name)
    config = resources.describe(target, resources.CONFIG, description["EndpointConfigName"])
    capture = config.get("DataCaptureConfig", {})
    if not capture.get("DestinationS3Uri"):
        raise DriverError(
            f"the endpoint {name} captures no requests: say where they are with --captured, read its metrics with "
            "--logs, or deploy it with --capture"
        )
    return f"{capture['DestinationS3Uri'].rstrip('/')}/{name}/"
