"""A script of the user's own: two hyperparameters name it and its archive, as the SageMaker SDK sends them.

On SageMaker the toolkit in the container fetches the archive from S3 into /opt/ml/code, unless that folder holds
something already. Here it does: the archive is unpacked before the container starts, so no container needs a way to
the emulator, or a key of its own. The container's own files say what they say on SageMaker.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.api.errors import invalid
from emulator.aws import locations
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError
from emulator.files import archive
from emulator.images import PROGRAM, RunnableImage

ARCHIVE = "sagemaker_submit_directory"
FOLDER = "code"  # below /opt/ml


def check(request: Mapping[str, Any], image: RunnableImage) -> None:
    """Raise ApiError for a script that the image lacks, or that its container could not get on SageMaker."""
    hyperparameters = request.get("HyperParameters", {})
    if image.needs_script and PROGRAM not in hyperparameters:
        raise invalid(
            f"{image.uri} runs a script of yours, and hyperparameter {PROGRAM} names none: give the SDK an entry_point"
        )
    uri = _archive(hyperparameters)
    if uri is None:
        return
    locations.parse(uri, f"hyperparameter {ARCHIVE}")
    if request.get("EnableNetworkIsolation"):
        raise invalid(
            f"hyperparameter {ARCHIVE} is {uri}, which a container with EnableNetworkIsolation cannot download: put "
            "the archive into a channel and give its path there, as the SDK does with enable_network_isolation=True, "
            "or leave EnableNetworkIsolation out"
        )


def unpack(objects: Objects, hyperparameters: Mapping[str, str], opt_mls: Sequence[Path]) -> str | None:
    """Unpack the archive, if the hyperparameters name one in S3, into each host's folder; return a line about it.

    Raises EmulatorError for an archive that does not exist, or is none.
    """
    uri = _archive(hyperparameters)
    if uri is None:
        return None
    place = locations.parse(uri, ARCHIVE)
    path = next((each.path for each in objects.find(place.bucket, place.prefix) if each.key == place.prefix), None)
    if path is None:
        raise EmulatorError(f"hyperparameter {ARCHIVE} is {uri}, but that object does not exist: upload the archive")
    for opt_ml in opt_mls:
        folder = opt_ml / FOLDER
        try:
            archive.unpack(path, folder)
        except EmulatorError as error:
            raise EmulatorError(str(error).replace(str(path), uri)) from error
        folder.chmod(0o777)  # a container of any user may build a package in it
    return f"{uri} is in /opt/ml/{FOLDER}: the emulator unpacked it there, since containers here cannot reach S3"


def _archive(hyperparameters: Mapping[str, str]) -> str | None:
    """The archive in S3, if one is named. The SDK encodes values as JSON; boto3's callers do not.

    Example:
        >>> _archive({ARCHIVE: '"s3://b/sourcedir.tar.gz"'}), _archive({ARCHIVE: "/opt/ml/input/data/code/a.tar.gz"})
        ('s3://b/sourcedir.tar.gz', None)
    """
    value = hyperparameters.get(ARCHIVE, "")
    try:
        decoded = json.loads(value)
    except (ValueError, RecursionError):
        decoded = value
    return decoded if isinstance(decoded, str) and "://" in decoded else None
