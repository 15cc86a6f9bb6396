"""Names as long as SageMaker takes them, and one character longer: every command, dry and real, with the emulator."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driver import cli, images
from emulator.api import shapes
from tests.emulator.running import RunningEmulator

TUNING, LONGEST = 32, 63
MODEL = ("--model-data", "s3://texts/model.tar.gz", "--image", "xgboost-sentiment")
AWS = ("--aws", "--dry-run", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer")

Launch = Callable[..., tuple[int, str, str]]


def valid(printed: str) -> None:
    """Hold the requests that a dry run has printed against AWS's service model: every length and pattern in it."""
    requests = json.loads(printed)
    assert requests
    for request in requests:
        if request["service"] == "sagemaker":
            model = shapes.service_model("sagemaker").operation_model(request["operation"])
            shapes.check(model.input_shape, request["parameters"])


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """One whose images are the programs of tests/fixtures besides."""
    state = tmp_path_factory.mktemp("names") / "state"
    state.mkdir()
    running = RunningEmulator(state, "--engine", "process", module="tests.emulator.with_fixtures")
    yield running
    running.end()


@pytest.fixture
def launch(
    emulator: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Launch:
    """Runs a command against the emulator in an empty folder with a file of data: exit code, output, errors."""
    for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text('1,"A wonderful film."\n')

    def run(*arguments: str) -> tuple[int, str, str]:
        where = () if "--aws" in arguments else ("--state", str(emulator.state))
        code = cli.main([*arguments, *where])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_every_command_takes_a_name_of_63_characters(launch: Launch, tmp_path: Path) -> None:
    name = "n" * LONGEST

    def done(*arguments: str) -> str:
        code, out, err = launch(*arguments)
        assert code == 0, f"{arguments}: {err}"
        return out

    assert "Completed" in done("train", "--image", "program-good", "--train", "data.csv", "--name", name)
    assert "TrainingJobStatus: Completed" in done("describe", name)
    done("logs", name)
    done("fetch", name)
    assert (tmp_path / "run" / name / "model.tar.gz").is_file()
    assert launch("stop", name)[2] == f"launch.py: the training job {name} is already Completed\n"
    assert "InService" in done("deploy", name)
    done("invoke", name, "A wonderful film.")
    assert "now" in done("update", name, "--instance-count", "1", "--instance-type", "ml.m5.large")
    done("logs", name, "--kind", "endpoint")
    done("transform", name, "data.csv", "--name", name)
    assert name in done("list", "--contains", name)
    done("delete", name, "--kind", "endpoint")
    done("delete", "--all-from", name, "--data")
    assert launch("describe", name, "--kind", "endpoint")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--image", "program-good", "--train", "data.csv", "--name", "{}"),
        ("deploy", "{}"),
        ("deploy", "--name", "{}", *MODEL),
        ("update", "{}", "job"),
        ("invoke", "{}", "a text"),
        ("transform", "job", "data.csv", *MODEL, "--name", "{}"),
        ("describe", "{}"),
        ("fetch", "{}"),
        ("logs", "{}"),
        ("stop", "{}"),
        ("delete", "{}"),
        ("list", "--contains", "{}"),
    ],
)
def test_a_name_of_64_characters_is_refused_by_its_length(launch: Launch, arguments: tuple[str, ...]) -> None:
    name = "n" * (LONGEST + 1)
    code, out, err = launch(*(argument.format(name) for argument in arguments))
    assert (code, out) == (1, "")
    assert f"has {len(name)} characters" in err or "63 at most" in err
    assert "\n" not in err.rstrip("\n")


DRY = [
    ("train", "xgboost-sentiment", "--name", LONGEST),
    ("tune", "xgboost-sentiment", "--name", TUNING),
    ("deploy", *MODEL, "--name", LONGEST),
    ("deploy", "job", *MODEL, "--version", LONGEST),
    ("update", LONGEST, *MODEL, "--instance-type", "ml.c5.large", "--instance-count", "2"),
    ("invoke", LONGEST, "a text"),
    ("transform", "reviews", "data.csv", *MODEL, "--name", LONGEST),
    ("stop", "--kind", "training-job", LONGEST),
    ("stop", "--kind", "tuning-job", TUNING),
    ("stop", "--kind", "transform-job", LONGEST),
    ("delete", LONGEST),
    ("delete", "--kind", "endpoint-configuration", LONGEST),
    ("delete", "--kind", "model", LONGEST),
    ("pipeline", LONGEST - len("-headlines-99")),
]


@pytest.mark.parametrize("arguments", DRY, ids=lambda arguments: " ".join(map(str, arguments))[:40])
def test_a_dry_run_takes_the_longest_name_and_no_longer_one(launch: Launch, arguments: tuple[str | int, ...]) -> None:
    def run(more: int) -> tuple[int, str, str]:
        return launch(*("n" * (each + more) if isinstance(each, int) else each for each in arguments), *AWS)

    assert run(0)[0] == 0
    code, out, err = run(1)
    assert (code, out) == (1, "")
    assert " characters: use 1 to " in err


@pytest.mark.parametrize("command", ["train", "tune"])
def test_the_name_that_is_made_is_one_that_can_be_for_every_image(launch: Launch, command: str) -> None:
    long = ("--image", f"registry.example.com/team/{'long-' * 30}name:1.0", "--train", "s3://texts/train/")
    search = ("--objective", "loss", "--range", "eta=0:1") if command == "tune" else ()
    for arguments in [*((name, "--train", "s3://texts/train/") for name in images.find_all()), long]:
        mode = ("--set", "mode=skipgram") if arguments[0].startswith("blazingtext") else ()
        code, out, err = launch(command, *arguments, *mode, *search, *AWS)
        assert code == 0, err
        (create,) = json.loads(out)
        name = create["parameters"]["TrainingJobName" if command == "train" else "HyperParameterTuningJobName"]
        assert 16 <= len(name) <= (LONGEST if command == "train" else TUNING)


NAMED = {
    "train": ("train", "{image}", "--train", "s3://texts/train/"),
    "tune": ("tune", "{image}", "--train", "s3://texts/train/"),
    "deploy": ("deploy", "{job}", "--model-data", "s3://texts/model.tar.gz", "--image", "{image}"),
    "update": (
        "update", "{job}", "--model-data", "s3://texts/model.tar.gz", "--image", "{image}", "--instance-type",
        "ml.c5.large", "--instance-count", "2",
    ),
    "transform": ("transform", "{job}", "data.csv", "--model-data", "s3://texts/model.tar.gz", "--image", "{image}"),
    "pipeline": ("pipeline", "{pipeline}", "--vectors", "{image}", "--deploy"),
}  # fmt: skip
"""Commands that make names: without --name, and with the longest names that they are made of."""


def arguments_of(command: str, image: str) -> list[str]:
    longest = {"image": image, "job": "n" * LONGEST, "pipeline": "n" * (LONGEST - len("-headlines-99"))}
    more = ["--set", "mode=skipgram"] if image.startswith("blazingtext") and command in ("train", "tune") else []
    more += ["--objective", "loss", "--range", "epochs=1:2"] if command == "tune" and "blazing" not in image else []
    return [*(argument.format(**longest) for argument in NAMED[command]), *more, *AWS]


@pytest.mark.parametrize("command", NAMED)
def test_every_default_name_is_within_the_limits_of_the_service(launch: Launch, command: str) -> None:
    found = [name for name in images.find_all() if command != "pipeline" or name.startswith("blazingtext")]
    for image in found:
        code, out, err = launch(*arguments_of(command, image))
        assert code == 0, err
        valid(out)


def test_a_new_image_with_a_long_name_needs_no_name_either(tmp_path: Path) -> None:
    name = "a-model-with-a-name-that-says-all-that-its-makers-wanted-to-say-about-it"
    for file in ("driver", "emulator", "images/image-template"):
        shutil.copytree(images.REPOSITORY / file, tmp_path / file.replace("image-template", name))
    shutil.copy(images.REPOSITORY / "launch.py", tmp_path)
    project = tmp_path / "images" / name / "pyproject.toml"
    project.write_text(project.read_text().replace('name = "image-template"', f'name = "{name}"'))
    (tmp_path / "data.csv").write_text('"A wonderful film."\n')
    for command in ("train", "tune", "deploy", "transform"):
        program = [sys.executable, "-m", "driver", *arguments_of(command, name)]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        valid(done.stdout)


def test_a_name_is_refused_before_the_emulator_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    name = "n" * (LONGEST + 1)
    for given in (
        ("train", "xgboost-sentiment", "--name", name), ("tune", "xgboost-sentiment", "--name", "n" * (TUNING + 1)),
        ("deploy", name), ("deploy", "job", "--version", name), ("update", name, "job"), ("invoke", name, "a text"),
        ("transform", "job", __file__, "--name", name), ("pipeline", name), ("pipeline", "news", "--version", name),
    ):  # fmt: skip
        assert cli.main([*given, "--state", str(state)]) == 1
        assert " characters: use 1 to " in capsys.readouterr().err
    assert not state.exists()
