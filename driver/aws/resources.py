"""The kinds of things that SageMaker keeps under a name, and how the API calls them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from driver.aws import calls
from driver.aws.target import Target
from driver.errors import DriverError, NotFoundError, quote
from driver.requests import names
from driver.requests.request import Request


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`api_name` is such as TrainingJob. `status` is the field of a description that ends as a `terminal_statuses`.

    `log_group` holds its logs in CloudWatch Logs, and its streams begin with the name and a slash.
    """

    label: str
    api_name: str
    status: str = ""
    terminal_statuses: tuple[str, ...] = ()
    can_stop: bool = False
    can_delete: bool = False
    log_group: str | None = None

    @property
    def key(self) -> str:
        """The parameter that names one."""
        return f"{self.api_name}Name"

    @property
    def flag(self) -> str:
        """How `--kind` calls it.

        Example:
            >>> TRAINING.flag
            'training-job'
        """
        return self.label.replace(" ", "-")

    def is_billed(self, status: str) -> bool:
        """Whether AWS bills it by the second: a job until its end, an endpoint until it is deleted."""
        return (self.can_stop and status not in self.terminal_statuses) or self.api_name == "Endpoint"

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
        return Request("sagemaker", f"{verb}{self.api_name}", {self.key: names.check(name, self.label)})

    def list(self, contains: str | None = None) -> Request:
        """Return the request, newest first. Raises DriverError for text that no name contains."""
        if contains and not names.is_part(contains):
            raise DriverError(
                f"names cannot contain {quote(contains)}: names have letters, digits and hyphens, {names.LONGEST} at "
                "most"
            )
        parameters = {
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            **({"NameContains": contains} if contains else {}),
        }
        return Request("sagemaker", f"List{self.api_name}s", parameters)


_JOB = ("Completed", "Failed", "Stopped")

TRAINING = Kind(
    label="training job", api_name="TrainingJob", status="TrainingJobStatus", terminal_statuses=_JOB, can_stop=True,
    log_group="/aws/sagemaker/TrainingJobs",
)  # fmt: skip
TUNING = Kind(
    label="tuning job", api_name="HyperParameterTuningJob", status="HyperParameterTuningJobStatus",
    terminal_statuses=_JOB, can_stop=True,
)  # fmt: skip
TRANSFORM = Kind(
    label="transform job", api_name="TransformJob", status="TransformJobStatus", terminal_statuses=_JOB, can_stop=True,
    log_group="/aws/sagemaker/TransformJobs",
)  # fmt: skip
MODEL = Kind(label="model", api_name="Model", can_delete=True)
CONFIG = Kind(label="endpoint configuration", api_name="EndpointConfig", can_delete=True)
ENDPOINT = Kind(
    label="endpoint", api_name="Endpoint", status="EndpointStatus", can_delete=True,
    terminal_statuses=("InService", "OutOfService", "Failed", "UpdateRollbackFailed"),
    log_group="/aws/sagemaker/Endpoints",
)  # fmt: skip

EVERY = (TRAINING, TUNING, TRANSFORM, ENDPOINT, CONFIG, MODEL)


def describe(target: Target, kind: Kind, name: str) -> dict[str, Any]:
    """Return AWS's description. Raises NotFoundError when there is none of that name, DriverError for the rest."""
    request = kind.describe(name)
    answer = target.call(request.service, request.operation, request.parameters, f"describe the {kind.label} {name}")
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def try_describe(target: Target, kind: Kind, name: str) -> dict[str, Any] | None:
    """Return AWS's description, None when there is none of that name; nothing is asked where there can be none."""
    if not names.fits(name, kind.label):
        return None
    try:
        return describe(target, kind, name)
    except NotFoundError:
        return None


def describe_all(target: Target, name: str, kinds: Sequence[Kind]) -> list[tuple[Kind, dict[str, Any]]]:
    """Return everything of that name, with its description. Raises NotFoundError when there is nothing."""
    names.check(name, max(kinds, key=lambda kind: names.longest(kind.label)).label)
    there = [(kind, description) for kind in kinds if (description := try_describe(target, kind, name)) is not None]
    if not there:
        *others, last = (kind.label for kind in kinds)
        words = f"{', '.join(others)} or {last}" if others else last
        raise NotFoundError(f"no {words} called {name} exists: `./launch.py list{target.flags}` lists what does")
    return there


def describe_one(target: Target, name: str, kinds: Sequence[Kind]) -> tuple[Kind, dict[str, Any]]:
    """Return the one thing of that name. Raises DriverError when there are several."""
    there = describe_all(target, name, kinds)
    if there[1:]:
        words = ", ".join(kind.flag for kind, _ in there)
        raise DriverError(f"{name} is the name of several resources ({words}): choose one with --kind")
    return there[0]


def check_free(target: Target, kind: Kind, name: str) -> None:
    """Raise DriverError when a job has that name. Training and tuning jobs share a place in S3, so also names."""
    for other in (TRAINING, TUNING) if kind in (TRAINING, TUNING) else (kind,):
        if try_describe(target, other, name) is not None:
            raise DriverError(
                f"a {other.label} called {name} already exists, and names cannot be used again: choose another with "
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
    for page in calls.pages(client, request.operation, request.parameters, f"list the {kind.label}s"):
        for value in page.values():
            if isinstance(value, list):
                yield from value
