import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from smcontract import manifest

from tests.opt_ml import PYTHONPATH, OptMl

FIXTURES = Path(__file__).parents[2] / "fixtures"


class Container(OptMl):
    """The toolkit's own `train` program runs a fixture's algorithm on it, in a process of its own."""

    def __init__(self, base, limits=()):
        super().__init__(base)
        self.command = [*limits, self.programs / "train"]
        self.put("train", "one\ntwo\n", "a.txt", "text/plain")

    def refused_here(self, algorithm="tiny_algorithm", **hyperparameters):
        """Run the algorithm in this process, which must refuse the job; return the reason it writes."""
        self.main = f"tests.fixtures.{algorithm}:main"
        return self.refused(**hyperparameters)

    def start(self, algorithm):
        path = os.pathsep.join([str(FIXTURES), PYTHONPATH])
        environ = self.environ(SAGEMAKER_TRAINING_MODULE=f"{algorithm}:main", PYTHONPATH=path)
        return subprocess.Popen(self.command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, algorithm):
        """Return exit code, standard output and standard error."""
        with self.start(algorithm) as process:
            out, err = process.communicate(timeout=60)
            return process.returncode, out, err

    def failure(self):
        raw = self.paths.failure.read_bytes()
        assert len(raw.decode()) <= 1024
        return raw.decode()

    def model(self):
        folder = self.paths.model
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


@pytest.fixture
def small_container(tmp_path):
    """One that cannot write 1 MB: on a file system of that size, or, where root is needed and lacking, by ulimit."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path], capture_output=True).returncode:
        yield Container(tmp_path / "ml", limits=["prlimit", "--fsize=1000000"])
    else:
        yield Container(tmp_path / "ml")
        subprocess.run(["umount", tmp_path], check=True)


def test_a_model_is_trained(container):
    container.paths.failure.write_text("of an earlier attempt")
    code, out, _ = container.run("tiny_algorithm")
    assert code == 0
    assert out.splitlines() == ["epoch=1; train:lines=2;", "epoch=2; train:lines=2;"]
    assert container.model() == ["count.txt", "manifest.json"]
    assert manifest.read(container.paths.model, image="tiny").metrics == {"train:lines": 2}
    assert json.loads((container.paths.output_data / "metrics.json").read_text())["latest"] == {"train:lines": 2}
    assert not container.paths.failure.exists()


def test_sigterm_in_mid_training_leaves_a_whole_model(container):
    container.configure("hyperparameters", {"epochs": "1000000", "pause": "0.01"})
    with container.start("tiny_algorithm") as process:
        assert process.stdout.readline() == "epoch=1; train:lines=2;\n"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "SIGTERM received" in err
    assert manifest.read(container.paths.model, image="tiny").files.keys() == {"count.txt"}
    assert not container.paths.failure.exists()


def test_sigterm_before_there_is_a_model_is_no_failure(container):
    with container.start("leaves_early") as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert container.model() == []
    assert not container.paths.failure.exists()


@pytest.mark.parametrize(("hyperparameters", "epochs"), [({}, 1), ({"epochs": "3"}, 3)])
def test_a_default_may_hang_on_another_hyperparameter(container, capsys, hyperparameters, epochs):
    container.main = "tests.fixtures.tiny_algorithm:main"
    container.configure("hyperparameters", {"quick": "true"} | hyperparameters)
    container.call_main()
    assert len(capsys.readouterr().out.splitlines()) == epochs


WRONG = [
    ({"hyperparameters": {"epoch": "2"}}, '"epoch" is unknown: did you mean epochs?'),
    ({"hyperparameters": {"epochs": '"0"', "pause": "x"}}, "wrong hyperparameters: epochs is"),
    ({"inputdataconfig": {}}, 'channel "train" is missing'),
    ({"inputdataconfig": {"train": {"TrainingInputMode": "Pipe"}}}, 'channel "train" uses Pipe mode'),
    ({"inputdataconfig": {"train": {}, "test": 1}}, 'channel "test" in inputdataconfig.json must be an object'),
]


@pytest.mark.parametrize(("configs", "sentence"), WRONG)
def test_wrong_settings_are_refused_with_a_sentence(container, configs, sentence):
    for name, value in configs.items():
        container.configure(name, value)
    assert sentence in container.refused_here(**configs.get("hyperparameters", {}))


@pytest.mark.parametrize(("configs", "sentence"), [WRONG[0], WRONG[2]])
def test_wrong_settings_end_the_program_with_a_sentence_alone(container, configs, sentence):
    for name, value in configs.items():
        container.configure(name, value)
    code, out, err = container.run("tiny_algorithm")
    assert code == 1
    assert sentence in container.failure()
    assert sentence in err
    assert "Traceback" not in out + err + container.failure()
    assert container.model() == []


def test_an_empty_channel_is_refused_with_a_sentence(container):
    container.put("train", "", "a.txt", "text/plain")
    assert container.refused_here().startswith('channel "train" holds no data')


@pytest.mark.parametrize(
    ("algorithm", "cause"),
    [
        ("bad_data_error", "reviews.csv line 7 is not UTF-8"),
        ("bad_out_of_memory", "training ran out of memory"),
    ],
)
def test_what_the_caller_can_mend_is_refused(container, algorithm, cause):
    assert container.refused_here(algorithm).startswith(cause)


def test_what_the_caller_can_mend_shows_no_traceback(container):
    code, out, err = container.run("bad_user_error")
    assert code == 1
    assert container.failure().startswith("reviews.csv line 3 has no label")
    assert "reviews.csv line 3 has no label" in err
    assert "Traceback" not in out + err + container.failure()
    assert container.model() == []


@pytest.mark.parametrize(
    ("algorithm", "cause", "where"),
    [
        ("bad_unexpected_error", "unexpected KeyError: '日本語", "KeyError: '日本語"),
        ("bad_algorithm_error", "the model does not give the scores", "line 9, in algorithm"),
        ("bad_exit_code", "unexpected SystemExit: 3", "line 10, in algorithm"),
    ],
)
def test_a_fault_of_ours_leads_with_the_cause_and_logs_the_traceback(container, algorithm, cause, where):
    code, _, err = container.run(algorithm)
    assert code == 2
    assert container.failure().startswith(cause)
    assert "Traceback" in err
    assert where in err
    assert container.model() == []


def test_a_full_disk_is_named_and_leaves_no_model(small_container):
    code, _, err = small_container.run("bad_disk_full")
    assert code == 1
    assert small_container.failure().startswith("the disk is full")
    assert "Traceback" not in err
    assert small_container.model() == []


def test_a_full_output_disk_leaves_no_model(container):
    with container.full_output():
        code, _, err = container.run("tiny_algorithm")
    assert code == 1
    assert any(words in container.failure() for words in ("the disk is full", "metrics.json"))
    assert "Traceback" not in err
    assert container.model() == []


def test_a_read_only_model_folder_is_the_callers_fault_and_named_before_training(container):
    with container.read_only_model():
        code, out, err = container.run("tiny_algorithm")
    assert code == 1
    assert f"the model cannot be written in {container.paths.model} (" in container.failure()
    assert "epoch=" not in out
    assert "Traceback" not in out + err + container.failure()


def test_killed_while_saving_it_leaves_no_model_and_the_next_run_clears_up(container):
    assert container.run("bad_killed")[0] == -signal.SIGKILL
    (abandoned,) = container.model()
    assert abandoned.startswith(".staged-")
    assert container.run("tiny_algorithm")[0] == 0
    assert container.model() == ["count.txt", "manifest.json"]


def test_a_failure_that_cannot_be_written_is_no_success(container):
    code, _, err = container.run("bad_no_output_folder")
    assert code == 2
    assert "ValueError: the cause" in err
    assert "cannot write the failure file" in err
