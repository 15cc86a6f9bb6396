import re
import signal
import threading
import time

import fasttext
import numpy as np
import pytest
from blazingtext_client import classes, examples, fasttextfile, model, supervised
from blazingtext_client.classprogress import Best
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog

from tests.images.blazingtext_client.interrupted import stop_at
from tests.images.blazingtext_client.opt_ml import documented_metrics

TRAIN = "__label__good a wonderful film {}\n__label__bad a boring film {}\n__label__so-so neither of both {}\n"
LINES = "".join(TRAIN.replace("{}", str(n % 7)) for n in range(40))
NO_CHECKPOINTS = Checkpoints(None, {})
QUICK = {"mode": "supervised", "min_count": "1", "vector_dim": "8", "buckets": "500", "learning_rate": "0.5"}


@pytest.fixture
def read(job, tmp_path):
    """`read(train, validation)`: a reader, and the examples of both."""

    def make(train, validation=None):
        reader = examples.Reader(threading.Event())
        made = [reader.read(job.put("train", train), tmp_path / "train", 1), None]
        if validation is not None:
            made[1] = reader.read(job.put("validation", validation), tmp_path / "validation", 1)
        return reader, *made

    return make


def settings(**given):
    given = QUICK | {name: str(value) for name, value in given.items()}
    return checked(TABLE.parse(given, defaults(TABLE.parse(given))))


def test_the_model_is_fasttexts_and_the_log_is_blazingtexts(job, capsys):
    job.put("train", LINES)
    job.put("validation", TRAIN + "__label__unheard a film {}\n")
    job.train(**QUICK, epochs="5")
    lines = capsys.readouterr().out.splitlines()
    assert "Number of train examples: 120" in lines
    assert "Number of words:  14" in lines
    assert sum(line.startswith("##### Alpha: ") for line in lines) == 5
    assert "-------------- End of epoch: 5" in lines
    assert "Validation accuracy: 0.75" in lines  # a label unknown to the model cannot be right
    assert "#train_accuracy: 1.0000" in lines
    assert "#validation_accuracy: 0.7500" in lines
    assert documented_metrics("\n".join(lines)) == {"train:accuracy": "1.0000", "validation:accuracy": "0.7500"}
    assert job.files() == ["manifest.json", "model.bin"]
    assert job.leftovers() == []
    classifier = fasttext.load_model(str(job.paths.model / "model.bin"))
    assert classifier.predict("a boring film")[0] == ("__label__bad",)
    card = manifest.read(job.paths.model)
    assert sorted(card.labels) == ["__label__bad", "__label__good", "__label__so-so"]
    assert card.metrics["validation:accuracy"] == 0.75
    served = model.load(job.paths.model)
    manifest.check_golden(card, lambda records: served.predict([served.records.from_json(one) for one in records]))
    assert card.golden[0]["prediction"]["label"] == ["__label__good"]


def test_early_stopping_waits_its_patience_and_keeps_the_best(job, capsys):
    job.put("train", LINES)
    job.put("validation", TRAIN)
    job.train(**QUICK, epochs="50", early_stopping="True", min_epochs="6", patience="2")
    out = capsys.readouterr().out
    assert re.findall(r"End of epoch: (\d+)", out) == ["6", "7", "8"]
    assert out.count("Validation accuracy improved! Storing best weights...") == 1
    assert "Validation accuracy has not improved for last 2 epochs.\nReached patience. Terminating training.\n" in out
    assert "Best epoch: 6\n" in out
    assert "#validation_accuracy: 1.0000\n" in out
    assert fasttext.load_model(str(job.paths.model / "model.bin")).get_labels()


def test_early_stopping_returns_to_the_weights_of_the_best_epoch(read, capsys):
    reader, train, validation = read(LINES, TRAIN)
    given = settings(epochs=6, early_stopping=True, min_epochs=1, patience=3)
    stop = threading.Event()
    expected = classes.make(given, reader, train)
    training = classes.Training(expected, train, given, stop)
    best, rights = Best(), []
    for epoch in range(1, 7):
        training.epoch()
        rights.append(training.right(validation))
        if best.is_beaten(epoch, rights[-1]):
            best.store(expected.weights)
        expected.progress.end_epoch()
    trained = supervised.train(reader, train, validation, given, stop, MetricLog(), NO_CHECKPOINTS)
    assert f"Best epoch: {rights.index(max(rights)) + 1}\n" in capsys.readouterr().out
    assert rights.index(max(rights)) < 5
    for one, other in zip(trained.weights, best.stored, strict=True):
        assert np.array_equal(one, other)


def test_one_thread_repeats_itself_bit_by_bit_and_counts_every_word(read, caplog):
    caplog.set_level("INFO")
    reader, train, _ = read(LINES * 20)
    one, other = (
        supervised.train(reader, train, None, settings(epochs=3), threading.Event(), MetricLog(), NO_CHECKPOINTS)
        for _ in range(2)
    )
    assert all(np.array_equal(*pair) for pair in zip(one.weights, other.weights, strict=True))
    assert one.trained == 3 * train.tokens == 3 * 20 * 40 * 12
    assert f"trained {one.trained} words in 3 epochs of {train.tokens} words" in caplog.text


@pytest.mark.parametrize("subwords", [False, True])
@pytest.mark.parametrize("word_ngrams", [1, 3])
def test_fasttext_predicts_what_is_served(job, subwords, word_ngrams):
    job.put("train", LINES + "__label__bad film noir café 電影\n" * 30)
    given = {"subwords": "True", "min_char": "2", "max_char": "4"} if subwords else {}
    job.train(**QUICK, **given, epochs="3", word_ngrams=str(word_ngrams))
    path = job.paths.model / "model.bin"
    theirs, served = fasttext.load_model(str(path)).f, model.load(job.paths.model)
    for text in ("a wonderful film", "film noir", "unheard cafés", "boring boring 電影 of", ""):
        expected = theirs.predict(text + "\n", 3, 0.0, "strict")
        answer = served.predict([served.records.from_json({"source": text, "k": 3})])[0]
        assert answer["label"] == [label for _, label in expected]
        assert answer["prob"] == pytest.approx([probability for probability, _ in expected], abs=1e-6)


def test_rows_that_no_text_has_are_zero(job):
    job.put("train", LINES)
    job.train(**QUICK)
    file = fasttextfile.read(job.paths.model / "model.bin")
    assert 0 < np.count_nonzero(file.input[len(file.words) :].any(axis=1)) < 300


def test_early_stopping_without_enough_epochs_trains_once(job, capsys):
    job.put("train", LINES)
    job.put("validation", TRAIN)
    job.train(**QUICK, epochs="1", early_stopping="True")
    assert re.findall(r"End of epoch: (\d+)", capsys.readouterr().out) == ["1"]


def test_early_stopping_needs_a_validation_channel(job):
    job.put("train", LINES)
    with pytest.raises(UserError, match="early_stopping needs a channel called validation"):
        job.train(**QUICK, early_stopping="True")


def test_several_labels_a_line_are_learnt(job):
    job.put("train", "__label__a __label__b red green\n__label__c blue\n" * 100)
    job.train(**QUICK, epochs="20")
    labels = fasttext.load_model(str(job.paths.model / "model.bin")).predict("red green", k=2)[0]
    assert set(labels) == {"__label__a", "__label__b"}


@pytest.mark.parametrize(
    ("hyperparameters", "sentence"),
    [
        ({"min_count": "1000"}, "no word occurs min_count = 1000 times in the train channel"),
        ({"learning_rate": "1e30"}, "the weights became NaN at learning_rate 1e[+]30"),
    ],
)
def test_what_cannot_be_learnt_is_a_sentence(job, hyperparameters, sentence):
    job.put("train", LINES)
    with pytest.raises(UserError, match=sentence):
        job.train(**QUICK | hyperparameters)
    assert job.files() == job.leftovers() == []


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_stop_ends_a_training_at_once(read, caplog, early_stopping, monkeypatch):
    reader, train, validation = read(LINES * 100, TRAIN)
    stop, start = stop_at(2, monkeypatch), time.monotonic()
    given = settings(epochs=1_000_000, early_stopping=early_stopping, patience=1_000_000)
    trained = supervised.train(reader, train, validation, given, stop, MetricLog(), NO_CHECKPOINTS)
    assert time.monotonic() - start < 20
    assert trained.weights.output.any()
    assert "stopped after" in caplog.text


def test_a_stop_before_the_first_word_leaves_no_model(read):
    reader, train, _ = read(LINES)
    stop = threading.Event()
    stop.set()
    assert supervised.train(reader, train, None, settings(), stop, MetricLog(), NO_CHECKPOINTS) is None


def test_sigterm_saves_the_best_model_so_far(job):
    job.put("train", LINES)
    job.put("validation", TRAIN)
    with job.start(**QUICK, epochs="100000", early_stopping="True", patience="100000") as process:
        for line in process.stdout:
            if line.startswith("Validation accuracy improved!"):
                break
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 0, err
    assert not job.paths.failure.exists()
    assert job.files() == ["manifest.json", "model.bin"]
    assert "stopped after" in err


@pytest.mark.parametrize("hyperparameters", [QUICK, {"mode": "cbow", "min_count": "1", "evaluation": "False"}])
def test_a_full_output_disk_leaves_no_model(job, hyperparameters):
    job.put("train", LINES)
    with job.full_output(), pytest.raises(OSError, match=r"No space left|Permission denied"):
        job.train(**hyperparameters)
    assert job.files() == []


def test_bad_input_ends_the_job_with_its_reason(job):
    job.put("train", "no label\n")
    assert 'channel "train" has no line with both a word and a label' in job.refused(**QUICK)


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize(
    "hyperparameters", [QUICK, {"mode": "cbow", "min_count": "1", "subwords": "True", "buckets": "300"}]
)
def test_a_damaged_model_is_served_or_refused_with_a_sentence(job, hyperparameters, is_ours):
    job.put("train", LINES)
    job.train(**hyperparameters)
    if not is_ours:
        for name in {"manifest.json", "eval.json"} & set(job.files()):
            (job.paths.model / name).unlink()
    outcomes = job.damage("blazingtext_client.serve:Handler", 60)
    assert len(outcomes) == 60
    refused = [outcome["refused"] for outcome in outcomes if outcome["refused"]]
    assert len(refused) > (30 if is_ours else 0)
    assert all("a fault of the image" not in sentence for sentence in refused)
