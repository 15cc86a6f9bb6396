import json

import pytest
from blazingtext_client import examples
from smcontract.errors import UserError


def test_labels_may_stand_anywhere_and_be_several(job, tmp_path, caplog):
    text = "__label__a good film\r\n\nfine __label__b __label__c music\nno label\n__label__a\nlast line __label__é"
    read = examples.read(job.put("train", text), tmp_path / "out")
    assert read.path.read_text() == "__label__a good film\nfine __label__b __label__c music\nlast line __label__é\n"
    assert (read.count, read.first) == (3, ("good film", "fine music", "last line"))
    assert "train: left out 2 lines without a label or without a word" in caplog.text


@pytest.mark.parametrize(("name", "content_type"), [("x.jsonl", None), ("x", "application/jsonlines")])
def test_an_augmented_manifest_is_read(job, tmp_path, name, content_type):
    lines = [{"source": "good\nfilm", "label": 1}, {"source": "music", "label": [0, 2], "id": 5}]
    channel = job.put("train", "\n".join(map(json.dumps, lines)) + "\n\n", name, content_type)
    read = examples.read(channel, tmp_path / "out")
    assert read.path.read_text() == "__label__1 good film\n__label__0 __label__2 music\n"


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
def test_a_bad_manifest_is_refused(job, tmp_path, line, sentence):
    with pytest.raises(UserError, match=sentence):
        examples.read(job.put("train", line, "x.jsonl"), tmp_path / "out")


@pytest.mark.parametrize("text", ["no label here\n", "__label__a\n", "\n\n"])
def test_a_channel_without_an_example_is_refused(job, tmp_path, text):
    with pytest.raises(UserError, match='channel "train" has no line with both a word and a label'):
        examples.read(job.put("train", text), tmp_path / "out")


def test_half_a_character_does_not_end_the_job(job, tmp_path):
    lines = [{"source": "half \ud83d a film", "label": 1}, {"source": "good", "label": 0}]
    read = examples.read(job.put("train", "\n".join(map(json.dumps, lines)), "x.jsonl"), tmp_path / "out")
    assert read.path.read_text("utf-8") == "__label__1 half \ufffd a film\n__label__0 good\n"
