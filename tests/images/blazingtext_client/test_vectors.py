import base64
import json
import random
import threading
import time

import fasttext
import numpy as np
import pytest
from blazingtext_client import corpus, engine, model, train, vectors
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from gensim.models import KeyedVectors
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints

from driver.report import schema
from tests.images.blazingtext_client.opt_ml import documented_metrics

TEXT = "the tiger and the cat sat by the sea café\nthe cat saw a plane and a car by the sea\n" * 20
QUICK = {"mode": "skipgram", "min_count": "1", "vector_dim": "8", "epochs": "2", "buckets": "50"}

MODES = [("batch_skipgram", "False"), ("skipgram", "False"), ("skipgram", "True"), ("cbow", "False"), ("cbow", "True")]


def settings(**given):
    return checked(TABLE.parse(given, defaults(TABLE.parse(given))))


def make(given, read):
    """Return settings, and an untrained model with them."""
    chosen = settings(**QUICK | given)
    return chosen, engine.make(chosen, read, engine.vocabulary(read, chosen["min_count"]))


@pytest.mark.parametrize(("mode", "subwords"), MODES)
def test_what_is_written_is_read_by_gensim_fasttext_and_the_server(job, mode, subwords):
    job.put("train", TEXT)
    job.train(**QUICK | {"mode": mode, "subwords": subwords})
    folder = job.paths.model
    assert job.files() == ["eval.json", "manifest.json", "vectors.bin", "vectors.txt"]
    text = KeyedVectors.load_word2vec_format(folder / "vectors.txt")
    assert text.index_to_key[0] == "the"
    assert "café" in text
    engine_of_facebook = fasttext.load_model(str(folder / "vectors.bin"))
    assert engine_of_facebook.get_words() == text.index_to_key
    served = model.load(folder)
    for answer in served.predict(text.index_to_key):
        word = answer["word"]
        assert answer["vector"] == pytest.approx(text[word], rel=1e-4, abs=1e-6)
        rows = [engine_of_facebook.get_input_vector(row) for row in engine_of_facebook.get_subwords(word)[1]]
        assert np.mean(rows, axis=0) == pytest.approx(text[word], rel=1e-4, abs=1e-6)
    assert any(served.predict(["seaside"])[0]["vector"]) == (subwords == "True")
    manifest.check_golden(manifest.read(folder), served.predict)
    assert job.leftovers() == []


def test_eval_json_has_the_form_of_blazingtext(job, capsys):
    job.put("train", TEXT)
    job.put("evaluation", "Tiger\tcat\t7.35\nplane\tcar\t5.77\ntiger\tghost\t5\nsea\tcar\t1\n", "EN-WS-353-SIM.txt")
    job.put("evaluation", "a,b,score\nghost,spirit,1\n", "mine.csv")
    job.train(**QUICK)
    written = (job.paths.model / "eval.json").read_text()
    out = capsys.readouterr().out
    value = json.loads(written)
    rho = value["EN-WS-353-SIM.txt"]["spearmans_rho"]
    assert value == {
        "EN-WS-353-SIM.txt": {"not_found": 1, "spearmans_rho": rho, "total_pairs": 4},
        "mine.csv": {"not_found": 1, "spearmans_rho": 0.0, "total_pairs": 1},
        "mean_rho": rho / 2,
    }
    assert written == json.dumps(value, indent=4, sort_keys=True)
    assert written in out
    assert f"#mean_rho: {rho / 2}\n" in out
    assert documented_metrics(out) == {"train:mean_rho": str(rho / 2)}
    assert manifest.read(job.paths.model).metrics == {"train:mean_rho": pytest.approx(rho / 2)}
    found = schema.parse((job.paths.output_data / "evaluation.json").read_bytes())["vectors"]
    assert {name: each["spearmans_rho"] for name, each in found["similarity"].items()} == {
        name: value[name]["spearmans_rho"] for name in ("EN-WS-353-SIM.txt", "mine.csv")
    }
    text = KeyedVectors.load_word2vec_format(job.paths.model / "vectors.txt")
    pair = found["similarity"]["EN-WS-353-SIM.txt"]["pairs"][0]
    assert pair == ["tiger", "cat", 7.35, pytest.approx(text.similarity("tiger", "cat"), abs=1e-3)]
    first = found["neighbours"][0]
    theirs = text.most_similar(first["word"], topn=len(first["nearest"]))
    assert [cosine for _, cosine in first["nearest"]] == pytest.approx([cosine for _, cosine in theirs], abs=1e-3)
    mapped = np.frombuffer(base64.b64decode(found["map"]["vectors"]), "<f2").reshape(len(found["map"]["words"]), -1)
    assert mapped[3] == pytest.approx(text.get_vector(found["map"]["words"][3], norm=True), abs=1e-3)


def test_the_log_has_the_lines_of_blazingtext(job, capsys):
    job.put("train", TEXT)
    job.train(**QUICK, evaluation="False")
    assert job.files() == ["manifest.json", "vectors.bin", "vectors.txt"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Running single machine CPU BlazingText training using skipgram mode.",
        "Read 0M words",
        "Number of words:  12",
    ]
    assert [line.partition("  Million")[0] for line in lines[3:5]] == [
        "##### Alpha: 0.0250  Progress: 50.00%",
        "##### Alpha: 0.0000  Progress: 100.00%",
    ]
    assert lines[5].startswith("Average throughput in Million words/sec: ")
    assert lines[6].startswith("Total training time in seconds: ")


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("min_count", ["1", "30000"])
def test_every_word_of_one_long_line_is_trained_in_every_epoch(job, tmp_path, parts, min_count):
    line = " ".join(["a"] * 50_000 + ["incomprehensibilities"] * 20_000)
    read = corpus.read(job.put("train", line), tmp_path, parts, threading.Event())
    chosen, made = make({"min_count": min_count}, read)
    progress = engine.train(made, read, chosen, threading.Event(), Checkpoints(None, {}))
    assert len(progress.words) == parts
    assert (progress.trained, progress.epochs) == (140_000, 2)


@pytest.mark.parametrize(("mode", "subwords"), MODES)
def test_one_thread_repeats_itself(job, tmp_path, mode, subwords):
    read = corpus.read(job.put("train", TEXT), tmp_path, 1, threading.Event())
    (chosen, first), (_, second) = (make({"mode": mode, "subwords": subwords}, read) for _ in range(2))
    for made in (first, second):
        before = made.vectors().copy()
        engine.train(made, read, chosen, threading.Event(), Checkpoints(None, {}))
        assert not np.array_equal(made.vectors(), before)
    assert np.array_equal(first.input, second.input)
    assert np.array_equal(first.output, second.output)


def test_words_are_in_the_order_of_frequency_then_appearance(job, tmp_path):
    read = corpus.read(job.put("train", "d c b a\nb c\nrare c"), tmp_path, 1, threading.Event())
    _, made = make({"min_count": "0"}, read)
    assert (made.words, made.counts.tolist()) == (["c", "b", "d", "a", "rare"], [3, 2, 1, 1, 1])
    assert make({"min_count": "2"}, read)[1].words == ["c", "b"]


@pytest.mark.parametrize(("mode", "subwords"), MODES)
def test_words_that_stand_together_become_similar(job, tmp_path, mode, subwords):
    chance = random.Random(5)
    groups = [["cat", "dog", "cow", "hen"], ["car", "bus", "van", "jeep"]]
    text = "".join(" ".join(chance.choices(chance.choice(groups), k=8)) + "\n" for _ in range(2_500))
    job.put("train", text)
    job.put("evaluation", "cat dog 9\ncar bus 9\ncow hen 8\ncat car 1\nhen van 1\ndog bus 1\n")
    job.train(**QUICK | {"epochs": "8", "mode": mode, "subwords": subwords}, sampling_threshold="1")
    assert json.loads((job.paths.model / "eval.json").read_text())["mean_rho"] > 0.7


@pytest.mark.parametrize(
    "given",
    [{}, {"subwords": "True"}, {"mode": "cbow"}, {"mode": "batch_skipgram", "batch_size": "2", "vector_dim": "3000"},
     {"negative_samples": "2147483647"}, {"epochs": "2147483647"}],
)  # fmt: skip
def test_a_stop_inside_an_epoch_ends_training_at_once(job, tmp_path, given):
    read = corpus.read(job.put("train", "a b c d e f g h i j " * 30_000), tmp_path, 2, threading.Event())
    chosen, trained = make({"epochs": "100000", "sampling_threshold": "1"} | given, read)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    start = time.monotonic()
    progress = engine.train(trained, read, chosen, stop, Checkpoints(None, {}))
    assert time.monotonic() - start < 20
    assert 0 <= progress.trained < chosen["epochs"] * read.tokens
    vectors.write(tmp_path, trained, chosen)
    text = KeyedVectors.load_word2vec_format(tmp_path / "vectors.txt")
    assert len(text) == 10
    assert model.load(tmp_path).predict(["a"])[0]["vector"] == pytest.approx(text["a"], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("mode", "subwords"), MODES)
def test_numbers_that_overflow_leave_no_model(job, mode, subwords):
    job.put("train", TEXT)
    with pytest.raises(UserError, match="NaN or infinite numbers: lower learning_rate"):
        job.train(**QUICK | {"mode": mode, "subwords": subwords}, learning_rate="1e300")
    assert job.files() == []


def test_nothing_that_reaches_min_count_is_refused(job):
    job.put("train", "one two three two\n")
    with pytest.raises(UserError, match="no word occurs min_count = 5 times; the most frequent, 'two', occurs 2 times"):
        job.train(mode="cbow")
    assert job.files() == []
    assert job.leftovers() == []


@pytest.mark.parametrize(
    ("channels", "hosts", "hyperparameters", "sentence"),
    [
        (["train"], ["algo-1", "algo-2"], {"mode": "cbow"}, "2 instances, but this image trains on one in mode cbow"),
        (["train", "evaluation"], ["algo-1"], {"evaluation": "False"}, "leave one of them out"),
        (["training"], ["algo-1"], {}, 'channel "train" is missing'),
    ],
)
def test_a_job_that_cannot_be_honoured_is_refused(job, channels, hosts, hyperparameters, sentence):
    for channel in channels:
        job.put(channel, "a b 1\n")
    job.hosts(*hosts)
    with pytest.raises(UserError, match=sentence):
        train.algorithm(job.context(**QUICK | hyperparameters))


def test_a_channel_that_is_not_read_is_named(job, caplog):
    job.put("train", TEXT)
    job.put("validation", TEXT)
    job.train(**QUICK, evaluation="False")
    assert "not read: validation" in caplog.text


def test_the_program_trains_and_tells_blazingtexts_metric(job):
    job.put("train", TEXT)
    with job.start(**QUICK) as process:
        out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert "#mean_rho: " in out
    assert "train:mean_rho=" in out
    assert job.files() == ["eval.json", "manifest.json", "vectors.bin", "vectors.txt"]
    assert (job.paths.output_data / "metrics.json").exists()
