import json

import numpy as np
import pytest
from headline_mxnet import text
from smcontract.errors import UserError
from smcontract.training.hosts.group import Group
from textprep.errors import DataError


def read(container, workers=1, **hyperparameters):
    context = container.context(**hyperparameters)
    return text.read(context.job, context.hyperparameters, workers, Group.alone())


def test_csv_and_json_lines_give_the_same(container):
    records = [("Sport", 'A "late", late\ngoal 😀'), ("arts & books", "a <i>good</i> novel"), (" Sport ", "a goal")]
    container.put("train", "".join('{},"{}"\n'.format(label, line.replace('"', '""')) for label, line in records))
    from_csv = read(container)
    lines = "".join(json.dumps({"label": label, "text": line}) + "\n" for label, line in records)
    container.put("train", lines, content_type="application/jsonlines")
    from_json = read(container, workers=2)
    assert from_csv.labels == from_json.labels == ("Sport", "arts & books")
    assert from_csv.data["train"].labels.tolist() == [0, 1, 0]
    assert from_csv.data["train"].ids.shape == (3, 8)
    assert from_csv.encoder.fingerprint == from_json.encoder.fingerprint
    assert np.array_equal(from_csv.data["train"].ids, from_json.data["train"].ids)
    assert sorted(from_csv.golden) == sorted(line.strip() for _, line in records)


def test_what_is_held_back_is_not_learnt_from_and_leaves_no_category_empty(container, caplog):
    container.put(
        "train", "".join(f"{n % 2},word{n}\n" for n in range(500)) + "".join(f"rare{n},x\n" for n in range(9))
    )
    prepared = read(container, validation_fraction="0.3")
    train, validation = prepared.data["train"], prepared.data["validation"]
    assert len(train.labels) + len(validation.labels) == 509
    assert 100 < len(validation.labels) < 200
    assert len(prepared.labels) == 11
    assert set(train.labels.tolist()) == set(range(11))
    assert set(validation.labels.tolist()) == {0, 1}
    assert (validation.ids[:, 0] == 1).all()
    assert "not held back, because their category has no others" in caplog.text
    assert read(container, validation_fraction="0.3", seed="1").encoder.fingerprint != prepared.encoder.fingerprint


def test_the_log_tells_of_classes_cuts_strangers_and_repetitions(news, caplog):
    caplog.set_level("INFO")
    news.put(
        "test", '"sport","one two three four five six seven eight nine"\nart,???\nsport,Telescope finds new planet 1\n'
    )
    news.put("train", "art,one picture\n", name="more.csv")
    read(news)
    for sentence in (
        'train: 49 records, 1 "art", 16 "business", 16 "science", 16 "sport"',
        "test: headlines cut after 8 words: 1",
        "test: headlines without a known word: 1",
        'train: categories with only one headline, too few to learn from: "art"',
        "test: texts that are also in the training data, so its metrics are too good: 1",
    ):
        assert sentence in caplog.text


def test_word_vectors_start_the_words_and_set_the_dimension(news):
    news.put("embeddings", "2 3\nplanet 1 2 3\nnowhere 4 5 6\n", name="vectors.txt")
    prepared = read(news, embedding_dim="3")
    row = prepared.encoder.ids(["planet"])[0, 0]
    assert prepared.vectors.shape == (prepared.encoder.n_ids, 3)
    assert prepared.vectors[row].tolist() == [1, 2, 3]
    assert not prepared.vectors[:2].any()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Category,Headline\na,good\nb,bad\n", "data.csv line 1 looks like a header (Category,Headline): remove it"),
        ("a,good\n,bad\n", "data.csv line 2: the label is missing"),
        ("a,good\na,great\n", 'all 2 records to train on are labelled "a": give at least two categories'),
        ("a,good\nb,\n", "data.csv line 2: the text is empty"),
        (b"a,good\nb,b\xe4d\n", "data.csv line 2: byte 4 is not UTF-8"),
        ("a,good\nb,bad,news\n", "data.csv line 2: 3 columns instead of 2"),
        ("\n\n", "the training data hold no records"),
        ("a,?\nb,!\n", "no word occurs"),
    ],
)
def test_bad_headlines_are_named(container, content, sentence):
    container.put("train", content)
    with pytest.raises((UserError, DataError)) as error:
        read(container)
    assert sentence in str(error.value)


@pytest.mark.parametrize("channel", ["validation", "test"])
def test_categories_that_train_lacks_are_named_and_counted(news, channel):
    news.put(channel, "".join(f"new{n},a headline\n" for n in (7, 1, 2, 3, 4, 5, 5)) + "sport,a goal\n")
    with pytest.raises(UserError) as error:
        read(news)
    assert str(error.value).startswith(
        f"the {channel} data hold 7 records of categories that the training data do not have: "
        '"new1", "new2", "new3", "new4", "new5" and 1 more; remove them'
    )


def test_a_fraction_that_holds_back_nothing_is_refused(container):
    container.put("train", "a,bad news\nb,good news\n")
    with pytest.raises(UserError, match="the validation data hold no record"):
        read(container, validation_fraction="0.01")
