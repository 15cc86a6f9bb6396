import json

import pytest
from headline_mxnet.hyperparameters import CNN, DEEP, HIDDEN, TABLE, TEXT, WIDE, checked, defaults
from smcontract.errors import UserError


def parse(raw):
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def given(raw):
    return {name: value for name, value in parse(raw).items() if value is not None}


RECIPE = {
    "input": "text", "architecture": "wide-and-deep", "max_length": 20, "vocabulary_size": 1_000_000, "min_count": 2,
    "validation_fraction": 0.0, "freeze_embeddings": False, "filter_widths": (1, 2, 3), "filters": 128,
    "pair_buckets": 2**20, "pair_dim": 16, "dropout_embedding": 0.3, "dropout": 0.5, "epochs": 6, "batch_size": 512,
    "wide_epochs": 5, "wide_learning_rate": 0.1, "wide_dropout": 0.5, "hidden_units": 64, "deep_share": 0.5,
    "learning_rate": 0.002, "seed": 0, "weight_averaging": True, "export_onnx": False,
    "report_examples": True,
}  # fmt: skip


def test_the_defaults_are_the_recipe():
    assert given({}) == RECIPE


def test_arrays_have_no_preprocessing():
    assert given({"input": "arrays"}) == {
        name: value for name, value in RECIPE.items() if name not in TEXT
    } | {"input": "arrays"}  # fmt: skip


def test_the_workshops_network_has_its_own_training():
    assert given({"architecture": "workshop"}) == {
        name: value for name, value in RECIPE.items() if name not in (*CNN, *WIDE, *HIDDEN, "deep_share")
    } | {"architecture": "workshop", "learning_rate": 0.001, "epochs": 5, "batch_size": 128}  # fmt: skip


def test_each_part_alone_has_no_settings_of_the_other():
    wide, cnn = given({"architecture": "wide"}), given({"architecture": "cnn"})
    assert not wide.keys() & {*CNN, *DEEP, *HIDDEN}
    assert {name: wide[name] for name in WIDE} == {name: RECIPE[name] for name in WIDE}
    assert not cnn.keys() & {*WIDE, *HIDDEN, "deep_share"}
    assert (cnn["epochs"], cnn["pair_buckets"]) == (6, 2**20)


@pytest.mark.parametrize("encode", [lambda text: text, json.dumps, lambda text: json.dumps(json.dumps(text))])
def test_values_may_be_encoded(encode):
    raw = {
        "epochs": "7", "freeze_embeddings": "true", "filter_widths": "2, 4", "architecture": "cnn", "dropout": "0",
        "early_stopping_patience": "2",
    }  # fmt: skip
    values = parse({name: encode(text) for name, text in raw.items()})
    assert {name: values[name] for name in raw} == {
        "epochs": 7, "freeze_embeddings": True, "filter_widths": (2, 4), "architecture": "cnn", "dropout": 0.0,
        "early_stopping_patience": 2,
    }  # fmt: skip


def test_values_given_win_over_the_workshops():
    values = parse({"architecture": "workshop", "epochs": "9", "learning_rate": "0.1", "batch_size": "4"})
    assert (values["epochs"], values["learning_rate"], values["batch_size"]) == (9, 0.1, 4)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            {"vocab_size": "300", "num_classes": "4"},
            "no effect with input text: vocab_size, num_classes; leave out, or set input to arrays",
        ),
        (
            {"input": "arrays", "max_length": "9", "min_count": "1"},
            "no effect with input arrays: max_length, min_count; leave out, or set input to text",
        ),
        (
            {"architecture": "workshop", "dropout": "0", "freeze_embeddings": "false"},
            "no effect with architecture workshop: freeze_embeddings, dropout; leave out, or set architecture to "
            "wide-and-deep or cnn",
        ),
        (
            {"architecture": "wide", "epochs": "3", "filters": "9"},
            "no effect with architecture wide: filters; leave out, or set architecture to wide-and-deep or cnn",
        ),
        (
            {"architecture": "wide", "epochs": "3"},
            "no effect with architecture wide: epochs; leave out, or set architecture to wide-and-deep or cnn "
            "or workshop",
        ),
        (
            {"architecture": "cnn", "wide_epochs": "3"},
            "no effect with architecture cnn: wide_epochs; leave out, or set architecture to wide-and-deep or wide",
        ),
        (
            {"architecture": "wide", "hidden_units": "8"},
            "no effect with architecture wide: hidden_units; leave out, or set architecture to wide-and-deep",
        ),
        *(
            (
                {"filter_widths": text},
                f'filter_widths is "{text}": give different whole numbers from 1 to 9, separated by commas',
            )
            for text in ("0", "10", "1,,2", "1,2,1", "1;2", "wide", "-1", "1.5", ",", "²")
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(raw, sentence):
    with pytest.raises(UserError) as error:
        parse(raw)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input", "csv"), ("architecture", "lstm"), ("max_length", "0"), ("vocabulary_size", "0"), ("min_count", "0"),
        ("validation_fraction", "1"), ("validation_fraction", "-0.1"), ("embedding_dim", "0"), ("filters", "0"),
        ("freeze_embeddings", "perhaps"), ("pair_buckets", "-1"), ("pair_buckets", str(2**24 + 1)), ("pair_dim", "0"),
        ("dropout_embedding", "1"), ("dropout", "1"), ("dropout", "nan"), ("epochs", "0"), ("epochs", "1.5"),
        ("batch_size", "0"), ("learning_rate", "0"), ("learning_rate", "inf"), ("early_stopping_patience", "0"),
        ("seed", "-1"), ("seed", str(2**31)), ("max_lenght", "9"),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(UserError, match="wrong hyperparameter: ") as error:
        parse({name: value})
    assert name in str(error.value)


def test_a_filter_width_of_more_digits_than_int_takes_is_refused_in_a_sentence():
    with pytest.raises(UserError, match="give different whole numbers from 1 to 9"):
        parse({"filter_widths": "3," + "1" * 4301})
