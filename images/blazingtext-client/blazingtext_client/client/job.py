"""A whole job: the corpus is prepared and uploaded, BlazingText trains on AWS, and what it made is fetched."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from smcontract.errors import UserError

from blazingtext_client.client import fetch, plans, prepare
from blazingtext_client.hyperparameters import SUPERVISED
from driver.aws import s3
from driver.aws.target import Target
from driver.lifecycle import start
from driver.output import Output
from driver.requests.training import Plan

ARCHIVE = "model.tar.gz"


def run(plan: Plan, sources: Mapping[str, Sequence[Path]], folder: Path, target: Target, output: Output) -> None:
    """Follow a plan, whose files are made of the `sources` of their channels; model and vectors come to `folder`.

    Nothing is done before the plan is known to be right. Raises UserError, DataError and DriverError.
    """
    plans.create_training_job(plan)
    is_supervised = plan.hyperparameters["mode"] == SUPERVISED
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}; choose another") from error
    for channel in plan.channels:
        corpus(sources[channel.name], Path(channel.source), is_supervised, output.say)
    start.start(target, plan, output.say)
    uri = start.model(target, plan.name, output)
    s3.fetch(target, uri, folder / ARCHIVE)
    output.say(f"{folder / ARCHIVE}: the model, from {uri}")
    if not is_supervised:
        found = fetch.embeddings(folder / ARCHIVE, folder / fetch.TEXT)
        output.say(f"{folder / fetch.TEXT}: {found.words} words of {found.dim} dimensions")


def corpus(sources: Sequence[Path], path: Path, is_supervised: bool, say: Callable[[str], None]) -> None:
    """Prepare one file, and say what is in it."""
    made = (prepare.labelled if is_supervised else prepare.sentences)(sources, path)
    say(f"{path}: {made.lines} lines, {made.words} words")
    if made.left_out:
        say(f"{made.left_out} texts without a word were left out")
    for was, name in made.labels.items():
        say(f"the label {was!r} is written as {name!r}: white space would end it")
