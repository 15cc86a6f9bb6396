"""One rule for white space, in training and in serving, and the end of a line that is none."""

import subprocess
import threading

import fasttext
import pytest
from blazingtext_client import corpus, model
from blazingtext_client.whitespace import split, words, words_of_fasttext
from smcontract.errors import UserError
from textprep.errors import DataError

QUICK = {"mode": "supervised", "min_count": "1", "vector_dim": "8", "epochs": "20", "learning_rate": "0.5",
         "buckets": "100"}  # fmt: skip
SPACES = [" ", "\t", "\v", "\f", "\0", "\x1c", "\x85", "\xa0", "\u2003", "\u2028", "\u202f", "\u3000", "\r"]
TEXTS = {"sport": "the team won the cup final last night", "money": "the bank raised its rates again today"}


def lines(space, **texts):
    return "".join(f"__label__{label} {text.replace(' ', space)}\n" for label, text in (texts or TEXTS).items()) * 40


def served(job):
    trained = model.load(job.paths.model)
    return lambda text: trained.predict([trained.records.from_json(text)])[0]


def test_a_text_has_the_same_words_in_training_and_in_serving(job):
    job.put("train", "".join(lines(space) for space in SPACES))
    job.train(**QUICK)
    classifier = fasttext.load_model(str(job.paths.model / "model.bin"))
    assert sorted(classifier.words) == sorted({"</s>", *" ".join(TEXTS.values()).split()})
    predict = served(job)
    for label, text in TEXTS.items():
        answer = predict(text)
        assert answer["label"] == [f"__label__{label}"]
        assert all(predict(text.replace(" ", other)) == answer for other in [*SPACES, "\n"])


@pytest.mark.parametrize("space", SPACES)
def test_a_corpus_has_the_same_words_too(job, space):
    job.put("train", lines(space))
    text = corpus.read(job.put("train", lines(space)), job.paths.base, 1, threading.Event())
    assert text.counts[text.words.index("team")] == 40


def test_an_end_of_line_within_a_text_ends_nothing(job):
    texts = {"up": "the price was 10 </s> rose strongly", "down": "the price was 10 </s> fell sharply"}
    job.put("train", lines(" ", **texts))
    job.put("validation", lines(" ", **texts))
    job.train(**QUICK)
    card = model.load(job.paths.model).manifest
    assert card.metrics["validation:accuracy"] == card.metrics["train:accuracy"] == 1
    predict = served(job)
    assert predict(texts["up"])["label"] == ["__label__up"]
    assert predict("the price was 10 rose strongly") == predict(texts["up"])


def test_a_foreign_model_is_asked_as_fasttext_asks_it(folder, tmp_path):
    texts = {"up": "the\xa0price rose", "down": "the\xa0price fell"}
    (tmp_path / "train.txt").write_text(lines(" ", **texts))
    made = fasttext.train_supervised(str(tmp_path / "train.txt"), minCount=1, dim=8, lr=0.5, verbose=0, thread=1)
    made.save_model(str(folder / "model.bin"))
    loaded = model.load(folder)
    (answer,) = loaded.predict([loaded.records.from_json(texts["up"])])
    labels, probabilities = made.predict(texts["up"])
    assert (answer["label"], answer["prob"]) == (list(labels), pytest.approx(list(probabilities), abs=1e-6))
    assert loaded.predict([loaded.records.from_json("the\xa0price </s> rose")]) == [answer]


def test_a_label_within_the_text_of_a_json_line_is_none(job):
    job.put("train", '{"source": "a __label__7 goal", "label": 1}\n{"source": "a bank", "label": 2}\n' * 40, "a.jsonl")
    job.train(**QUICK)
    assert sorted(model.load(job.paths.model).manifest.labels) == ["__label__1", "__label__2"]


def test_labels_are_counted_and_those_with_a_comma_are_named(job, caplog):
    glued = ["sport,the team won", "sport,a late goal", "money,the bank cut", "money,shares fell again"]
    job.put("train", "".join(f"__label__{line}\n" for line in glued))
    caplog.set_level("INFO")
    job.train(**QUICK)
    assert "train: 4 examples, 4 labels" in caplog.text
    assert 'train: 4 labels hold a comma, such as "__label__money,shares": a label ends at white space' in caplog.text


def test_the_rules_themselves():
    assert words_of_fasttext("a\xa0b\u3000c\x85d") == ["a\xa0b\u3000c\x85d"]
    assert words_of_fasttext("\na b\tc\vd\fe\0f\rg </s>") == list("abcdefg")
    assert split(" ".join(SPACES)) == words("</s>\xa0</s>") == []


@pytest.mark.parametrize("end", ["", " ", "\n", " \n"])
@pytest.mark.parametrize("space", [" ", "\xa0", "\t"])
def test_a_line_is_whole_wherever_the_pieces_end(tmp_path, monkeypatch, space, end):
    monkeypatch.setattr(corpus, "PIECE", 4)
    (tmp_path / "a.txt").write_text(f"ab{space}cd\n\n{space}ef{space}gh" + end)
    text = "".join(corpus.pieces(tmp_path / "a.txt", threading.Event()))
    assert text.endswith("\n")
    assert [words(line) for line in text.split("\n") if line.strip()] == [["ab", "cd"], ["ef", "gh"]]


@pytest.mark.parametrize("hyperparameters", [QUICK, {"mode": "cbow", "min_count": "1", "evaluation": "False"}])
def test_compressed_text_is_read(job, hyperparameters):
    text = lines(" ")
    packed = subprocess.run(["gzip", "-c"], input=text.encode(), capture_output=True, check=True).stdout
    job.put("train", packed, "train.txt.gz")
    job.train(**hyperparameters)
    assert "manifest.json" in job.files()
    job.put("train", packed[:-20], "train.txt.gz")
    with pytest.raises(DataError, match=r"train\.txt\.gz is compressed with gzip and damaged or cut off"):
        job.train(**hyperparameters)


def test_a_header_is_refused_by_name(job):
    job.put("train", lines(" "), content_type="text/plain; header=present")
    with pytest.raises(UserError, match='the parameter "header=present" is not supported; text/plain takes'):
        job.train(**QUICK)
    job.put("train", lines(" "), content_type="text/csv; header=present")
    with pytest.raises(UserError, match="header=present is not supported here"):
        job.train(**QUICK)


def test_a_word_like_a_label_is_no_word_of_a_request(job):
    job.put("train", lines(" "))
    job.train(**QUICK)
    predict = served(job)
    assert predict("__label__money") == predict("")
