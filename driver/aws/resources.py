"""The kinds of things that SageMaker keeps under a name, and how the API calls them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from driver.aws import calls
from driver.aws.target import Target
from driver.errors import DriverError, NotFoundError, shown
from driver.requests import names
from driver.requests.request import Request


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`thing` is the API's name, such as TrainingJob. Without `status` it has none; `ends` are the last statuses.

    `log_group` holds its logs in CloudWatch Logs, and its streams begin with the name and a slash.
    """

    word: str
    thing: str
    status: str = ""
    ends: tuple[str, ...] = ()
    can_stop: bool = False
    can_delete: bool = False
    log_group: str | None = None

    @property
    def key(self) -> str:
        """The parameter that names one."""
        return f"{self.thing}Name"

    @property
    def flag(self) -> str:
        """How `--kind` calls it.

        Example:
            >>> TRAINING.flag
            'training-job'
        """
        return self.word.replace(" ", "-")

    def is_billed(self, status: str) -> bool:
        """Whether AWS bills it by the second: a job until its end, an endpoint until it is deleted."""
        return (self.can_stop and status not in self.ends) or self.thing == "Endpoint"

    def describe(self, name: str) -> Request:
        """Return the request."""
        return self._request("Describe", name)

    def stop(self, name: str) -> Request:
        """Return the request."""
        return self._request("Stop", name)

    def delete(self, name: str) -> Request:
        """Return the request."""
        return self._request("Delete", name)

    def _request(self, verb: str, name: str) -> Request:
        """Return the request. Raises DriverError for a name that this kind cannot have."""
        return Request("sagemaker", f"{verb}{self.thing}", {self.key: names.checked(name, self.word)})

    def list(self, contains: str | None = None) -> Request:
        """Return the request, newest first. Raises DriverError for text that no name contains."""
        if contains and not names.is_part(contains):
            raise DriverError(
                f"names cannot contain {shown(contains)}: names have letters, digits and hyphens, {names.LONGEST} at "
                "most"
            )
        parameters = {
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            **({"NameContains": contains} if contains else {}),
        }
        return Request("sagemaker", f"List{self.thing}s", parameters)


_JOB = ("Completed", "Failed", "Stopped")

TRAINING = Kind(word="training job", thing="TrainingJob", status="TrainingJobStatus", ends=_JOB, can_stop=True,
                log_group="/aws/sagemaker/TrainingJobs")  # fmt: skip
TUNING = Kind(word="tuning job", thing="HyperParameterTuningJob", status="HyperParameterTuningJobStatus", ends=_JOB,
              can_stop=True)  # fmt: skip
TRANSFORM = Kind(word="transform job", thing="TransformJob", status="TransformJobStatus", ends=_JOB, can_stop=True,
                 log_group="/aws/sagemaker/TransformJobs")  # fmt: skip
MODEL = Kind(word="model", thing="Model", can_delete=True)
CONFIG = Kind(word="endpoint configuration", thing="EndpointConfig", can_delete=True)
ENDPOINT = Kind(word="endpoint", thing="Endpoint", status="EndpointStatus", can_delete=True,
                ends=("InService", "OutOfService", "Failed", "UpdateRollbackFailed"),
                log_group="/aws/sagemaker/Endpoints")  # fmt: skip

EVERY = (TRAINING, TUNING, TRANSFORM, ENDPOINT, CONFIG, MODEL)


def describe(target: Target, kind: Kind, name: str) -> dict[str, Any]:
    """Return AWS's description. Raises NotFoundError when there is none of that name, DriverError for the rest."""
    request = kind.describe(name)
    answer = target.call(request.service, request.operation, request.parameters, f"describe the {kind.word} {name}")
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def found(target: Target, kind: Kind, name: str) -> dict[str, Any] | None:
    """Return AWS's description, None when there is none of that name; nothing is asked where there can be none."""
    if not names.fits(name, kind.word):
        return None
    try:
        return describe(target, kind, name)
    except NotFoundError:
        return None


def named(target: Target, name: str, kinds: Sequence[Kind]) -> list[tuple[Kind, dict[str, Any]]]:
    """Return everything of that name, with its description. Raises NotFoundError when there is nothing."""
    names.checked(name, max(kinds, key=lambda kind: names.longest(kind.word)).word)
    there = [(kind, description) for kind in kinds if (description := found(target, kind, name)) is not None]
    if not there:
        *others, last = (kind.word for kind in kinds)
        words = f"{', '.join(others)} or {last}" if others else last
        raise NotFoundError(f"no {words} called {name} exists: `./launch.py list{target.flags}` lists what does")
    return there


def one(target: Target, name: str, kinds: Sequence[Kind]) -> tuple[Kind, dict[str, Any]]:
    """Return the one thing of that name. Raises DriverError when there are several."""
    there = named(target, name, kinds)
    if there[1:]:
        words = ", ".join(kind.flag for kind, _ in there)
        raise DriverError(f"{name} is the name of several resources ({words}): choose one with --kind")
    return there[0]


def check_free(target: Target, kind: Kind, name: str) -> None:
    """Raise DriverError when a job has that name. Training and tuning jobs share a place in S3, so also names."""
    for other in (TRAINING, TUNING) if kind in (TRAINING, TUNING) else (kind,):
        if found(target, other, name) is not None:
            raise DriverError(
                f"a {other.word} called {name} already exists, and names cannot be used again: choose another with "
                "--name"
            )


def trials(target: Target, name: str) -> list[dict[str, Any]]:
    """Return what AWS lists of a tuning job's training jobs, oldest first."""
    parameters = {"HyperParameterTuningJobName": name, "SortBy": "CreationTime", "SortOrder": "Ascending"}
    operation = "ListTrainingJobsForHyperParameterTuningJob"
    pages = calls.pages(target.client("sagemaker"), operation, parameters, f"list the training jobs of {name}")
    return [trial for page in pages for trial in page["TrainingJobSummaries"]]


def summaries(target: Target, kind: Kind, contains: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield what AWS lists of a kind, newest first."""
    request = kind.list(contains)
    client = target.client(request.service)
    for page in calls.pages(client, request.operation, request.parameters, f"list the {kind.word}s"):
        for value in page.values():
            if isinstance(value, list):
                yield from value
