"""Text prepared on Ray: the features of one machine, from which xgboost-sentiment learns; and as a processing job."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from textprep import Pipeline, Specification
from xgboost_sentiment import recordio

from driver.data import reviews
from examples.scaling import processing
from tests.emulator.running import RunningEmulator
from tests.images.xgboost_sentiment.conftest import Container

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venvs" / "scaling" / "bin" / "python"
PACKAGES = (
    f"{ROOT}/.venvs/scaling/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages:{ROOT}/shared"
)
SETTINGS = {"vocabulary_size": 5_000, "ngram_max": 2, "weighting": "naive-bayes-tfidf", "norm": "l2", "tokens": 3}
N_REVIEWS, N_FILES = 1_200, 3


@pytest.fixture(scope="module")
def labelled() -> list[reviews.Review]:
    return reviews.read(ROOT / ".cache" / "data" / reviews.PATH)[::20][:N_REVIEWS]


@pytest.fixture(scope="module")
def texts(labelled: list[reviews.Review], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    for number in range(N_FILES):
        with (folder / f"{number}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(labelled[number::N_FILES])
    return folder


def prepare(texts: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(PYTHON), "-m", "examples.scaling.prepare", "--input", str(texts), "--output", str(output)]
    command += ["--store-mb", "100", *more]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def prepared(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("prepared")
    done = prepare(texts, output, "--settings", json.dumps(SETTINGS))
    assert done.returncode == 0, done.stderr
    return output


def test_a_cluster_learns_what_one_machine_learns(labelled: list[reviews.Review], prepared: Path) -> None:
    by_file = [review for number in range(N_FILES) for review in labelled[number::N_FILES]]
    labels = [int(review.label == "pos") for review in by_file]
    whole, matrix = Pipeline.fit(Specification(**SETTINGS), [review.text for review in by_file], labels)
    ours = Pipeline.load(prepared / "pipeline")
    assert ours.learned.vocabulary == whole.learned.vocabulary
    assert ours.learned.ngrams.keys[0].tolist() == whole.learned.ngrams.keys[0].tolist()
    assert ours.learned.weights.tobytes() == whole.learned.weights.tobytes()
    rows = [recordio.parse(each) for path in files(prepared) for each in recordio.split(path.read_bytes())]
    assert [label for label, _ in rows] == labels
    for number in (0, 1, N_REVIEWS - 1):
        pairs = dict(pair.split(":") for pair in str(rows[number][1]).split()[1:])
        here = slice(matrix.indptr[number], matrix.indptr[number + 1])
        assert list(map(int, pairs)) == matrix.indices[here].tolist()
        assert np.array(list(pairs.values()), np.float32).tolist() == matrix.data[here].tolist()
    facts = json.loads((prepared / "prepared.json").read_text())
    assert (facts["rows"], facts["files"], facts["entries"]) == (N_REVIEWS, N_FILES, matrix.nnz)


def test_xgboost_sentiment_learns_from_the_rows(prepared: Path, tmp_path: Path) -> None:
    container = Container(tmp_path / "ml")
    *train, held_out = files(prepared)
    for path in train:
        container.put("train", path.read_bytes(), path.name, "application/x-recordio-protobuf")
    container.put("test", held_out.read_bytes(), held_out.name, "application/x-recordio-protobuf")
    container.train(input="features", objective="binary:logistic", num_round="20", eval_metric="accuracy")
    metrics = json.loads((container.paths.model / "metrics.json").read_text())["latest"]
    assert metrics["test:accuracy"] > 0.7


def test_other_labels_are_named_in_one_sentence(texts: Path, tmp_path: Path) -> None:
    done = prepare(texts, tmp_path, "--labels", "negative,positive", "--settings", '{"ngram_max": 1}')
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]  # of whichever file is read first
    assert re.fullmatch(
        r"prepare.py: [0-2].csv: the label '(neg|pos)' is none of negative, positive: name all .*", said
    )


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[RunningEmulator]:
    running = RunningEmulator(tmp_path / "state", "--engine", "process", module="tests.emulator.with_fixtures")
    yield running
    running.end()


def test_a_processing_job_prepares(
    emulator: RunningEmulator, prepared: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", emulator.key["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", emulator.key["aws_secret_access_key"])
    monkeypatch.setattr(processing, "IMAGE", "program-good")
    options = ["--texts", str(texts), "--packages", PACKAGES, "--settings", json.dumps(SETTINGS)]
    monkeypatch.setattr(sys, "argv", ["processing.py", *options, "--folder", str(tmp_path / "run")])
    assert processing.main() == 0


def files(prepared: Path) -> list[Path]:
    return sorted((prepared / "train").iterdir())
