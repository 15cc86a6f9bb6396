"""What a container can reach by links: nothing of this machine. Each job tries another place, with both engines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.emulator.client import BUCKET, Client, filled, start

SECRET = "of this machine"


@dataclass(frozen=True)
class Attacker:
    """Runs scripts as training jobs, to get at the file `key` in `secret` or `secret`/data."""

    client: Client
    image: str
    secret: Path

    def train(self, name: str, script: str, **changes: object) -> str:
        """Run a job to its end; its status, and the reason if it has failed."""
        script = script.replace("SECRET", str(self.secret))
        job = self.client.train(name, self.image, Environment={"SCRIPT": script}, **changes)
        return f"{job['TrainingJobStatus']}: {job.get('FailureReason', '')}"

    def has_nothing(self) -> bool:
        """Whether no object of S3 holds the secret, plain: jobs leave their results uncompressed."""
        return not any(SECRET.encode() in self.client.get(key) for key in self.client.keys(""))


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.container)])
def attacker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacker]:
    secret = tmp_path_factory.mktemp("secret")
    (secret / "data").mkdir()
    for folder in (secret, secret / "data"):
        (folder / "key").write_text(SECRET)
    (secret / "failure").write_text(SECRET)
    running = start(tmp_path_factory.mktemp("emulator") / "state", request.param)
    in_container = request.param == "docker"
    image = request.getfixturevalue("throwaway_image") if in_container else "program-shell"
    yield Attacker(filled(running), image, secret)
    running.end()


PLAIN = {"OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out", "CompressionType": "NONE"}}


@pytest.mark.parametrize("changes", [{}, PLAIN], ids=["GZIP", "NONE"])
@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("model", "rm -r /opt/ml/model; ln -s SECRET /opt/ml/model", "model is a link, not a folder"),
        ("data", "rm -r /opt/ml/output/data; ln -s SECRET /opt/ml/output/data", "output/data is a link, not a folder"),
        ("output", "rm -r /opt/ml/output; ln -s SECRET /opt/ml/output", "output is a link, not a folder"),
        ("inside", "ln -s SECRET /opt/ml/model/inside", "inside is a link, and links are not followed: write a copy"),
        ("file", "ln -s SECRET/key /opt/ml/model/file", "file is a link, and links are not followed: write a copy"),
    ],
)  # fmt: skip
def test_results(attacker: Attacker, name: str, script: str, reason: str, changes: dict[str, object]) -> None:
    ended = attacker.train(f"{name}-{len(changes)}", script, **changes)
    assert ended.startswith(f"Failed: ClientError: Artifact upload failed: {reason}")
    assert attacker.has_nothing()


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("reason-file", "ln -s SECRET/key /opt/ml/output/failure; exit 1", "failure is a link, not a file"),
        ("reason-output", "rm -r /opt/ml/output; ln -s SECRET /opt/ml/output; exit 1", "output is a link, not a f"),
        ("reason-pipe", "mkfifo /opt/ml/output/failure; exit 1", "failure is a FIFO, not a file"),
    ],
)  # fmt: skip
def test_the_failure_file(attacker: Attacker, name: str, script: str, reason: str) -> None:
    ended = attacker.train(name, script)
    assert ended.startswith(f"Failed: AlgorithmError: exit code 1; /opt/ml/output/failure cannot be read: {reason}")
    assert SECRET not in ended


@pytest.mark.parametrize(
    ("local", "made"), [("/opt/ml/checkpoints", "checkpoints"), ("/opt/ml/above/checkpoints", "above")]
)
def test_checkpoints(attacker: Attacker, local: str, made: str) -> None:
    script = f"rm -r /opt/ml/{made}; ln -s SECRET /opt/ml/{made}; sleep 30"
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints-{made}", "LocalPath": local}
    ended = attacker.train(f"checkpoints-{made}", script, CheckpointConfig=config)
    assert ended.startswith(f"Failed: ClientError: {made} is a link, not a folder, and links are not followed")
    assert attacker.has_nothing()


def test_checkpoints_that_are_links(attacker: Attacker) -> None:
    script = (
        "cd /opt/ml/checkpoints; ln -s SECRET/key file; ln -s SECRET folder; mkfifo pipe; echo whole > checkpoint; "
        "echo m > ../model/m"
    )
    ended = attacker.train("checkpoint-links", script, CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoint-links"})
    assert ended == "Completed: "
    assert attacker.client.keys("checkpoint-links/") == ["checkpoint-links/checkpoint"]
    assert attacker.has_nothing()
    assert "the checkpoint pipe is left out: it is a FIFO" in attacker.client.log("checkpoint-links")
    assert "the checkpoint folder is left out: it is a link" in attacker.client.log("checkpoint-links")


def test_checkpoints_swapped_while_they_are_saved(attacker: Attacker) -> None:
    """Whether the job is caught or not depends on the moment; nothing of this machine is sent in any case."""
    script = """
        cd /opt/ml; ln -s SECRET link; echo x > checkpoints/key; end=$(($(date +%s) + 2))
        while [ $(date +%s) -lt $end ]; do
            mv checkpoints kept; mv link checkpoints; mv checkpoints link; mv kept checkpoints
        done
    """
    attacker.train("swapped", script, CheckpointConfig={"S3Uri": f"s3://{BUCKET}/swapped"})
    assert attacker.has_nothing()


def test_what_is_neither_file_nor_folder_is_left_out_and_named(attacker: Attacker) -> None:
    script = "mkfifo /opt/ml/model/pipe; echo m > /opt/ml/model/m"
    assert attacker.train("pipe", script, **PLAIN) == "Completed: "
    assert attacker.client.keys("out/pipe/") == ["out/pipe/output/model/m"]
    assert "/opt/ml/model/pipe of algo-1 is left out: it is a FIFO" in attacker.client.log("pipe")


def test_names_that_no_key_can_have(attacker: Attacker) -> None:
    script = "echo m > \"$(printf '/opt/ml/model/latin-\\351')\""
    assert attacker.train("packed", script) == "Completed: "
    ended = attacker.train("latin", script, **PLAIN)
    assert ended.startswith(
        "Failed: ClientError: Artifact upload failed: latin-\N{REPLACEMENT CHARACTER} has a name that is"
    )


def test_files_with_holes_beyond_the_disk(attacker: Attacker) -> None:
    ended = attacker.train("sparse", "truncate -s 8T /opt/ml/model/sparse")
    assert ended.startswith("Failed: ClientError: Artifact upload failed: with sparse the files have 8,796,093,022,208")


def test_folders_deeper_than_a_path_do_not_hurt(attacker: Attacker) -> None:
    script = """
        echo m > /opt/ml/model/m; cd /opt/ml; perl -e 'for (1..3000) { mkdir "d"; chdir "d" or die }' && echo deep
    """
    assert attacker.train("deep", script) == "Completed: "
    assert attacker.client.log("deep") == ["deep"]
    work = Path(attacker.client.running.state) / "work"
    assert not list(work.iterdir())
