"""What the URI of an image means on this machine."""

import re
from pathlib import Path

import pytest

from emulator.api.errors import ApiError
from emulator.images import TrainingImages

REPOSITORY = Path(__file__).resolve().parents[2]
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "uri", ["xgboost-sentiment:dev", f"{ECR}/xgboost-sentiment:1", f"{ECR}/team/xgboost-sentiment"]
)
def test_an_image_of_the_repository(uri: str) -> None:
    image = TrainingImages(REPOSITORY, "process").resolve(uri, "us-east-1")
    assert (image.note, image.metric_definitions) == (None, ())
    assert image.container_hyperparameters({"num_round": "3", "_tuning_objective_metric": "a:b"}) == {
        "num_round": "3",
        "_tuning_objective_metric": "a:b",
    }


@pytest.mark.parametrize("name", ["xgboost:1", "sagemaker-xgboost:1.7-1"])
def test_the_twin_of_xgboost(name: str) -> None:
    uri = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/{name}"
    image = TrainingImages(REPOSITORY, "process").resolve(uri, "us-east-1")
    assert image.note == f"{uri} is Amazon's own algorithm: xgboost-sentiment runs here in its place"
    assert image.container_hyperparameters({"num_round": "3"}) == {"input": "features", "num_round": "3"}
    tuned = {"_tuning_objective_metric": "validation:auc"}
    assert image.container_hyperparameters(tuned)["eval_metric"] == "auc"
    assert image.container_hyperparameters({**tuned, "eval_metric": "error,auc"})["eval_metric"] == "error,auc"
    (regex,) = [each["Regex"] for each in image.metric_definitions if each["Name"] == "validation:auc"]
    found = re.search(regex, "epoch=3; train:auc=0.5; validation:auc=0.75;")
    assert found is not None
    assert found[1] == "0.75"


def test_the_twin_of_blazingtext() -> None:
    image = TrainingImages(REPOSITORY, "process").resolve(f"{ECR}/blazingtext:latest", "us-east-1")
    assert [each["Name"] for each in image.metric_definitions] == ["train:mean_rho", "validation:accuracy"]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (
            "nothing:1",
            "The image nothing:1 does not exist here: it is not an image of this repository (blazingtext-client,",
        ),
        (
            "xgboost-sentiment:typo",
            "The image xgboost-sentiment:typo is not on this machine: name xgboost-sentiment:dev, or",
        ),
        ("UPPER", "The image 'UPPER' is neither a local tag nor the URI of an ECR repository"),
        (
            f"{ECR.replace('us-east', 'eu-west')}/xgboost-sentiment:1",
            "is in eu-west-1, not in the job's region us-east-1",
        ),
    ],
)
def test_what_means_nothing_here(uri: str, why: str) -> None:
    with pytest.raises(ApiError, match=re.escape(why)) as error:
        TrainingImages(REPOSITORY, "process").resolve(uri, "us-east-1")
    assert error.value.code == "ValidationException"


@pytest.mark.container
def test_an_image_that_is_not_built_names_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "never-built"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nversion = "1"\n[tool.emulator]\nstands-for = ["first-party"]\n')
    for uri in ("never-built:dev", f"{ECR}/never-built:3", f"{ECR}/first-party:1"):
        with pytest.raises(
            ApiError, match=r"the image never-built:dev does not exist; build it with \./build\.sh never-built$"
        ):
            TrainingImages(tmp_path, "docker").resolve(uri, "us-east-1")


@pytest.mark.container
def test_any_tag_that_the_engine_has(throwaway_image: str) -> None:
    image = TrainingImages(REPOSITORY, None).resolve(throwaway_image, "us-east-1")
    assert image.engine(print).description == f"containers of {throwaway_image}"
    image = TrainingImages(REPOSITORY, None).resolve(f"{ECR}/{throwaway_image}", "us-east-1")
    assert image.engine(print).description == f"containers of {throwaway_image}"
    with pytest.raises(ApiError, match="does not exist here"):
        TrainingImages(REPOSITORY, "process").resolve(throwaway_image, "us-east-1")


@pytest.mark.parametrize(("setting", "uri"), [("docker", "xgboost-sentiment:dev"), (None, "other:1")])
def test_an_engine_that_one_may_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, uri: str
) -> None:
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\necho permission denied while trying to connect to the docker API at unix:///x >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ApiError) as error:
        TrainingImages(REPOSITORY, setting).resolve(uri, "us-east-1")
    assert "you may not use the Docker engine (permission denied on its socket): run `sudo usermod" in str(error.value)
