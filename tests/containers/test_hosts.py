"""Jobs on 2, 3 and 4 hosts beside one: containers that find each other by name, on a network without a way out."""

import json
import random
import tarfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from headline_mxnet import stored

from bench.training import train
from emulator.engines import DockerEngine
from emulator.training.job import Channel, TrainingJob

pytestmark = [pytest.mark.container, pytest.mark.long]

CLOSE = 0.003
ROUNDING = 1e-5  # in weights; a step moves them by up to 0.01
HOSTS = (1, 2, 3, 4)
WORDS = {"pos": "a wonderful film of great fun", "neg": "an awful film and very boring"}
REVIEWS = [f"{label},{words} number {row}\n" for row in range(30) for label, words in WORDS.items()]
TOPICS = [[f"{topic}{number}" for number in range(20)] for topic in "ab"]


@pytest.fixture
def trained(tmp_path):
    """Trains on each number of hosts, each host with its share of the lines; returns the files of the models.

    All jobs run at once, because most of their time is Docker's.
    """

    def run(image, lines, **settings):
        folder = tmp_path / "data"
        folder.mkdir()
        for number in range(max(HOSTS)):
            (folder / f"{number}.csv").write_text("".join(lines[number :: max(HOSTS)]))
        channels = [Channel("train", folder, "text/csv", s3_data_distribution_type="ShardedByS3Key")]
        if image == "headline-mxnet":
            channels.append(Channel("test", folder / "0.csv", "text/csv"))

        def model(count):
            job = TrainingJob(
                f"hosts-{count}", tuple(channels), settings, enable_network_isolation=True, instance_count=count
            )  # fmt: skip
            with tarfile.open(train(DockerEngine(f"{image}:dev"), job, tmp_path).artefact) as archive:
                return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}

        with ThreadPoolExecutor() as pool:
            return list(pool.map(model, HOSTS))

    return run


def test_trees_are_those_of_one_host(trained):
    one, *several = trained("xgboost-sentiment", REVIEWS, booster="gbtree", num_round="3", nthread="1")
    for model in several:
        for name in ("model.ubj", "features.npz", "vocabulary.txt"):
            assert model[name] == one[name]


def test_a_linear_model_is_that_of_one_host(trained):
    one, *several = trained("xgboost-sentiment", REVIEWS, num_round="3")
    for model in several:
        for name in ("weights.npy", "features.npz"):  # so margins are the same
            assert model[name] == one[name]


def test_headlines_are_told_apart_as_on_one_host(trained, tmp_path):
    settings = {"epochs": "3", "batch_size": "8", "filters": "4", "min_count": "1"}  # settings of a network: it has one
    without_chance = {"dropout": "0", "dropout_embedding": "0"}
    one, *several = trained("headline-mxnet", REVIEWS, architecture="wide-and-deep", **settings, **without_chance)
    for model in several:
        first, other = (json.loads(files["manifest.json"]) for files in (one, model))
        assert other["fingerprint"] == first["fingerprint"]
        assert other["metrics"]["test:accuracy"] >= first["metrics"]["test:accuracy"] - CLOSE
        network = weights(model, tmp_path)
        for name, values in weights(one, tmp_path).items():
            np.testing.assert_allclose(network[name], values, atol=ROUNDING, err_msg=name)


def weights(model, folder):
    """The arrays of a network, by their names."""
    for name in (stored.SYMBOL, stored.PARAMETERS):
        (folder / name).write_bytes(model[name])
    return stored.read(folder)


def test_vectors_are_as_good_as_on_one_host(trained):
    choice = random.Random(1)
    lines = [" ".join(choice.choices(choice.choice(TOPICS), k=20)) + "\n" for _ in range(6000)]
    settings = {
        "mode": "batch_skipgram", "min_count": "2", "vector_dim": "16", "epochs": "4", "evaluation": "False",
        "sampling_threshold": "1",
    }  # fmt: skip
    one, *several = (apart(model["vectors.txt"]) for model in trained("blazingtext-client", lines, **settings))
    assert min(several) >= one - CLOSE


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
