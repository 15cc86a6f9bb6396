"""The `train` program before the toolkit takes over: whatever is wrong with the configuration is one sentence."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from smcontract.training import start

from tests.opt_ml import PYTHONPATH, OptMl

FIXTURES = Path(__file__).parents[2] / "fixtures"
HOST = {"current_host": "algo-1", "hosts": ["algo-1"]}
DEEP = "[" * 100_000
RESOURCES, CHANNELS, HYPERPARAMETERS = "resourceconfig", "inputdataconfig", "hyperparameters"

MALFORMED = {
    "is missing: SageMaker and its local mode write it": None,
    "is not valid JSON": b"{",
    "cannot read": Path,  # a folder
    "must hold a JSON object, not a list": b"[]",
    "is not valid JSON: 'utf-8' codec can't decode": json.dumps({"train": {}}).encode("utf-16"),
    "is not valid JSON: it is nested too": DEEP.encode(),
}
WRONG = [
    (RESOURCES, {}, "resourceconfig.json: current_host is null, not the name of a host"),
    (RESOURCES, HOST | {"current_host": 5}, "current_host is 5"),
    (RESOURCES, HOST | {"current_host": "\ud800"}, "current_host is"),
    (RESOURCES, HOST | {"current_host": "a\0b"}, "current_host is"),
    (RESOURCES, {"current_host": "algo-1"}, "hosts is null, not a list of host names"),
    (RESOURCES, HOST | {"hosts": None}, "hosts is null"),
    (RESOURCES, HOST | {"hosts": "algo-1"}, 'hosts is "algo-1"'),
    (RESOURCES, HOST | {"hosts": []}, "hosts is []"),
    (RESOURCES, HOST | {"hosts": [1]}, "hosts is [1]"),
    (RESOURCES, HOST | {"hosts": ["algo-2"]}, 'with the current_host "algo-1" among them'),
    (RESOURCES, HOST | {"current_instance_type": 5}, "current_instance_type is 5, not text"),
    (RESOURCES, HOST | {"current_group_name": []}, "current_group_name is [], not text"),
    (RESOURCES, HOST | {"instance_groups": 5}, "instance_groups is 5, not a list of objects"),
    (RESOURCES, HOST | {"instance_groups": [{"hosts": ["algo-1"]}]}, "instance_groups is"),
    (RESOURCES, HOST | {"instance_groups": [{"instance_group_name": "a", "hosts": 5}]}, "instance_groups is"),
    (CHANNELS, {"train": ["File"]}, 'channel "train" in inputdataconfig.json must be an object'),
    (CHANNELS, {"train": {"TrainingInputMode": 5}}, "TrainingInputMode is 5, not text"),
    (CHANNELS, {"train": {"ContentType": 5}}, "ContentType is 5, not text"),
    (CHANNELS, {"train": {"S3DistributionType": {}}}, "S3DistributionType is {}, not text"),
    (CHANNELS, {"a\0b": {}}, "has a name that SageMaker does not allow"),
    ("checkpointconfig", {"LocalPath": 5}, "checkpointconfig.json: LocalPath is 5, not text"),
    (HYPERPARAMETERS, {"epochs": DEEP}, 'hyperparameter "epochs" is JSON nested too deeply'),
    (HYPERPARAMETERS, {"sagemaker_job_name": "5"}, "hyperparameter sagemaker_job_name is 5"),
    (HYPERPARAMETERS, {"sagemaker_region": "[1]"}, "hyperparameter sagemaker_region is [1]"),
    (HYPERPARAMETERS, {"sagemaker_container_log_level": "high"}, 'sagemaker_container_log_level is "high"'),
    (HYPERPARAMETERS, {"sagemaker_s3_output": "here"}, 'sagemaker_s3_output is "here"'),
]


class Container(OptMl):
    """Runs the program on the algorithm of a fixture, or in this process as far as the toolkit's part."""

    def run(self, **environ):
        path = os.pathsep.join([str(FIXTURES), PYTHONPATH])
        environ = self.environ(SAGEMAKER_TRAINING_MODULE="tiny_algorithm:main", PYTHONPATH=path, **environ)
        return subprocess.run([self.programs / "train"], env=environ, text=True, capture_output=True, timeout=60)

    def refuse(self, sentence, log):
        """Assert that the program's first part ends it with this sentence, wherever it is read."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAGEMAKER_BASE_DIR", str(self.paths.base))
            with pytest.raises(SystemExit) as end:
                start.main()
        assert end.value.code == 1
        failure = self.paths.failure.read_text()
        assert sentence in failure
        assert [(record.message, record.exc_info) for record in log.records] == [(failure, None)]
        assert "Traceback" not in failure
        assert self.files() == []


@pytest.fixture
def container(tmp_path):
    made = Container(tmp_path / "ml")
    made.put("train", "one\ntwo\n", "a.txt", "text/plain")
    return made


@pytest.mark.parametrize("name", [RESOURCES, CHANNELS, HYPERPARAMETERS])
@pytest.mark.parametrize(("sentence", "content"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_file_that_is_no_configuration(container, caplog, name, sentence, content):
    path = container.paths.input_config / f"{name}.json"
    path.unlink()
    if content is Path:
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    container.refuse(sentence, caplog)


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_value_of_the_wrong_type(container, caplog, name, value, sentence):
    container.configure(name, value)
    container.refuse(sentence, caplog)


def test_a_log_level_in_words(container, caplog, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_CONTAINER_LOG_LEVEL", "high")
    container.refuse('SAGEMAKER_CONTAINER_LOG_LEVEL is "high"', caplog)


def test_the_program_says_the_sentence_alone_and_replaces_that_of_an_earlier_attempt(container):
    container.paths.failure.write_text("of an earlier attempt")
    container.configure(RESOURCES, {})
    done = container.run()
    failure = container.paths.failure.read_text()
    assert done.returncode == 1
    assert "current_host is null" in failure
    assert failure in done.stderr
    assert "earlier" not in failure
    assert "Traceback" not in done.stdout + done.stderr + failure
    assert container.files() == []


def test_local_mode_writes_the_smallest_configuration(container):
    """Without S3DistributionType: aws/sagemaker-xgboost-container#155."""
    container.configure(CHANNELS, {"train": {}})
    done = container.run()
    assert done.returncode == 0, done.stderr
    assert container.files() == ["count.txt", "manifest.json"]


def test_no_folder_at_all(tmp_path):
    container = Container(tmp_path / "ml")
    done = container.run(SAGEMAKER_BASE_DIR=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "resourceconfig.json is missing" in done.stderr
    assert "Traceback" not in done.stderr
