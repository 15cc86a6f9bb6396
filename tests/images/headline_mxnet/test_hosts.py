"""Headlines on several hosts against the same job on one: the same words, weights that differ by rounding alone."""

import json

import numpy as np
import pytest
from headline_mxnet import train
from headline_mxnet.numpy1 import mx
from smcontract.errors import UserError

from tests.images.headline_mxnet.conftest import NEWS, Container
from tests.several_hosts import Hosts

MAIN = "headline_mxnet.start:main"
LINES = [*NEWS.splitlines(keepends=True), "science,One planet more\n"]  # so that the last batch has one row
FILES = {f"part-{number}.csv": "".join(LINES[number * 17 : number * 17 + 17]) for number in range(3)}
EXACT = {"architecture": "wide-and-deep", "dropout": "0", "dropout_embedding": "0", "pair_buckets": "64"}


def fill(opt_ml, names, sharded, channel="train"):
    opt_ml.paths.channel(channel).mkdir(parents=True)
    for name in names:
        opt_ml.put(channel, FILES[name], name, "text/csv")
    opt_ml.channels[channel] = {"S3DistributionType": "ShardedByS3Key" if sharded else "FullyReplicated"}
    opt_ml.configure("inputdataconfig", opt_ml.channels)


def weights(folder):
    (path,) = folder.glob("*.params")
    return {name.partition("_")[2]: array.asnumpy() for name, array in mx.nd.load(str(path)).items()}


def test_the_model_is_that_of_one_host_but_for_rounding(tmp_path):
    alone = Container(tmp_path / "alone")
    hosts = Hosts(tmp_path, "algo-1", "algo-2", kind=Container)
    for number, opt_ml in enumerate([alone, *hosts.each.values()]):
        fill(opt_ml, sorted(FILES)[number - 1 :: 2] if number else FILES, number > 0)
        fill(opt_ml, ["part-0.csv"], False, "validation")
    alone.train(**EXACT)
    found = hosts.run(MAIN, **EXACT)
    assert [code for code, _ in found.values()] == [0, 0], found
    first, second = hosts.each.values()
    assert second.files() == []
    assert first.files() == alone.files()
    one, several_hosts = weights(alone.paths.model), weights(first.paths.model)
    for layer, values in one.items():
        np.testing.assert_allclose(several_hosts[layer], values, rtol=0, atol=1e-5, err_msg=layer)
    cards = [json.loads((each.paths.model / "manifest.json").read_text()) for each in (first, alone)]
    for key in ("fingerprint", "labels"):
        assert cards[0][key] == cards[1][key]
    assert cards[0]["metrics"]["validation:accuracy"] == cards[1]["metrics"]["validation:accuracy"]


class WithoutNetwork(Container):
    def small_ones(self, _):
        return {"hidden_units": "4"}


def test_a_model_without_a_network_is_that_of_one_host_byte_for_byte(tmp_path):
    alone = WithoutNetwork(tmp_path / "alone")
    hosts = Hosts(tmp_path, "algo-1", "algo-2", kind=WithoutNetwork)
    for number, opt_ml in enumerate([alone, *hosts.each.values()]):
        fill(opt_ml, sorted(FILES)[number - 1 :: 2] if number else FILES, number > 0)
    alone.train()
    found = hosts.run(MAIN)
    assert [code for code, _ in found.values()] == [0, 0], found
    first, second = hosts.each.values()
    assert second.files() == []
    for name in set(alone.files()) - {"manifest.json"}:  # it has the time
        assert (first.paths.model / name).read_bytes() == (alone.paths.model / name).read_bytes()


def test_arrays_and_word_vectors_are_not_divided_by_files(container):
    container.put("train", NEWS)
    container.put("embeddings", "a 1 2\n", "vectors.txt")
    container.channels["embeddings"]["S3DistributionType"] = "ShardedByS3Key"
    container.configure("inputdataconfig", container.channels)
    container.hosts("algo-1", "algo-2")
    with pytest.raises(UserError, match='channel "embeddings" is ShardedByS3Key, and its files belong together'):
        train.algorithm(container.context())
