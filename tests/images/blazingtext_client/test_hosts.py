"""batch_skipgram on several hosts: the same words and counts as on one, vectors that are of one piece."""

import random
import threading

import numpy as np
import pytest
from blazingtext_client import corpus, engine
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from blazingtext_client.wordvectors import WordVectors
from smcontract.training.checkpoints import Checkpoints

from tests.images.blazingtext_client.opt_ml import OptMl
from tests.several_hosts import Hosts, in_threads

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


def test_hosts_resume_at_the_same_exchange(tmp_path, job, monkeypatch):
    monkeypatch.setattr(engine, "TOGETHER", 50_000)
    channel = job.put("train", "".join(LINES[:3000]))
    settings = checked(TABLE.parse(SETTINGS, defaults(TABLE.parse(SETTINGS))))

    def work(group, stop, folder):
        scratch = tmp_path / group.hosts[group.rank]
        scratch.mkdir(exist_ok=True)
        checkpoints = Checkpoints(folder, {}, saves=group.is_leader)
        text = corpus.read(channel, scratch, 1, threading.Event(), group)
        model = engine.make(settings, text, engine.vocabulary(text, 2))
        progress = engine.train(model, text, settings, stop, checkpoints, group)
        return progress, model.input

    def stopped(group):
        stop = threading.Event()
        if group.rank:
            stop.set()
        return work(group, stop, tmp_path / "checkpoints")

    whole = in_threads(lambda group: work(group, threading.Event(), None))
    stopped_early = in_threads(stopped)
    assert all(0 <= progress.trained < 120_000 for progress, _ in stopped_early)
    resumed = in_threads(lambda group: work(group, threading.Event(), tmp_path / "checkpoints"))
    for (progress, vectors), (before, _), (_, expected) in zip(resumed, stopped_early, whole, strict=True):
        assert progress.rounds == 5
        assert progress.resumed == before.trained
        assert progress.epochs == 4
        assert np.array_equal(vectors, resumed[0][1])
        assert vectors.shape == expected.shape
