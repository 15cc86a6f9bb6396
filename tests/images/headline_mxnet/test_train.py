import json
import signal
from dataclasses import replace

import numpy as np
import pytest
from headline_mxnet.hyperparameters import TABLE, defaults
from headline_mxnet.model import Model
from headline_mxnet.train import algorithm
from smcontract import manifest
from smcontract.errors import UserError

from driver.report import schema


def test_a_model_is_trained_by_the_program(news):
    news.put("validation", "sport,cup final\nscience,new planet\n")
    news.put("test", "sport,cup\nscience,planet\nscience,telescope\n")
    news.put("train", "art & books,one novel\nart & books,two novels\n", name="more.csv")
    code, out, err = news.run(seed='"\\"7\\""')
    assert code == 0, err
    assert "test:accuracy=" in out
    assert "test:recall:science=" in out
    assert "test:recall:art" not in out
    card = manifest.read(news.paths.model, "headline-mxnet")
    assert card.labels == ("art & books", "business", "science", "sport")
    assert card.settings["hyperparameters"]["seed"] == 7
    assert card.libraries.keys() == {"mxnet", "numpy"}
    assert card.golden
    for path in (news.paths.output_data, news.paths.model):
        saved = json.loads((path / "metrics.json").read_text())
        assert saved["latest"] == card.metrics
        assert [sum(row) for row in saved["test"]["confusion"]] == [0, 0, 2, 1]
        assert saved["test"]["recall"]["art & books"] is None
    evaluation = schema.parse((news.paths.output_data / "evaluation.json").read_bytes())
    assert evaluation["metrics"]["latest"] == card.metrics
    assert evaluation["held_out"]["test"]["confusion"] == saved["test"]["confusion"]
    assert evaluation["data"]["test"]["records"] == 3
    assert evaluation["data"]["train"]["labels"]["art & books"] == 2


def test_word_vectors_set_the_dimension(news):
    news.put("embeddings", "2 3\nplanet 1 2 3\ncup 4 5 6\n", name="vectors.txt")
    model = news.train(epochs="1", embedding_dim="null")
    assert model.manifest.settings["hyperparameters"]["embedding_dim"] == 3


def test_arrays_are_trained_on_and_explained_by_position(container):
    rows = np.tile(np.array([[2, 3, 0, 0], [4, 5, 2, 0]]), (12, 1))
    for name in ("train", "test"):
        container.put_array("train", f"{name}_X.npy", rows)
        container.put_array("train", f"{name}_Y.npy", np.tile([3, 7], 12))
    model = container.train(input="arrays", epochs="20")
    assert model.manifest.labels == ("3", "7")
    assert model.manifest.metrics["test:accuracy"] == 1
    assert len(model.manifest.golden) == 2
    record = model.records.from_json([4, 5, 2, 0])
    (prediction,) = model.predict([record], explain=True, k=1)
    assert (prediction["label"], prediction["labels"]) == ("7", ["7"])
    found = {
        (entry["position"], entry["id"]): entry["contribution"] for entry in prediction["explanation"]["positions"]
    }
    assert found.keys() == {(0, 4), (1, 5), (2, 2)}
    (without,) = model.predict([[0, 5, 2, 0]])
    assert found[0, 4] == pytest.approx(prediction["score"] - without["probabilities"]["7"], abs=2e-6)


def test_bad_input_ends_the_program_with_its_reason(container):
    container.put("train", "label,text\nsport,cup\n")
    code, _, err = container.run()
    assert code == 1
    assert "data.csv line 1 looks like a header" in container.paths.failure.read_text()[:200]
    assert "Traceback" not in err
    assert container.files() == []


def test_an_unknown_hyperparameter_ends_the_job_with_its_reason(container):
    container.put("train", "sport,cup\nart,novel\n")
    sentence = 'wrong hyperparameter: "epoch" is unknown: did you mean epochs?'
    assert sentence in container.refused(epoch="5")[:200]


def test_sigterm_saves_the_epochs_done(news):
    with news.start(epochs="100000") as process:
        for line in process.stdout:
            if line.startswith("epoch=2;"):
                break
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert not news.paths.failure.exists()
    assert Model.load(news.paths.model).manifest.golden


@pytest.mark.parametrize(
    ("channels", "hyperparameters", "sentence"),
    [
        (["validation"], {"validation_fraction": "0.1"}, "use one of them"),
        ([], {"early_stopping_patience": "5"}, "early_stopping_patience needs validation data"),
        ([], {"freeze_embeddings": "true"}, "freeze_embeddings freezes the word vectors"),
    ],
)
def test_settings_that_do_not_fit_the_job_are_refused(news, channels, hyperparameters, sentence):
    for channel in channels:
        news.put(channel, "sport,cup\nart,novel\n")
    with pytest.raises(UserError, match=sentence):
        algorithm(news.context(**hyperparameters))


def test_a_failed_job_leaves_the_earlier_model_whole(news):
    news.train(epochs="1")
    before = {path.name: path.read_bytes() for path in news.paths.model.iterdir()}
    news.put("train", "sport,good\nsport,better\n", name="data.csv")
    with pytest.raises(UserError):
        news.train()
    assert {path.name: path.read_bytes() for path in news.paths.model.iterdir()} == before


@pytest.mark.parametrize("source", ["text", "arrays"])
def test_the_workshops_network_needs_word_vectors(container, source):
    if source == "text":
        container.put("train", "sport,cup final\nscience,new cup\n")
    else:
        container.put_array("train", "train_X.npy", np.tile([[2, 3], [4, 5]], (4, 4)))
        container.put_array("train", "train_Y.npy", np.tile([3, 7], 4))
    context = container.context(input=source)
    raw = {"input": source, "architecture": "workshop"}
    settings = TABLE.parse(raw, defaults(raw))
    with pytest.raises(UserError, match=r"^architecture workshop freezes the word vectors, .* embeddings"):
        algorithm(replace(context, hyperparameters=settings))


def test_a_full_output_disk_leaves_no_model(news):
    with news.full_output(), pytest.raises(OSError, match=r"No space left|Permission denied"):
        news.train(epochs="1")
    assert news.files() == []
