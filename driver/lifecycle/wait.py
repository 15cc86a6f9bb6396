"""Waits until a job has ended or an endpoint answers, and says how it went on."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from driver.aws import logs, resources
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.errors import FAILED, INTERRUPTED, STOPPED, DriverError, NotFoundError
from driver.lifecycle.progress import Progress
from driver.output import Output

FIRST_LOCAL_PAUSE, LOCAL_PAUSE = 0.1, 0.5
AWS_PAUSE = 10.0
"""Seconds between two questions; AWS throttles those who ask more often."""

_PREFIX = re.compile(r"^(AlgorithmError|ClientError|InternalServerError): (?:See job logs for more information)?")
_SUFFIX = re.compile(r",? ?exit code:? -?[0-9]+\.?$", re.IGNORECASE)


def wait(target: Target, kind: Kind, name: str, output: Output) -> dict[str, Any]:
    """Return the description of what has ended, whatever its status. Ctrl-C offers to stop a job.

    Raises DriverError, with exit code 130 when interrupted.
    """
    progress = Progress(sys.stderr if output.as_json else sys.stdout)
    tail = logs.tail(target, kind, name) if kind.can_stop else None
    try:
        for seconds in _pauses(target):
            description = resources.describe(target, kind, name)
            progress.update(status(kind, name, description), _lines(tail))
            if description[kind.status] in kind.terminal_statuses:
                progress.update(status(kind, name, description), _lines(tail))  # what came between the two questions
                break
            time.sleep(seconds)
    except KeyboardInterrupt:
        progress.end()
        raise _interruption(target, kind, name) from None
    except NotFoundError:
        raise
    except DriverError as error:
        raise DriverError(f"{error}; {name} continues without this command", error.exit_code) from error
    finally:
        progress.end()
    return description


def for_model(target: Target, name: str, output: Output) -> str:
    """Return the S3 URI of the job's model.tar.gz, when it has completed. Raises DriverError when it ends otherwise."""
    description = wait(target, resources.TRAINING, name, output)
    judge(target, resources.TRAINING, name, description)
    return str(description["ModelArtifacts"]["S3ModelArtifacts"])


def pause(target: Target) -> float:
    """Return the seconds between two questions."""
    return LOCAL_PAUSE if target.is_local else AWS_PAUSE


def _pauses(target: Target) -> Iterator[float]:
    """Yield the seconds before each next question: on this machine, where most jobs are short, short ones first."""
    seconds = FIRST_LOCAL_PAUSE if target.is_local else AWS_PAUSE
    while True:
        yield min(seconds, pause(target))
        seconds *= 1.5


def judge(target: Target, kind: Kind, name: str, description: dict[str, Any]) -> None:
    """Raise DriverError, with exit code 3 or 4, unless the job is Completed or the endpoint InService."""
    state = description[kind.status]
    if state in ("Completed", "InService"):
        return
    which = "" if kind.can_stop else f" --kind {kind.flag}"  # a job may have the endpoint's name
    where = f"; its log: ./launch.py logs {name}{which}{target.flags}" if kind.log_group else ""
    if state == "Stopped":
        why = description.get("SecondaryStatus", "Stopped")
        cause = f" ({why}: a longer --max-runtime would help)" if why.startswith("Max") else ""
        raise DriverError(f"the {kind.label} {name} was stopped{cause}{where}", STOPPED)
    left = f"; it remains until you delete it: ./launch.py delete {name}{target.flags}" if kind.can_delete else ""
    raise DriverError(f"the {kind.label} {name} failed: {reason(description)}{where}{left}", FAILED)


def reason(description: dict[str, Any]) -> str:
    """Return the FailureReason as one line, without what SageMaker puts around the container's own words.

    Example:
        >>> reason({"FailureReason": "AlgorithmError: reviews.csv line 1:\\n3 columns, exit code: 1"})
        'reviews.csv line 1: 3 columns'
    """
    text = " ".join(str(description.get("FailureReason", "")).split())
    return _SUFFIX.sub("", _PREFIX.sub("", text)).strip(" .") or "no reason is given"


def status(kind: Kind, name: str, description: dict[str, Any]) -> str:
    """Say how far it is.

    Example:
        >>> status(resources.TRAINING, "a", {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Downloading"})
        'training job a: InProgress, Downloading'
    """
    parts = [str(description[kind.status])]
    secondary = description.get("SecondaryStatus", parts[0])
    if secondary != parts[0]:
        parts.append(secondary)
    if counters := description.get("TrainingJobStatusCounters"):
        parts += [f"{number} {word}" for word, number in counters.items() if number]
    return f"{kind.label} {name}: {', '.join(parts)}"


def _lines(tail: logs.Tail | None) -> list[logs.Line]:
    return list(_read(tail)) if tail else []


def _read(tail: logs.Tail) -> Iterable[logs.Line]:
    try:
        yield from tail.lines()
    except NotFoundError:
        return
    except DriverError as error:
        if "access denied" not in str(error):  # the job matters, and may be watched without its log
            raise


def _interruption(target: Target, kind: Kind, name: str) -> DriverError:
    goes_on = f"{name} continues without this command"
    if kind.can_stop:
        command = f"./launch.py stop {name}{target.flags}"
        if sys.stdin.isatty() and sys.stderr.isatty():
            print(f"\nStop the {kind.label} {name}? Otherwise it continues and, on AWS, is billed. [y/N] ", end="",
                  file=sys.stderr, flush=True)  # fmt: skip
            if sys.stdin.readline().strip().lower() in ("y", "yes"):
                request = kind.stop(name)
                target.call(request.service, request.operation, request.parameters, f"stop the {kind.label} {name}")
                return DriverError(f"the {kind.label} {name} is stopping", INTERRUPTED)
        return DriverError(f"{goes_on}: `{command}` stops it", INTERRUPTED)
    return DriverError(f"{goes_on}: `./launch.py describe {name}{target.flags}` shows it", INTERRUPTED)
