"""Jobs on several hosts: containers that find each other by name, on a network without a way out."""

import json
import random
import tarfile

import numpy as np
import pytest

from bench.training import train
from emulator.engines import DockerEngine
from emulator.training.job import Channel, TrainingJob

pytestmark = [pytest.mark.container, pytest.mark.long]

CLOSE = 0.003
WORDS = {"pos": "a wonderful film of great fun", "neg": "an awful film and very boring"}
REVIEWS = [f"{label},{words} number {row}\n" for row in range(30) for label, words in WORDS.items()]
TOPICS = [[f"{topic}{number}" for number in range(20)] for topic in "ab"]


@pytest.fixture
def trained(tmp_path):
    """Trains on so many hosts, each with its share of the lines; returns the files of the model."""

    def run(image, lines, count, **settings):
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for number in range(4):
            (folder / f"{number}.csv").write_text("".join(lines[number::4]))
        channels = [Channel("train", folder, "text/csv", s3_data_distribution_type="ShardedByS3Key")]
        if image == "headline-mxnet":
            channels.append(Channel("test", folder / "0.csv", "text/csv"))
        job = TrainingJob(
            f"hosts-{count}", tuple(channels), settings, enable_network_isolation=True, instance_count=count
        )  # fmt: skip
        with tarfile.open(train(DockerEngine(f"{image}:dev"), job, tmp_path).artefact) as archive:
            return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}

    return run


def test_trees_are_those_of_one_host(trained):
    settings = {"booster": "gbtree", "num_round": "3", "nthread": "1"}
    one, three = (trained("xgboost-sentiment", REVIEWS, count, **settings) for count in (1, 3))
    for name in ("model.ubj", "features.npz", "vocabulary.txt"):
        assert three[name] == one[name]


def test_a_linear_model_is_that_of_one_host(trained):
    one, two = (trained("xgboost-sentiment", REVIEWS, count, num_round="3") for count in (1, 2))
    for name in ("weights.npy", "features.npz"):  # so margins are the same
        assert two[name] == one[name]


def test_headlines_are_as_well_told_apart_as_on_one_host(trained):
    settings = {"architecture": "wide-and-deep", "epochs": "3", "batch_size": "8", "filters": "4", "min_count": "1"}
    one, two = (json.loads(trained("headline-mxnet", REVIEWS, count, **settings)["manifest.json"]) for count in (1, 2))
    assert two["fingerprint"] == one["fingerprint"]
    assert two["metrics"]["test:accuracy"] >= one["metrics"]["test:accuracy"] - CLOSE


def test_vectors_are_as_good_as_on_one_host(trained):
    choice = random.Random(1)
    lines = [" ".join(choice.choices(choice.choice(TOPICS), k=20)) + "\n" for _ in range(6000)]
    settings = {
        "mode": "batch_skipgram", "min_count": "2", "vector_dim": "16", "epochs": "4", "evaluation": "False",
        "sampling_threshold": "1",
    }  # fmt: skip
    one, two = (apart(trained("blazingtext-client", lines, count, **settings)["vectors.txt"]) for count in (1, 2))
    assert two >= one - CLOSE


def apart(vectors):
    """How many of all words are next to the mean of their own topic, as a part of one."""
    rows = (line.split(" ") for line in vectors.decode().splitlines()[1:])
    of_words = {word: np.array(numbers[:16], float) for word, *numbers in rows}
    of_words = {word: vector / np.linalg.norm(vector) for word, vector in of_words.items()}
    centres = [np.mean([of_words[word] for word in topic], axis=0) for topic in TOPICS]
    return np.mean([
        np.argmax([centre @ of_words[word] for centre in centres]) == number
        for number, topic in enumerate(TOPICS) for word in topic
    ])  # fmt: skip
