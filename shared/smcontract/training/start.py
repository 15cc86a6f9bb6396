"""The `train` program: checks the job's configuration, then runs sagemaker-training's program of that name.

The toolkit reads the same files before it calls any algorithm, and what it cannot read ends in its own traceback. So
whatever it would die of ends here, in a sentence. A script of the user's own, which the SageMaker SDK calls
`entry_point`, runs in place of the image's algorithm.
"""

import importlib
import logging
import os
import sys

from smcontract.errors import UserError, shown
from smcontract.paths import Paths
from smcontract.training import failure
from smcontract.training.job import Job, read_hyperparameters

LOG_LEVEL = "SAGEMAKER_CONTAINER_LOG_LEVEL"
ALGORITHM = "SAGEMAKER_TRAINING_MODULE"
PACKAGE = "SAGEMAKER_SCRIPT_PACKAGE"  # the image's, with modules that its scripts find first, such as sitecustomize
SCRIPT = "sagemaker_program"  # a hyperparameter, or in capitals a variable

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes; a configuration that is wrong ends the program with one sentence."""
    paths = Paths.from_environment(os.environ)
    try:
        _check(paths)
        if SCRIPT.upper() in os.environ or SCRIPT in read_hyperparameters(paths):
            _prepare_for_script()
        try:
            # Imported late: its import makes a folder for code below /opt/ml.
            from sagemaker_training.cli.train import main as run
        except OSError as error:
            raise UserError(f"cannot write below {paths.base} ({error.strerror}): mount a writable folder") from error
    except UserError as error:
        _refuse(paths, error)
    run()


def _check(paths: Paths) -> None:
    Job.load(paths, os.environ)
    read_hyperparameters(paths)
    if not os.environ.get(LOG_LEVEL, "20").isdecimal():
        raise UserError(
            f"{LOG_LEVEL} is {shown(os.environ[LOG_LEVEL])}: set it to a number, such as 20, or leave it out"
        )


def _prepare_for_script() -> None:
    os.environ.pop(ALGORITHM, None)  # without it the toolkit runs the script
    if package := os.environ.get(PACKAGE):
        sys.path[:0] = importlib.import_module(package).__path__  # the toolkit makes the script's PYTHONPATH of it


def _refuse(paths: Paths, error: UserError) -> None:
    logging.basicConfig(format="%(asctime)s %(name)-12s %(levelname)-8s %(message)s")  # as the toolkit's
    log.error("%s", error)
    try:
        paths.failure.unlink(missing_ok=True)  # of an earlier attempt
        failure.write(paths, error)
    except OSError as unwritten:
        log.error("cannot write the failure file: %s", unwritten)
    sys.exit(error.exit_code)
