import multiprocessing
import re
import signal
import threading
import time

import fasttext
import pytest
from blazingtext_client import model, supervised
from blazingtext_client.examples import Examples
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.training.metrics import MetricLog

from tests.images.blazingtext_client.opt_ml import documented_metrics

TRAIN = "__label__good a wonderful film {}\n__label__bad a boring film {}\n__label__so-so neither of both {}\n"
LINES = "".join(TRAIN.replace("{}", str(n % 7)) for n in range(40))
QUICK = {"mode": "supervised", "min_count": "1", "vector_dim": "8", "buckets": "500", "learning_rate": "0.5"}
ENDLESS = {"learning_rate": 0.1, "vector_dim": 100, "epochs": 1_000_000, "min_count": 1, "word_ngrams": 2,
           "buckets": 500, "early_stopping": False}  # fmt: skip


def test_the_model_is_fasttexts_and_the_log_is_blazingtexts(job, capsys):
    job.put("train", LINES)
    job.put("validation", TRAIN + "__label__unheard a film {}\n")
    job.train(**QUICK, epochs="5")
    lines = capsys.readouterr().out.splitlines()
    assert "Number of train examples: 120" in lines
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
def test_fasttexts_exceptions_become_sentences(job, hyperparameters, sentence):
    job.put("train", LINES)
    with pytest.raises(UserError, match=sentence):
        job.train(**QUICK | hyperparameters)
    assert job.files() == job.leftovers() == []


def test_a_training_that_the_kernel_kills_lacks_memory(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(LINES)

    def kill():
        while not (children := multiprocessing.active_children()):
            time.sleep(0.05)
        children[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(MemoryError):
        supervised.train(Examples(path, 120, ()), None, ENDLESS, 1, threading.Event(), MetricLog(), tmp_path)
    killer.join()


def test_a_stop_ends_a_training_after_its_grace(job, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(supervised, "GRACE", 0.1)
    path = tmp_path / "train.txt"
    path.write_text(LINES)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    assert supervised.train(Examples(path, 120, ()), None, ENDLESS, 1, stop, MetricLog(), tmp_path) is None
    assert "no model is finished yet" in caplog.text


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
    assert "stopped; keeping the model of" in err


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
