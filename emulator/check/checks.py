"""The checks: what a SageMaker container must do, seen from outside. They need the docker engine."""

import contextlib
import http.client
import json
import os
import threading
import time
from pathlib import Path

from emulator.check.sample import Sample
from emulator.check.scorecard import Scorecard
from emulator.engines import Container, DockerEngine, Launch
from emulator.engines.docker import docker
from emulator.engines.log import Log
from emulator.errors import EmulatorError
from emulator.files import archive, modes
from emulator.files.temporary import temporary
from emulator.jobs.collecting import collect
from emulator.jobs.hosts import Host
from emulator.serving.client import Reply, request
from emulator.serving.health import wait_until_healthy
from emulator.training import layout
from emulator.training.job import TrainingJob

LABEL = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port"
DRAIN_SECONDS = 25  # SIGKILL comes after 30: five are left to the platform
KILLED = 137  # by us, after DRAIN_SECONDS
TRAIN_SECONDS = 300
ANSWER_SECONDS = 60
HEALTHY_SECONDS = 60
OTHER_USER = 10001  # no user of this number is in the image: only numbers count


def check(tag: str, sample: Sample) -> int:
    """Run every check against the image `tag`; the number that failed."""
    card = Scorecard()
    check_metadata(tag, card)
    number = os.getuid() or OTHER_USER
    for who, user in (("the image's user", None), (f"user {number}", f"{number}:{number}")):
        with temporary("check-") as work:
            check_contract(tag, sample, work, user, who, card)
    return card.failed


def check_metadata(tag: str, card: Scorecard) -> None:
    """What the image says of itself, and that `train` and `serve` are on its PATH."""
    image = json.loads(docker("image", "inspect", tag))[0]
    config = image["Config"]
    with card.check("is built for linux/amd64"):
        _expect(f"{image['Os']}/{image['Architecture']}", "linux/amd64")
    with card.check("runs `train` by default and has no ENTRYPOINT"):
        _expect((config["Cmd"], config["Entrypoint"] or None), (["train"], None))
    with card.check(f"carries the label {LABEL}=true"):
        _expect((config["Labels"] or {}).get(LABEL), "true")
    with card.check("has `train` and `serve` on PATH") as notes:
        shell = ("--rm", "--network", "none", "--entrypoint", "/bin/sh")
        notes.extend(docker("run", *shell, tag, "-c", "command -v train && command -v serve").splitlines())


def check_contract(tag: str, sample: Sample, work: Path, user: str | None, who: str, card: Scorecard) -> None:
    """Train, then serve what was trained. What cannot be tried after a failure is left out."""
    trained = healthy = None
    with card.check(f"trains as {who} with no network and a read-only root") as notes:
        trained = check_training(tag, sample, work, user)
        notes.append(f"{trained:.1f} s")
    if trained is None:
        return
    with contextlib.ExitStack() as stack:
        with card.check(f"serves as {who} with no network, a read-only root and a read-only model") as notes:
            started = time.monotonic()
            container, log = start_serving(tag, work, user, stack)
            check_health(container, log)
            healthy = time.monotonic() - started
            notes.append(f"healthy after {healthy:.1f} s")
        if healthy is not None:
            check_requests(container, log, sample, card)


def check_training(tag: str, sample: Sample, work: Path, user: str | None) -> float:
    """Run the sample's training job; its seconds. EmulatorError when it fails or leaves no model."""
    opt_ml = work / "train"
    layout.write(opt_ml, TrainingJob("check", sample.channels, sample.hyperparameters))
    _hand_over(opt_ml, user)
    launch = Launch("check-train", "train", opt_ml, network_isolation=True, read_only_root=True, user=user)
    started = time.monotonic()
    with Log(work / "train.log") as log:
        with DockerEngine(tag).start(launch, log) as container:
            ended = container.wait(TRAIN_SECONDS)
        seconds = time.monotonic() - started
        if ended is None or ended.code:
            raise EmulatorError(f"{ended or f'it did not end within {TRAIN_SECONDS} s'}{log.tail}")
        with collect([Host("algo-1", opt_ml)], "model", log) as entries:
            if not entries:
                raise EmulatorError(f"it left nothing in /opt/ml/model{log.tail}")
            archive.write(entries, work / "model.tar.gz")
    return seconds


def start_serving(tag: str, work: Path, user: str | None, stack: contextlib.ExitStack) -> tuple[Container, Log]:
    """Start `serve` on the model trained before; the stack ends it."""
    opt_ml = work / "serve"
    (opt_ml / "model").mkdir(parents=True)
    archive.unpack(work / "model.tar.gz", opt_ml / "model")
    modes.open_to_all(opt_ml)
    _hand_over(opt_ml, user)
    launch = Launch(
        "check-serve", "serve", opt_ml, read_only=("model",), network_isolation=True, read_only_root=True, user=user
    )
    log = stack.enter_context(Log(work / "serve.log"))
    return stack.enter_context(DockerEngine(tag).start(launch, log)), log


def check_health(container: Container, log: Log) -> None:
    """Wait for /ping to answer 200. EmulatorError with its history when it does not."""
    healthy, history = wait_until_healthy(container.address, lambda: container.running, HEALTHY_SECONDS)
    if not healthy:
        raise EmulatorError(f"/ping never answered 200, but {'; '.join(map(str, history))}{log.tail}")


def check_requests(container: Container, log: Log, sample: Sample, card: Scorecard) -> None:
    """A good request, a bad one, and a SIGTERM in the middle of a third."""
    with card.check("answers the sample request") as notes:
        reply = _invoke(container, sample.request, sample.request_type)
        if reply.status != 200 or not reply.body:
            raise EmulatorError(f"it answered {reply.status} {reply.body[:200]!r}{log.tail}")
        notes.append(f"{len(reply.body):,} bytes of {reply.headers['Content-Type']}")
    with card.check("refuses an unknown content type with a 4xx and no traceback") as notes:
        reply = _invoke(container, b"?", "application/x-unknown")
        if not 400 <= reply.status < 500 or b"Traceback" in reply.body:
            raise EmulatorError(f"it answered {reply.status} {reply.body[:200]!r}")
        notes.append(str(reply.status))
    with card.check("answers a request in flight at SIGTERM, then exits with code 0") as notes:
        notes.append(f"{check_drain(container, sample):.1f} s")


def check_drain(container: Container, sample: Sample) -> float:
    """Send half a request, SIGTERM, the other half: a whole answer must come, then the end. The seconds until then."""
    connection = http.client.HTTPConnection(*container.address, timeout=ANSWER_SECONDS)
    with contextlib.closing(connection):
        half = len(sample.request) // 2
        connection.putrequest("POST", "/invocations")
        connection.putheader("Content-Type", sample.request_type)
        connection.putheader("Content-Length", str(len(sample.request)))
        connection.endheaders(sample.request[:half])
        time.sleep(0.5)  # until the server has taken the request up
        started = time.monotonic()
        stopping = threading.Thread(target=container.stop, args=(DRAIN_SECONDS,), daemon=True)
        stopping.start()
        time.sleep(1.0)  # until the server has acted on the signal
        connection.send(sample.request[half:])
        response = connection.getresponse()
        body = response.read()
    if response.status != 200 or not body:
        raise EmulatorError(f"the request in flight was answered {response.status} {body[:200]!r}")
    stopping.join()
    ended = container.wait()
    if ended is None or ended.code == KILLED:
        raise EmulatorError(f"it answered, but did not end within {DRAIN_SECONDS} s")
    if ended.code:
        raise EmulatorError(f"it answered, but ended with {ended}")
    return time.monotonic() - started


def _invoke(container: Container, body: bytes, content_type: str) -> Reply:
    headers = {"Content-Type": content_type}
    return request(container.address, "POST", "/invocations", body, headers, timeout=ANSWER_SECONDS)


def _hand_over(folder: Path, user: str | None) -> None:
    """Make another user the owner. Only root can; anyone else runs the container under their own number."""
    if user is not None and os.getuid() == 0:
        owner = int(user.split(":")[0])
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner)


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise EmulatorError(f"found {found}, expected {wanted}")
