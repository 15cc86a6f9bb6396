"""batch_skipgram on several hosts: the same words and counts as on one, vectors that are of one piece."""

import random
import threading

import numpy as np
import pytest
from blazingtext_client import corpus, engine
from blazingtext_client.wordvectors import WordVectors

from tests.images.blazingtext_client.opt_ml import OptMl
from tests.several_hosts import Hosts

MAIN = "blazingtext_client.train:main"
SETTINGS = {
    "mode": "batch_skipgram", "min_count": "2", "vector_dim": "16", "epochs": "4", "evaluation": "False",
    "window_size": "3", "negative_samples": "3", "sampling_threshold": "1",
}  # fmt: skip

_CHOICE = random.Random(1)
TOPICS = [[f"{topic}{number}" for number in range(20)] for topic in ("a", "b", "c")]
LINES = [" ".join(_CHOICE.choices(_CHOICE.choice(TOPICS), k=20)) + "\n" for _ in range(9000)]
FILES = {f"{number}.txt": "".join(LINES[number::5]) for number in range(5)}


def several(base, count, sharded):
    hosts = Hosts(base, *(f"algo-{number}" for number in range(1, count + 1)), kind=OptMl)
    for number, opt_ml in enumerate(hosts.each.values()):
        opt_ml.paths.channel("train").mkdir(parents=True)
        for name in sorted(FILES)[number::count] if sharded else sorted(FILES):
            opt_ml.put("train", FILES[name], name)
        distribution = "ShardedByS3Key" if sharded else "FullyReplicated"
        opt_ml.configure("inputdataconfig", {"train": {"S3DistributionType": distribution}})
    return hosts


@pytest.mark.parametrize(("count", "sharded"), [(2, True), (3, False), (6, True)])
def test_words_are_those_of_one_host_and_vectors_are_learnt_from_all(tmp_path, job, count, sharded):
    hosts = several(tmp_path, count, sharded)
    found = hosts.run(MAIN, **SETTINGS)
    assert [code for code, _ in found.values()] == [0] * count, found
    first, *others = hosts.each.values()
    assert [opt_ml.files() for opt_ml in others] == [[]] * len(others)
    for name, content in FILES.items():
        channel = job.put("train", content, name)
    whole = corpus.read(channel, tmp_path, 1, threading.Event())
    made = WordVectors.read_text(first.paths.model / "vectors.txt")
    chosen = [whole.words[number] for number in engine.vocabulary(whole, 2)]
    assert sorted(made.index) == sorted(chosen)
    assert "Read 0M words" in found["algo-1"][1]
    topics = [made.vectors(topic) / np.linalg.norm(made.vectors(topic), axis=1, keepdims=True) for topic in TOPICS]
    centres = [topic.mean(axis=0) for topic in topics]
    nearest = [np.argmax([centre @ vector for centre in centres]) for topic in topics for vector in topic]
    assert np.mean(nearest == np.repeat([0, 1, 2], 20)) > 0.95


def test_no_host_has_a_word(tmp_path):
    hosts = several(tmp_path, 2, True)
    for opt_ml in hosts.each.values():
        for path in opt_ml.paths.channel("train").iterdir():
            path.write_text("\n \n")
    assert [code for code, _ in hosts.run(MAIN, **SETTINGS).values()] == [1, 1]
    assert 'channel "train" holds no words' in hosts.failure("algo-1")
