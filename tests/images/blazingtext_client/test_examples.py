import json
import random
import threading

import numpy as np
import pytest
from blazingtext_client import corpus, examples
from blazingtext_client.corpus import Stopped
from blazingtext_client.whitespace import words
from smcontract.errors import UserError


def lines(reader, read):
    """The examples as text: labels, words, and `</s>` at the end."""
    words = reader.words
    ids = np.concatenate([chunk for part in read.parts for chunk in part.chunks()]).tolist()
    names = [words[n] if n >= 0 else "\n" if n == -1 else read.labels[-2 - n] for n in ids]
    return " ".join(names).replace(" \n", "\n").replace("\n ", "\n")


@pytest.fixture
def reader():
    return examples.Reader(threading.Event())


def test_labels_may_stand_anywhere_and_be_several(job, tmp_path, reader, caplog):
    text = "__label__a good film\r\n\nfine __label__b __label__c music\nno label\n__label__x\nlast line __label__é"
    read = reader.read(job.put("train", text), tmp_path / "out", 1)
    assert lines(reader, read) == (
        "__label__a good film </s>\n__label__b __label__c fine music </s>\n__label__é last line </s>\n"
    )
    assert (read.count, read.tokens, read.first) == (3, 6, ("good film", "fine music", "last line"))
    assert read.labels == ["__label__a", "__label__b", "__label__c", "__label__é"]
    assert "train: left out 2 lines without a label or without a word" in caplog.text


@pytest.mark.parametrize("piece", [1, 50, 1 << 20])
def test_reading_many_lines_at_once_is_reading_one_after_the_other(job, tmp_path, reader, monkeypatch, piece):
    monkeypatch.setattr(corpus, "PIECE", piece)
    generator = random.Random(piece)
    tokens = ["__label__a", "__label__b,c", "word", "</s>", "né", "\0", "x__label__", "\u3000", "\r", "\n", "\n"]
    text = "".join(generator.choice(tokens) + generator.choice(["", " "]) for _ in range(4_000))
    labels, expected = {}, []
    for line in text.split("\n"):
        found = words(line)
        marked = [word for word in found if word.startswith("__label__")]
        rest = [word for word in found if not word.startswith("__label__")]
        if marked and rest:
            labels.update(dict.fromkeys(marked))
            expected.append((" ".join(marked), " ".join(rest)))
    read = reader.read(job.put("train", text), tmp_path / "out", 1)
    assert lines(reader, read) == "".join(f"{marked} {rest} </s>\n" for marked, rest in expected)
    assert read.labels == list(labels)
    assert read.sample.texts == [rest for _, rest in expected]
    assert (read.count, read.tokens) == (len(expected), sum(len(rest.split()) for _, rest in expected))


def test_words_and_labels_have_one_number_in_all_channels(job, tmp_path, reader):
    train = reader.read(job.put("train", "__label__a x y\n"), tmp_path / "train", 2)
    validation = reader.read(job.put("validation", "__label__b z x\n__label__a y\n"), tmp_path / "validation", 1)
    assert train.labels == ["__label__a"]
    assert lines(reader, validation) == "__label__b z x </s>\n__label__a y </s>\n"
    assert reader.words == ["</s>", "x", "y", "z"]


@pytest.mark.parametrize(("name", "content_type"), [("x.jsonl", None), ("x", "application/jsonlines")])
def test_an_augmented_manifest_is_read(job, tmp_path, reader, name, content_type):
    rows = [{"source": "good\n__label__5 film", "label": 1}, {"source": "music", "label": [0, 2], "id": 5}]
    channel = job.put("train", "\n".join(map(json.dumps, rows)) + "\n\n", name, content_type)
    read = reader.read(channel, tmp_path / "out", 1)
    assert lines(reader, read) == "__label__1 good film </s>\n__label__0 __label__2 music </s>\n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "x.jsonl line 1 is not JSON"),
        ("[1]", "expected an object with source"),
        ('{"source": 5, "label": 1}', "expected an object with source"),
        ('{"source": "a", "label": true}', "expected an object with source"),
        ('{"source": "a"}', "expected an object with source"),
    ],
)
def test_a_bad_manifest_is_refused(job, tmp_path, reader, line, sentence):
    with pytest.raises(UserError, match=sentence):
        reader.read(job.put("train", line, "x.jsonl"), tmp_path / "out", 1)


@pytest.mark.parametrize("text", ["no label here\n", "__label__a\n", "\n\n"])
def test_a_channel_without_an_example_is_refused(job, tmp_path, reader, text):
    with pytest.raises(UserError, match='channel "train" has no line with both a word and a label'):
        reader.read(job.put("train", text), tmp_path / "out", 1)


def test_half_a_character_does_not_end_the_job(job, tmp_path, reader):
    rows = [{"source": "half \ud83d a film", "label": 1}, {"source": "good", "label": 0}]
    read = reader.read(job.put("train", "\n".join(map(json.dumps, rows)), "x.jsonl"), tmp_path / "out", 1)
    assert lines(reader, read) == "__label__1 half \ufffd a film </s>\n__label__0 good </s>\n"


def test_a_line_longer_than_any_chunk_is_one_example(job, tmp_path, reader):
    text = "__label__a " + "w " * 30_000 + "\n" + "__label__b v\n" * 10_000
    read = reader.read(job.put("train", text), tmp_path / "out", 1)
    (part,) = read.parts
    chunks = list(part.chunks())
    assert len(chunks[0]) == 30_003
    mixed = np.concatenate(list(part.mixed(np.random.default_rng(0))))
    assert np.array_equal(np.sort(mixed), np.sort(np.concatenate(chunks)))


def test_reading_stops_before_its_end(job, tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        examples.Reader(stop).read(job.put("train", "__label__a b c\n"), tmp_path / "out", 1)
