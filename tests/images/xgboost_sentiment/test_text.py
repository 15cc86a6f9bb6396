import gzip
import json

import numpy as np
import pytest
from smcontract.errors import UserError
from smcontract.training.hosts.group import Group
from textprep.errors import DataError
from xgboost_sentiment import text


def read(container, workers=1, **hyperparameters):
    context = container.context(min_count="1", **hyperparameters)
    return text.read(context.job, context.hyperparameters, workers, Group.alone())


def test_csv_and_json_lines_give_the_same(container):
    records = [("neg", 'A "bad", bad\nfilm 😀'), ("pos", "a <i>good</i> film"), ("pos", "good, good fun")]
    container.put("train", "".join('{},"{}"\n'.format(label, text.replace('"', '""')) for label, text in records))
    from_csv = read(container)
    lines = "".join(json.dumps({"label": label, "text": text}) + "\n" for label, text in records)
    container.put("train", lines, content_type="application/jsonlines")
    from_json = read(container, workers=2)
    assert from_csv.labels == from_json.labels == ("neg", "pos")
    assert from_csv.data["train"].labels.tolist() == [0, 1, 1]
    assert from_csv.encoder.fingerprint == from_json.encoder.fingerprint
    assert (from_csv.data["train"].matrix != from_json.data["train"].matrix).nnz == 0


def test_golden_records_are_short_excerpts_of_both_classes(container):
    container.put("train", "".join(f"{n % 2}, film {n} {'long ' * 500}\n" for n in range(20)))
    golden = read(container).golden
    assert [record[:7] for record in golden] == [f"film {n} " for n in (0, 2, 4, 6, 1, 3, 5, 7)]
    assert {len(record) for record in golden} == {300}


def test_what_is_held_back_is_not_learnt_from(container):
    container.put("train", "".join(f"{n % 2},word{n}\n" for n in range(1000)))
    prepared = read(container, validation_fraction="0.3", ngram_max="1")
    train, validation = prepared.data["train"], prepared.data["validation"]
    assert len(train.labels) + len(validation.labels) == 1000
    assert 250 < len(validation.labels) < 350
    assert prepared.encoder.n_features == len(train.labels)
    assert validation.matrix.nnz == 0
    again = read(container, validation_fraction="0.3", ngram_max="1")
    assert again.encoder.fingerprint == prepared.encoder.fingerprint
    other = read(container, validation_fraction="0.3", ngram_max="1", seed="1")
    assert other.encoder.fingerprint != prepared.encoder.fingerprint


def test_other_channels_use_what_train_has_taught(reviews):
    reviews.put("test", "0,an awful thing never seen\n1,a wonderful one\n1,fun\n")
    prepared = read(reviews)
    assert prepared.data["test"].matrix.shape == (3, prepared.encoder.n_features)
    assert prepared.data["test"].labels.tolist() == [0, 1, 1]
    served = prepared.encoder.pipeline.transform(["an awful thing never seen", "a wonderful one", "fun"])
    assert np.array_equal(served.toarray(), prepared.data["test"].matrix.toarray())


def test_repetitions_are_counted(reviews, caplog):
    reviews.put("validation", "0,all new\n1,new as well\n")
    reviews.put("test", '1,"A wonderful film, number 3: great fun."\n0,new\n')
    reviews.put("train", "0,one review\n0,one review\n1,another\n", name="more.csv")
    read(reviews)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        "train: texts that repeat an earlier one: 1",
        "test: texts that are also in the training data, so its metrics are too good: 1",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("label,text\n1,good\n0,bad\n", "data.csv line 1 looks like a header (label,text): remove it"),
        ("1,good\n,bad\n", "data.csv line 2: the label is missing"),
        ("1,good\npos,good\n", 'data.csv line 2: the label is "pos", and "1" in data.csv line 1 means the same'),
        ("1,good\n1,great\n", "all 2 records to train on are labelled 1: give records of two classes or more"),
        ("ok,good\nOK,great\n", "all 2 records to train on are labelled ok: give records of two classes or more"),
        ("".join(f"{n},film\n" for n in range(101)), 'data.csv line 101: the label is "100", which is one label too'),
        ("1,good\n0,\n", "data.csv line 2: the text is empty"),
        ('1,good\n0,"  "\n', "data.csv line 2: the text is empty"),
        (b"1,good\n0,b\xe4d\n", "data.csv line 2: byte 4 is not UTF-8"),
        (b"1,good\n0,b\x00d\n", "data.csv line 2: a NUL character"),
        ("1,good\n0," + "bad " * 2_500_000, "data.csv line 2: the record is larger than"),
        ("1,good\n0,bad,film\n", "data.csv line 2: 3 columns instead of 2"),
        ("good\n", "data.csv line 1: 1 column instead of 2"),
        ('1,good\n0,"bad\n', "data.csv line 2: not valid CSV"),
        ("\n\n", "the train data hold no records"),
        ("1,~\n0,…\n", "no word occurs"),
    ],
)
def test_bad_reviews_are_named(container, content, sentence):
    container.put("train", content)
    with pytest.raises((UserError, DataError)) as error:
        read(container)
    assert sentence in str(error.value)


def test_a_fraction_that_holds_back_nothing_is_refused(container):
    container.put("train", "0,bad film\n1,good film\n")
    with pytest.raises(UserError, match="the validation data hold no record"):
        read(container, validation_fraction="0.01")


BLANK = "1,A fine film\n0,A bad film\n\n \t\n"


def test_blank_lines_and_gzip_are_read_as_if_plain(container):
    container.put("train", BLANK)
    container.put("validation", gzip.compress(BLANK.encode()), "v.csv")
    data = read(container).data
    assert [len(data[name].labels) for name in ("train", "validation")] == [2, 2]


def test_a_header_is_left_out_where_the_content_type_says_so(container):
    container.put("train", "label,text\n" + BLANK, content_type="text/csv; header=present")
    assert len(read(container).data["train"].labels) == 2
    container.put("train", BLANK, content_type="text/csv; charset=latin-1")
    with pytest.raises(UserError, match='the parameter "charset=latin-1" is not supported'):
        read(container)


def test_a_first_line_with_a_number_is_no_header(container):
    container.put("train", "2,Great\n0,Bad film it is\n")
    assert read(container).labels == ("0", "2")


LANGUAGES = {
    "german": ("Häuser sind schön", "des Hauses", "haus"),
    "russian": ("Фильмы — чудо", "фильму", "фильм"),
    "french": ("Les œuvres étonnantes", "étonnante", "éton"),
    "none": ("Καλή ταινία", "ΚΑΛΉ", "καλή"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_stemmed_in_the_language_of_the_reviews(container, language):
    train, unseen, stem = LANGUAGES[language]
    container.put("train", f"1,{train}\n0,1984\n")
    encoder = read(container, language=language, ngram_max="1").encoder
    (column,) = encoder.pipeline.transform([unseen]).indices
    assert encoder.pipeline.feature_names([column]) == [stem]
    assert encoder.names(train, [column])[0] in train.lower().split()


def test_stop_words_are_those_of_the_language(container):
    container.put("train", "1,das ist nicht der film\n0,und film\n")
    encoder = read(container, language="german", stop_words="german", ngram_max="1").encoder
    assert encoder.pipeline.feature_names(range(encoder.n_features)) == ["film"]


def test_many_labels_are_numbered_in_order_and_have_golden_records(container, caplog):
    container.put("train", "".join(f"{5 - n % 5},film {n}\n" for n in range(50)))
    container.put("test", "5,a film\n1,a film\n")
    prepared = read(container)
    assert prepared.labels == ("1", "2", "3", "4", "5")
    assert prepared.data["train"].labels[:6].tolist() == [4, 3, 2, 1, 0, 4]
    assert prepared.data["test"].labels.tolist() == [4, 0]
    assert prepared.golden == [f"film {n}" for n in (4, 3, 2, 1, 0)]
    assert not [record for record in caplog.records if "too few to learn from" in record.getMessage()]
    container.put("train", "7,a film\n", name="more.csv")
    assert read(container).labels == ("1", "2", "3", "4", "5", "7")
    assert 'train: labels with only one record, too few to learn from: "7"' in caplog.text
    assert np.unique(prepared.data["train"].matrix.data).tolist() == [1]  # each label has weights of its own


def test_a_label_that_is_only_held_back_is_left_out_and_it_is_said(container, caplog):
    container.put("train", "".join(f"{'abc'[n % 3]},film {n}\n" for n in range(60)) + "rare,one film\n" * 2)
    for seed in range(40):
        prepared = read(container, validation_fraction="0.9", seed=str(seed))
        if "rare" not in prepared.labels:
            break
    (sentence,) = {record.getMessage() for record in caplog.records if "left out" in record.getMessage()}
    assert sentence == (
        'validation: left out records of labels that have no others to train on: 2, of "rare"; give more of them'
    )
    assert prepared.labels == ("a", "b", "c")
    assert len(prepared.data["validation"].labels) == len(prepared.held_out["validation"]) == 54
