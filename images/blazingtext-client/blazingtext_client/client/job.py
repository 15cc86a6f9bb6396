"""A whole job: the corpus is prepared and uploaded, BlazingText trains on AWS, and what it made is fetched."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from smcontract.errors import UserError

from blazingtext_client.client import aws, fetch, prepare, requests
from blazingtext_client.client.requests import Plan
from blazingtext_client.hyperparameters import SUPERVISED

ARCHIVE = "model.tar.gz"


def run(
    plan: Plan,
    sources: Mapping[str, Sequence[Path]],
    folder: Path,
    connect: Callable[[], aws.Clients],
    say: Callable[[str], None],
    pause: float = 15.0,
) -> None:
    """Follow a plan, whose files are made of the `sources` of their channels; model and vectors come to `folder`.

    Nothing is done before the plan is known to be right. Raises UserError and DataError.
    """
    request = requests.create_training_job(plan)
    is_supervised = plan.hyperparameters["mode"] == SUPERVISED
    clients = connect()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}; choose another") from error
    for channel, path in plan.files.items():
        corpus(sources[channel], path, is_supervised, say)
    aws.upload(clients.s3, requests.put_objects(plan))
    aws.start(clients.sagemaker, request)
    say(f"{plan.name}: started; Ctrl-C ends the waiting, not the job")
    uri = aws.wait(clients.sagemaker, requests.describe_training_job(plan), say, pause)
    aws.fetch(clients.s3, uri, folder / ARCHIVE)
    say(f"{folder / ARCHIVE}: the model, from {uri}")
    if not is_supervised:
        found = fetch.embeddings(folder / ARCHIVE, folder / fetch.TEXT)
        say(f"{folder / fetch.TEXT}: {found.words} words of {found.dim} dimensions")


def corpus(sources: Sequence[Path], path: Path, is_supervised: bool, say: Callable[[str], None]) -> None:
    """Prepare one file, and say what is in it."""
    made = (prepare.labelled if is_supervised else prepare.sentences)(sources, path)
    say(f"{path}: {made.lines} lines, {made.words} words")
    if made.left_out:
        say(f"{made.left_out} texts without a word were left out")
    for was, name in made.labels.items():
        say(f"the label {was!r} is written as {name!r}: white space would end it")
