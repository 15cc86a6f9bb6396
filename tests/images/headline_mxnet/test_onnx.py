import json
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from headline_mxnet import onnxfile, training
from headline_mxnet.classifier import Classifier
from headline_mxnet.model import Model
from headline_mxnet.stored import ONNX
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from textprep.sequences import points

from tests.images.headline_mxnet.networks import IDS, LENGTH, made, settings

README = Path(__file__).parents[3] / "images/headline-mxnet/README.md"
OLD = Path(__file__).parents[2] / "fixtures/artefacts/headline-mxnet-format-1"

NETWORKS = {
    "pairs": ("pairs", {}),
    "pairs in one bucket": ("pairs", {"pair_buckets": "1"}),
    "pairs in as many buckets as by default": ("pairs", {"pair_buckets": str(2**20)}),
    "pairs and one wide filter": ("pairs", {"filter_widths": "9"}),
    "words": ("words", {}),
    "words, one by one": ("words", {"filter_widths": "1"}),
    "words, unsorted widths": ("words", {"filter_widths": "4,1,9"}),
    "the workshop's": ("workshop", {}),
}
ROWS = {
    "headlines": IDS,
    "one": IDS[[5]],
    "padding alone": np.zeros((2, LENGTH), np.int32),
    "zeros before and between ids": np.array([[0, 0, 4, 9, 0, 5, 0, 0, 29], [0] * 8 + [3]], np.int32),
}


def scores(path, ids, others=None):
    session = onnxruntime.InferenceSession(path)
    given = {"ids": ids} if others is None else {"ids": ids, "others": points(others)}
    (probabilities,) = session.run(["probabilities"], given)
    return probabilities


@pytest.mark.parametrize(("kind", "more"), NETWORKS.values(), ids=NETWORKS.keys())
def test_every_network_gives_the_same_probabilities(kind, more, tmp_path):
    network, path = made(kind, **more), tmp_path / ONNX
    card = Manifest("headline-mxnet", "1", labels=tuple("abcd"), settings={
        "hyperparameters": settings(kind, **more), "max_length": LENGTH
    })  # fmt: skip
    onnxfile.write(path, Classifier(30, None, network), card)
    onnx.checker.check_model(path, full_check=True)
    for ids in ROWS.values():
        assert np.abs(scores(path, ids) - network.probabilities(ids)).max() <= 1e-5
    if kind != "workshop":  # which takes rows of one length
        for width in (1, 2, LENGTH + 30):
            ids = np.pad(IDS[:, : min(width, LENGTH)], ((0, 0), (0, max(0, width - LENGTH))))
            assert np.abs(scores(path, ids) - network.probabilities(ids)).max() <= 1e-5


WORKSHOP = {"architecture": "workshop", "filters": "null", "pair_buckets": "null", "filter_widths": "null"}
NO_NETWORK = ("epochs", "batch_size", "embedding_dim", "filters", "learning_rate", "pair_buckets", "filter_widths")
WIDE = {"architecture": "wide", **dict.fromkeys(NO_NETWORK, "null")}
VECTORS = "4 6\n" + "".join(f"{word} {n} 1 -{n} 2 .5 0\n" for n, word in enumerate(("cup", "planet", "shares", "new")))
JOBS = {
    "text": ("text", {}),
    "text, the wide part alone": ("text", WIDE),
    "text, no network": ("text", {**WIDE, "architecture": "wide-and-deep"}),
    "text, pairs in both parts": ("text", {"pair_buckets": "50", "pair_dim": "3"}),
    "text, the network alone": ("text", {"architecture": "cnn", "pair_buckets": "50"}),
    "text, vectors": ("vectors", {}),
    "text, frozen vectors": ("vectors", {"freeze_embeddings": "true"}),
    "text, the workshop's": ("vectors", WORKSHOP),
    "arrays": ("arrays", {}),
    "arrays, the wide part alone": ("arrays", WIDE),
    "arrays, vectors": ("matrix", {"freeze_embeddings": "true"}),
    "arrays, the workshop's": ("matrix", WORKSHOP),
}


@pytest.mark.parametrize(("source", "more"), JOBS.values(), ids=JOBS.keys())
def test_every_job_gives_the_same_probabilities(news, source, more):
    ours = {"export_onnx": "true", "epochs": "2"} | more
    if source in ("arrays", "matrix"):
        ours["input"] = "arrays"
        news.put_array("train", "train_X.npy", np.tile([[2, 3, 0, 4, 9, 0, 0], [4, 5, 2, 0, 0, 0, 0]], (12, 1)))
        news.put_array("train", "train_Y.npy", np.tile([3, 7], 12))
    if source == "matrix":
        news.put_array("embeddings", "docs-embedding-matrix.npy", np.random.default_rng(0).normal(size=(10, 8)))
    if source == "vectors":
        news.put("embeddings", VECTORS, name="vectors.txt")
        ours["embedding_dim"] = "null"
    model = news.train(**ours)
    path = news.paths.model / ONNX
    assert ONNX in model.manifest.files
    session = onnxruntime.InferenceSession(path)
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == list(model.manifest.labels)
    records = [model.records.from_json(golden["record"]) for golden in model.manifest.golden]
    if model.manifest.settings["hyperparameters"]["input"] == "text":
        records += ["Zweifelhafte Übung über 電影 in the final", "unheard-of", "bank unheard cup of", ""]
    ids, others = model.encoder.rows(records)
    if model.classifier.wide and others:
        assert np.abs(scores(path, ids, others) - model.classifier.probabilities(ids, others)).max() <= 1e-5
        ids, _ = model.encoder.rows(records[:4])
        assert np.abs(scores(path, ids, []) - model.classifier.probabilities(ids)).max() <= 1e-5
    else:
        ids = model.encoder.ids(records)
        assert np.abs(scores(path, ids) - model.classifier.probabilities(ids)).max() <= 1e-5


def test_there_is_none_unless_it_is_asked_for(news):
    assert ONNX not in news.train(epochs="1").manifest.files


def test_the_model_is_served_without_it_but_not_with_another(news):
    model = news.train(epochs="1", export_onnx="true")
    path = news.paths.model / ONNX
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"model\.onnx has changed since training"):
        Model.load(news.paths.model)
    path.unlink()
    assert Model.load(news.paths.model).predict(["cup final"]) == model.predict(["cup final"])


def test_a_network_that_no_file_can_hold_is_refused_before_it_is_trained(news, monkeypatch):
    monkeypatch.setattr(training, "LARGEST_ONNX", 999)
    news.train(epochs="1")
    before = news.files()
    with pytest.raises(UserError, match=r"^the network has [0-9]{3,4} weights, .* model\.onnx can hold 999: lower voc"):
        news.train(export_onnx="true", epochs=str(10**9))
    assert news.files() == before


def test_a_model_trained_before_can_be_exported(tmp_path):
    code = re.findall(r"python -c '(.+)'$", README.read_text("utf-8"), re.MULTILINE)[0]
    code = code.replace('"/model', f'"{tmp_path}')
    for path in OLD.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    exec(code, {})
    model = Model.load(OLD)
    ids = model.encoder.ids(["Striker scores in cup final", "bank profit", ""])
    assert np.abs(scores(tmp_path / ONNX, ids) - model.classifier.probabilities(ids)).max() <= 1e-5


def test_the_example_of_the_contract_card_runs(news, monkeypatch, capsys):
    model = news.train(export_onnx="true", epochs="15")
    (code,) = re.findall(r"```python\n(.+?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) <= 15
    monkeypatch.chdir(news.paths.model.parent)
    capsys.readouterr()
    exec(code, {})
    headlines = ["Striker scores twice in cup final", "Telescope finds a planet"]
    expected = [f"{answer['label']} {answer['score']:.2f}" for answer in model.predict(headlines)]
    assert capsys.readouterr().out.splitlines() == expected
