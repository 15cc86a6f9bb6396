import json
import signal

import numpy as np
import pytest
from smcontract import manifest
from smcontract.errors import UserError
from xgboost_sentiment.loading import load
from xgboost_sentiment.train import algorithm

from driver.report import schema

TEXT_FILES = [
    "features.npz",
    "manifest.json",
    "metrics.json",
    "model.ubj",
    "pipeline.json",
    "vocabulary.txt",
    "weights.npy",
]


def test_a_model_is_trained_by_the_program(reviews):
    reviews.put("validation", "1,wonderful\n0,awful\n1,awful\n")
    reviews.put("test", "1,wonderful\n0,awful\n1,boring\n0,boring\n")
    code, out, err = reviews.run(num_round='"3"', seed='"\\"7\\""')
    assert code == 0, err
    *rounds, validation, test = out.splitlines()
    assert [line.partition("train")[0] for line in rounds] == ["epoch=1; ", "epoch=2; ", "epoch=3; "]
    assert rounds[-1] == "epoch=3; train:accuracy=1; validation:accuracy=0.666667;"
    assert validation.startswith("validation:accuracy=0.666667; ")
    assert test == (
        "test:accuracy=0.75; test:macro_precision=0.833333; test:macro_recall=0.75; test:macro_f1=0.733333; "
        "test:precision=1; test:recall=0.5; test:f1=0.666667; test:recall:0=1; test:recall:1=0.5;"
    )
    assert "train: 40 records, 20 0 and 20 1" in err
    assert reviews.files() == TEXT_FILES
    card = manifest.read(reviews.paths.model, "xgboost-sentiment")
    assert card.labels == ("0", "1")
    assert card.settings["hyperparameters"]["seed"] == 7
    assert card.metrics["test:accuracy"] == 0.75
    assert card.libraries.keys() == {"xgboost-cpu", "numpy", "nltk"}
    for path in (reviews.paths.output_data, reviews.paths.model):
        saved = json.loads((path / "metrics.json").read_text())
        assert saved["latest"] == card.metrics
        assert saved["test"]["confusion"] == [[2, 0], [1, 1]]
    evaluation = schema.parse((reviews.paths.output_data / "evaluation.json").read_bytes())
    assert evaluation["metrics"] == {name: saved[name] for name in ("latest", "history")}
    assert {name: held_out["confusion"] for name, held_out in evaluation["held_out"].items()} == {
        name: saved[name]["confusion"] for name in ("validation", "test")
    }
    assert [each["text"] for each in evaluation["held_out"]["test"]["mistakes"]] == ["boring"]
    assert evaluation["data"]["train"]["labels"] == {"0": 20, "1": 20}
    assert evaluation["data"]["test"]["unknown_words"] == 0
    assert [word for word, _ in evaluation["words"]["1"]] == ["wonderful"]
    found = json.loads((reviews.paths.output_data / "quality.json").read_text())
    assert (found["channel"], found["records"], found["confusion"]) == ("test", 4, [[2, 0], [1, 1]])
    assert [(each["name"], each["accuracy"]) for each in found["baselines"]] == [
        ("most frequent label", 0.5),
        ("logistic regression on the words", 0.75),
    ]
    assert found["words"] == {"0": ["awful", "boring"], "1": ["wonderful"]}
    assert [warning.split()[0] for warning in found["warnings"]] == ["only", "train:accuracy,"]
    predictions = (reviews.paths.output_data / "predictions.jsonl").read_text().splitlines()
    (wrong,) = [line for line in map(json.loads, predictions) if line["label"] != line["predicted"]]
    assert (wrong["label"], wrong["predicted"], wrong["position"]) == ("1", "0", "data.csv line 3")


def test_a_notebook_written_for_the_first_party_algorithm_runs(rows, capsys):
    rows.put("validation", "1,1,0,2.5\n0,2,1,0\n", content_type="csv")
    hyperparameters = {"max_depth": "5", "eta": "0.2", "gamma": "0.1", "min_child_weight": "0", "subsample": "0.8",
                       "silent": "0", "objective": "binary:logistic", "early_stopping_rounds": "10",
                       "eval_metric": "error", "num_round": "20"}  # fmt: skip
    rows.train(input="features", **hyperparameters)
    assert "validation:error=0;" in capsys.readouterr().out
    assert rows.files() == ["manifest.json", "metrics.json", "xgboost-model"]
    assert not (rows.paths.output_data / "quality.json").exists()


def test_trees_tell_their_words_too(reviews):
    reviews.train(booster="gbtree", validation_fraction="0.25", num_round="5", ngram_max="1")
    found = json.loads((reviews.paths.output_data / "quality.json").read_text())
    assert (found["channel"], found["records"], found["accuracy"]) == ("validation", 10, 1.0)
    assert found["words"] == {"0": ["an"], "1": []}  # one word tells them apart: an awful film, a wonderful one


BAD = [
    ("training", "1,good\n0,bad\n", {}, 'channel "train" is missing: the job has training'),
    ("train", "", {}, 'channel "train" holds no data'),
    ("train", "sentiment,review\n1,good\n0,bad\n", {}, "looks like a header"),
    ("train", b"1,good\n0,b\xe4d\n", {}, "data.csv line 2: byte 4 is not UTF-8"),
    (
        "train",
        "1,good\n0,bad\n",
        {"max_dept": "5"},
        'wrong hyperparameter: "max_dept" is unknown: did you mean max_depth?',
    ),
    ("train", "1,good\n0,bad\n", {"eta": '"\\"-1\\""'}, "wrong hyperparameter: eta is "),
]


@pytest.mark.parametrize(("channel", "content", "hyperparameters", "sentence"), BAD)
def test_bad_input_ends_the_job_with_its_reason(container, channel, content, hyperparameters, sentence):
    container.put(channel, content)
    assert sentence in container.refused(**hyperparameters)[:200]


@pytest.mark.parametrize(("channel", "content", "hyperparameters", "sentence"), [BAD[0], BAD[-1]])
def test_bad_input_ends_the_program_with_its_reason(container, channel, content, hyperparameters, sentence):
    container.put(channel, content)
    code, _, err = container.run(**hyperparameters)
    assert code == 1
    assert sentence in container.paths.failure.read_text()[:200]
    assert "Traceback" not in err
    assert container.files() == []


@pytest.mark.parametrize("name", ["reviews", "rows"])
def test_sigterm_saves_the_rounds_done(request, name):
    container = request.getfixturevalue(name)
    hyperparameters = {"num_round": "10000000", "input": "text" if name == "reviews" else "features"}
    with container.start(**hyperparameters) as process:
        for line in process.stdout:
            if line.startswith("epoch=3;"):
                break
        process.send_signal(signal.SIGTERM)
        last = [line for line in process.communicate(timeout=60)[0].splitlines() if line.startswith("epoch=")][-1:]
    assert process.returncode == 0
    assert not container.paths.failure.exists()
    card = load(container.paths.model).manifest
    rounds = json.loads((container.paths.model / "metrics.json").read_text())["history"]
    assert 3 <= len(rounds) < 10_000_000
    assert not last or last[0].startswith(f"epoch={len(rounds)};")
    assert card.golden


def test_a_failed_job_leaves_no_model_of_an_earlier_one_half_replaced(reviews):
    reviews.train()
    before = {path.name: path.read_bytes() for path in reviews.paths.model.iterdir()}
    reviews.put("train", "1,good\n1,good\n", name="data.csv")
    with pytest.raises(UserError):
        reviews.train()
    assert {path.name: path.read_bytes() for path in reviews.paths.model.iterdir()} == before


@pytest.mark.parametrize("name", ["reviews", "rows"])
def test_a_full_output_disk_leaves_no_model(request, name):
    container = request.getfixturevalue(name)
    with container.full_output(), pytest.raises(OSError, match=r"No space left|Permission denied"):
        container.train(input="text" if name == "reviews" else "features")
    assert container.files() == []


@pytest.mark.parametrize(
    ("hosts", "channels", "hyperparameters", "sentence"),
    [
        (["algo-1"], ["train", "validation"], {"validation_fraction": "0.1"}, "use one of them"),
        (["algo-1"], ["train"], {"early_stopping_rounds": "5"}, "early_stopping_rounds needs validation data"),
    ],
)
def test_settings_that_do_not_fit_the_job_are_refused(reviews, hosts, channels, hyperparameters, sentence):
    reviews.configure("resourceconfig", {"current_host": hosts[0], "hosts": hosts})
    for channel in channels:
        reviews.put(channel, "1,good\n0,bad\n", name="more.csv")
    with pytest.raises(UserError, match=sentence):
        algorithm(reviews.context(**hyperparameters))


def test_silent_means_what_it_meant(rows, capfd):
    noisy, quiet = [], []
    for silent, said in (("0", noisy), ("1", quiet)):
        rows.train(input="features", silent=silent, num_round="2", tree_method="exact")
        said += [line for line in "".join(capfd.readouterr()).splitlines() if ".cc:" in line]
    assert any("INFO" in line for line in noisy)
    assert quiet == []


def test_a_model_that_tells_nothing_apart_is_warned_of(reviews, caplog):
    reviews.train(booster="gbtree", gamma="1e9")
    assert "the model gives every row the same score" in caplog.text


def test_a_regression_is_tested_by_its_errors(container):
    container.put("train", "".join(f"{2 * n},{n},1\n" for n in range(50)))
    container.put("test", "10,5,1\n20,10,1\n")
    model = container.train(input="features", num_round="200")
    scores = [prediction["score"] for prediction in model.predict([model.records.from_json([n, 1]) for n in (5, 10)])]
    assert scores == pytest.approx([10, 20], abs=0.5)
    assert model.manifest.metrics["test:mae"] == pytest.approx(np.mean(np.abs(np.array(scores) - [10, 20])))
