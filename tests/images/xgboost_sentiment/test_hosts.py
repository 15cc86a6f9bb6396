"""Jobs on several hosts against the same job on one: what they leave is the same, byte for byte."""

import json
import random
import signal

import pytest

from tests.images.xgboost_sentiment.conftest import Container
from tests.several_hosts import Hosts, ended

MAIN = "xgboost_sentiment.train:main"
SHARED = {"weights.npy", "ratios.npy", "model.ubj", "xgboost-model", "pipeline.json", "vocabulary.txt", "features.npz"}

FILES = {  # as S3 keys: in an order that is not that of the hosts
    f"part-{number}.csv": "".join(
        f'{label},"{" ".join(random.Random(f"{number} {row}").choices(words, k=12))} of film {row}"\n'
        for row in range(14 + number)
        for label, words in (
            ("Pos" if number == 1 else "pos", ["wonderful", "great", "fun", "a", "the", "good", "film", "story"]),
            ("neg", ["awful", "boring", "poor", "a", "the", "bad", "film", "story"]),
        )
    )
    for number in (0, 1, 2, 10)
}
THIRD = FILES | {"part-3.csv": "".join(f"so so,an ordinary film {row} of two hours\n" for row in range(12))}
NUMBERS = {
    f"part-{number}.csv": "".join(
        f"{(row + number) % 2},{row % 7},{row * number % 5},{(row + number) % 2 + row % 3}\n" for row in range(30)
    )
    for number in range(3)
}


def fill(opt_ml, files, share=slice(None), sharded=True, channel="train"):
    opt_ml.paths.channel(channel).mkdir(parents=True)
    for name in sorted(files)[share]:
        opt_ml.put(channel, files[name], name, "text/csv")
    opt_ml.channels[channel] = {"S3DistributionType": "ShardedByS3Key" if sharded else "FullyReplicated"}
    opt_ml.configure("inputdataconfig", opt_ml.channels)


def several(tmp_path, count, files, sharded=True, test=None):
    hosts = Hosts(tmp_path / f"{count} hosts", *(f"algo-{number}" for number in range(1, count + 1)), kind=Container)
    for number, opt_ml in enumerate(hosts.each.values()):
        fill(opt_ml, files, slice(number, None, count) if sharded else slice(None), sharded)
        if test:
            fill(opt_ml, test, slice(number, None, count), channel="test")
    return hosts


def trained(hosts, **hyperparameters):
    """Train; return the files of the model, of the first host, which alone has one."""
    found = hosts.run(MAIN, **hyperparameters)
    assert [code for code, _ in found.values()] == [0] * len(hosts.names), found
    first, *others = hosts.each.values()
    assert [opt_ml.files() for opt_ml in others] == [[]] * len(others)
    return first, {name: (first.paths.model / name).read_bytes() for name in first.files() if name != "manifest.json"}


def alone(tmp_path, files, test=None, **hyperparameters):
    container = Container(tmp_path / "alone")
    fill(container, files)
    if test:
        fill(container, test, channel="test")
    container.train(**hyperparameters)
    return container, {name: (container.paths.model / name).read_bytes() for name in container.files()}


@pytest.mark.parametrize(
    ("count", "files", "sharded", "settings"),
    [
        (3, FILES, True, {"num_round": "3"}),
        (2, FILES, False, {"num_round": "3"}),
        (2, FILES, True, {"booster": "gbtree", "num_round": "8", "nthread": "1"}),
        (4, FILES, True, {"booster": "gbtree", "num_round": "8", "nthread": "1"}),
        (2, THIRD, True, {"booster": "gbtree", "num_round": "3", "nthread": "1"}),
        (3, NUMBERS, True, {"input": "features", "objective": "binary:logistic", "num_round": "8", "nthread": "1"}),
        (2, NUMBERS, False, {"input": "features", "num_round": "8", "nthread": "1"}),
        (2, NUMBERS, True, {"input": "features", "booster": "gblinear", "num_round": "3"}),
    ],
)
def test_the_model_is_that_of_one_host(tmp_path, count, files, sharded, settings):
    whole, one = alone(tmp_path, files, test=files, **settings)
    first, several_hosts = trained(several(tmp_path, count, files, sharded, test=files), **settings)
    for name in SHARED & one.keys():
        assert several_hosts[name] == one[name], name
    found, expected = (json.loads((each.paths.output_data / "evaluation.json").read_text()) for each in (first, whole))
    assert found.get("data") == expected.get("data")
    card, other = (json.loads((each.paths.model / "manifest.json").read_text()) for each in (first, whole))
    assert card["golden"] == other["golden"]
    assert card["labels"] == other["labels"]
    assert {name: value for name, value in card["metrics"].items() if name.startswith("test")} == {
        name: value for name, value in other["metrics"].items() if name.startswith("test")
    }


def test_hosts_without_data_do_not_crash(tmp_path):
    one_file = {"all.csv": "".join(FILES.values())}
    _, expected = alone(tmp_path, one_file, booster="gbtree", num_round="3", nthread="1")
    _, found = trained(several(tmp_path, 3, one_file), booster="gbtree", num_round="3", nthread="1")
    assert found["model.ubj"] == expected["model.ubj"]


def test_no_host_has_data(tmp_path):
    hosts = several(tmp_path, 2, {})
    assert [code for code, _ in hosts.run(MAIN).values()] == [1, 1]
    assert "holds no data on any host" in hosts.failure("algo-1")


def test_a_validation_fraction_and_early_stopping(tmp_path):
    settings = {"booster": "gbtree", "num_round": "60", "early_stopping_rounds": "3", "validation_fraction": "0.3"}
    first, _ = trained(several(tmp_path, 2, FILES), **settings)
    metrics = json.loads((first.paths.output_data / "metrics.json").read_text())
    assert len(metrics["history"]) < 60
    assert "validation:accuracy" in metrics["latest"]


def test_bad_data_of_one_host_is_named_on_all(tmp_path):
    hosts = several(tmp_path, 2, {**FILES, "part-1.csv": "pos\n"})
    assert [code for code, _ in hosts.run(MAIN).values()] == [1, 1]
    assert "part-1.csv line 1" in hosts.failure("algo-2")
    assert "host algo-2 failed: part-1.csv line 1" in hosts.failure("algo-1")
    assert [opt_ml.files() for opt_ml in hosts.each.values()] == [[], []]


@pytest.mark.parametrize("victim", ["algo-1", "algo-3"])
def test_a_host_that_is_killed_among_trees_ends_all_with_its_name(tmp_path, victim):
    hosts = several(tmp_path, 3, FILES)
    started = {name: hosts.start(name, MAIN, booster="gbtree", num_round="1000000") for name in hosts.names}
    while "epoch=" not in (line := started["algo-1"].stdout.readline()):
        assert line, "the first host has ended"
    killed = started.pop(victim)
    killed.kill()
    for name, process in started.items():
        code, out = ended(process, timeout=15)
        assert code == 2, out
        assert hosts.failure(name).startswith(f"host {victim} failed: it ended without a word")
    ended(killed)


def test_sigterm_on_one_host_stops_all_in_order(tmp_path):
    hosts = several(tmp_path, 2, FILES)
    started = [hosts.start(name, MAIN, booster="gbtree", num_round="1000000") for name in hosts.names]
    while "epoch=" not in started[0].stdout.readline():
        pass
    started[1].send_signal(signal.SIGTERM)
    assert [ended(process, timeout=60)[0] for process in started] == [0, 0]
    assert "manifest.json" in hosts.each["algo-1"].files()


def kept(base):
    """Two hosts of a job that saves a checkpoint after each round."""
    hosts = several(base, 2, FILES)
    hosts.variables["CHECKPOINT_SECONDS"] = "0"
    for opt_ml in hosts.each.values():
        opt_ml.configure("checkpointconfig", {})
    return hosts


def test_trees_of_an_interrupted_job_resume_on_all_hosts(tmp_path):
    settings = {"booster": "gbtree", "num_round": "30", "subsample": "0.6", "colsample_bytree": "0.7", "nthread": "1"}
    _, expected = trained(kept(tmp_path / "whole"), **settings)
    hosts = kept(tmp_path / "interrupted")
    started = {name: hosts.start(name, MAIN, **settings) for name in hosts.names}
    lines = [""]
    while "epoch=5;" not in lines[-1]:
        lines.append(started["algo-1"].stdout.readline())
        assert lines[-1], (lines, hosts.failure("algo-1"))
    started["algo-2"].kill()
    assert [ended(process)[0] for process in started.values()] == [2, -signal.SIGKILL]
    first, log = trained_again(hosts, **settings)
    assert "epoch=4;" not in log
    assert "epoch=30;" in log
    assert {name: (first.paths.model / name).read_bytes() for name in expected} == expected
    assert not hosts.each["algo-2"].paths.checkpoints.exists()


def trained_again(hosts, **hyperparameters):
    """The first host, and its log."""
    found = hosts.run(MAIN, **hyperparameters)
    assert [code for code, _ in found.values()] == [0, 0], found
    return hosts.each["algo-1"], found["algo-1"][1]
