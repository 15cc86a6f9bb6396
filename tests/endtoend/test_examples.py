"""The requests that `deploy` and `local status` print for people without launch.py run as they are printed."""

import io
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from driver import cli
from driver.aws import examples
from driver.aws.target import aws_target
from tests.emulator.running import RunningEmulator
from tests.endtoend.conftest import PATIENCE

pytestmark = PATIENCE

REPOSITORY = Path(__file__).resolve().parents[2]
ASKED = '{"INSTANCES": ["A TEXT"]}'
"""What the program answers: the body in upper case."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """One that runs the programs of tests/fixtures, with a model called reviews."""
    folder = tmp_path_factory.mktemp("examples")
    running = RunningEmulator(folder / "state", "--engine", "process", module="tests.emulator.with_fixtures")
    (folder / "data.csv").write_text("a film\n")
    train = ("train", "--image", "program-good", "--train", str(folder / "data.csv"), "--name", "reviews")
    assert cli.main([*train, "--state", str(running.state)]) == 0
    yield running
    running.end()


@pytest.fixture(scope="module")
def deployed(emulator: RunningEmulator) -> list[str]:
    """The lines that `deploy` printed for an endpoint called reviews."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        assert cli.main(["deploy", "reviews", "--state", str(emulator.state)]) == 0
    return out.getvalue().splitlines()


def shell(lines: list[str], **environment: str) -> list[str]:
    """What a shell in the checkout prints that knows nothing of AWS."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_"))}
    plain["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{plain['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)], cwd=REPOSITORY, env={**plain, **environment}, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_deploy_prints_asks_the_endpoint(
    emulator: RunningEmulator, deployed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    start = deployed.index('next: ./launch.py invoke reviews "a text"') + 1
    lines = [line for line in deployed[start:] if not line.endswith(":")]  # which are words for people
    answers = shell(lines)
    assert [answer[: len(ASKED)] for answer in answers if answer] == [ASKED, ASKED]

    # On AWS the key comes from the AWS CLI, here from variables as in a container.
    target = aws_target("us-east-1", None, None, None, None, emulator.endpoint_url)
    keys = {name.upper(): value for name, value in emulator.key.items()}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    on_aws = examples.of_endpoint(target, "reviews", examples.exporting(None))
    answers = shell(["export AWS_SESSION_TOKEN=", *(line for line in on_aws if not line.endswith(":"))], **keys)
    assert [answer[: len(ASKED)] for answer in answers if answer] == [ASKED, ASKED]


@pytest.mark.usefixtures("deployed")
def test_what_status_prints_asks_the_emulator(emulator: RunningEmulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["local", "status", "--state", str(emulator.state)]) == 0
    printed = capsys.readouterr().out.splitlines()
    (first,) = [number for number, line in enumerate(printed) if "local env" in line]
    export = printed[first].partition("at it: ")[2]
    by_curl, by_python = "".join(shell([export, *printed[first + 2 :]])).split("}]}")
    assert by_curl.startswith('{"Endpoints": [')
    assert by_python.startswith("[{'EndpointName': ")


def test_who_does_not_sign_is_told_how(emulator: RunningEmulator) -> None:
    request = urllib.request.Request(f"{emulator.endpoint_url}/endpoints/reviews/invocations", b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    said = refused.value.read().decode()
    assert "./launch.py local env" in said
    assert "--aws-sigv4 aws:amz:us-east-1:sagemaker" in said
