import pytest
from blazingtext_client.hyperparameters import TABLE, checked, defaults
from smcontract.errors import UserError


def settings(**given):
    return checked(TABLE.parse(given, defaults(TABLE.parse(given))))


def test_defaults_are_those_of_blazingtext():
    vectors = settings(mode="skipgram", subwords="True")
    assert vectors == {
        "mode": "skipgram", "buckets": 2_000_000, "epochs": 5, "evaluation": True, "learning_rate": 0.05,
        "min_char": 3, "max_char": 6, "min_count": 5, "negative_samples": 5, "sampling_threshold": 0.0001,
        "subwords": True, "vector_dim": 100, "window_size": 5, "batch_size": None, "word_ngrams": None,
        "early_stopping": None, "patience": None, "min_epochs": None,
    }  # fmt: skip
    classes = settings(mode="supervised", early_stopping="True")
    expected = {"buckets": 2_000_000, "epochs": 5, "min_epochs": 5, "patience": 4, "word_ngrams": 2, "min_count": 5}
    assert expected.items() <= classes.items()


def test_classes_may_have_subwords(caplog):
    classes = settings(mode="supervised", subwords="True", min_char="2")
    assert {"subwords": True, "min_char": 2, "max_char": 6, "buckets": 2_000_000}.items() <= classes.items()
    assert caplog.text == ""


def test_a_tuner_is_offered_the_ranges_of_blazingtext():
    ranges = TABLE.tunable_ranges()
    integers = {each["Name"]: (each["MinValue"], each["MaxValue"]) for each in ranges["IntegerParameterRanges"]}
    assert integers["vector_dim"] == ("32", "300")
    assert integers["word_ngrams"] == ("1", "3")
    assert integers["buckets"] == ("1000000", "10000000")
    assert {each["Name"] for each in ranges["ContinuousParameterRanges"]} == {"learning_rate", "sampling_threshold"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mode": "skipgram", "batch_size": "11"}, "batch_size"),
        ({"mode": "cbow", "buckets": "100", "min_char": "2"}, "buckets, min_char"),
        ({"mode": "supervised", "window_size": "5", "patience": "4"}, "patience, window_size"),
        ({"mode": "supervised", "early_stopping": "True", "epochs": "1"}, "early_stopping has no effect: min_epochs"),
    ],
)
def test_what_has_no_effect_is_named_in_the_log(given, named, caplog):
    settings(**given)
    assert named in caplog.text


def test_nothing_is_warned_of_when_all_has_an_effect(caplog):
    settings(mode="cbow", window_size="5", early_stopping="False")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "mode is missing: set it to one of batch_skipgram, skipgram, cbow, supervised"),
        ({"mode": "skip-gram"}, "expected one of batch_skipgram, skipgram, cbow, supervised"),
        ({"mode": "batch_skipgram", "subwords": "True"}, "subwords cannot be combined with mode batch_skipgram"),
        ({"mode": "cbow", "early_stopping": "True"}, "early_stopping cannot be combined with mode cbow"),
        ({"mode": "cbow", "subwords": "True", "min_char": "7"}, "min_char is 7, max_char is 6"),
        ({"mode": "cbow", "learning_rate": "0"}, "learning_rate is .* above 0"),
        ({"mode": "cbow", "loss": "hs"}, '"loss" is unknown'),
    ],
)
def test_what_cannot_be_had_is_refused(given, sentence):
    with pytest.raises(UserError, match=sentence):
        settings(**given)
