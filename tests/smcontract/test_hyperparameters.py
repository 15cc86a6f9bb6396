import json

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import assume, given
from hypothesis import strategies as st
from smcontract.errors import UserError
from smcontract.hyperparameters import Hyperparameter, Table

from tests.growth import LINEAR, growth

DEPTH = Hyperparameter(
    name="max_depth", type=int, default=6, minimum=0, maximum=100, scale="Linear", search=(1, 10), help="Depth."
)
ETA = Hyperparameter(
    name="eta", type=float, default=0.3, minimum=0, maximum=1, exclusive_minimum=True, aliases=("learning_rate",),
    scale="Logarithmic", search=(0.01, 1), help="Step size.",
)  # fmt: skip
BOOSTER = Hyperparameter(
    name="booster", type=str, default="gbtree", choices=("gbtree", "gblinear"), scale="Linear", help="a|b"
)
QUIET = Hyperparameter(name="quiet", type=bool, default=False, help="No log.", scale="Linear")
NOTE = Hyperparameter(name="note", type=str, default="", help="Any text.")
SEED = Hyperparameter(name="seed", type=int, default=None, help="Any number.")
TABLE = Table((DEPTH, ETA, BOOSTER, QUIET, NOTE, SEED))
DEFAULTS = {"max_depth": 6, "eta": 0.3, "booster": "gbtree", "quiet": False, "note": "", "seed": None}


def spellings(value):
    """How a value may arrive: itself, as text, JSON-encoded, JSON-encoded twice."""
    text = value if isinstance(value, str) else json.dumps(value)
    return [value, text, json.dumps(text), json.dumps(json.dumps(text))]


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("max_depth", "5.0", 5),
        ("max_depth", " 5 ", 5),
        ("max_depth", 5.0, 5),
        ("max_depth", "1e1", 10),
        ("max_depth", None, 6),
        ("max_depth", "null", 6),
        ("max_depth", '"null"', 6),
        ("seed", "9007199254740993", 9007199254740993),
        ("seed", "-1", -1),
        ("eta", "1e-3", 0.001),
        ("eta", ".5", 0.5),
        ("eta", "1", 1.0),
        ("eta", '"0.5"', 0.5),
        ("booster", '"gblinear"', "gblinear"),
        ("booster", '"\\"gblinear\\""', "gblinear"),
        ("quiet", "True", True),
        ("quiet", "false", False),
        ("quiet", True, True),
        ("quiet", "1", True),
        ("note", "007", "007"),
        ("note", '"half', '"half'),
        ("note", ["a", 1], '["a", 1]'),
    ],
)
def test_every_spelling_is_understood(name, raw, expected):
    value = TABLE.parse({name: raw})[name]
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "raw", "sentence"),
    [
        ("max_depth", "deep", 'max_depth is "deep": expected an integer from 0 to 100'),
        ("max_depth", "5.5", 'max_depth is "5.5": expected an integer from 0 to 100'),
        ("max_depth", 101, "max_depth is 101: expected an integer from 0 to 100"),
        ("max_depth", "-1", 'max_depth is "-1": expected an integer from 0 to 100'),
        ("max_depth", True, "max_depth is true: expected an integer from 0 to 100"),
        ("max_depth", "1_0", 'max_depth is "1_0": expected an integer'),
        ("max_depth", "५", 'max_depth is "५": expected an integer'),
        ("max_depth", "1e999999999", 'max_depth is "1e999999999": expected an integer'),
        ("max_depth", "", 'max_depth is "": expected an integer'),
        ("max_depth", [5], "max_depth is [5]: expected an integer"),
        ("eta", "0", 'eta is "0": expected a number above 0 and at most 1'),
        ("learning_rate", "2", 'learning_rate is "2": expected a number above 0 and at most 1'),
        ("eta", "NaN", 'eta is "NaN": expected a number'),
        ("eta", float("nan"), "eta is NaN: expected a number"),
        ("eta", "inf", 'eta is "inf": expected a number'),
        ("eta", "-Infinity", 'eta is "-Infinity": expected a number'),
        ("seed", "9" * 5000, f'seed is "{"9" * 59}…: expected an integer'),
        ("booster", "dart", 'booster is "dart": expected one of gbtree, gblinear'),
        ("quiet", "yes", 'quiet is "yes": expected true or false'),
        ("max_dept", "5", '"max_dept" is unknown: did you mean max_depth?'),
        ("max-depth", "5", '"max-depth" is unknown: did you mean max_depth?'),
        ("Learning_Rate", "5", '"Learning_Rate" is unknown: did you mean learning_rate?'),
        ("zzz", "5", '"zzz" is unknown: choose from max_depth, eta, learning_rate, booster, quiet, note, seed'),
    ],
)
def test_every_wrong_value_is_named_with_what_is_allowed(name, raw, sentence):
    with pytest.raises(UserError) as caught:
        TABLE.parse({name: raw})
    assert f"wrong hyperparameter: {sentence}" in str(caught.value)


def test_several_problems_make_one_message():
    with pytest.raises(UserError) as caught:
        TABLE.parse({"eta": "0.1", "learning_rate": "0.2", "max_depth": "x", "bost": "gbtree"})
    assert str(caught.value) == (
        "wrong hyperparameters: eta and learning_rate are two names of one hyperparameter: give only one; "
        'max_depth is "x": expected an integer from 0 to 100; "bost" is unknown: did you mean booster?'
    )


def test_keys_of_the_sdk_and_the_tuner_are_ignored():
    raw = {"sagemaker_program": '"train.py"', "sagemaker_new": "1", "_tuning_objective_metric": "validation:auc"}
    assert TABLE.parse(raw) == DEFAULTS


def test_null_beside_an_alias_is_no_second_value():
    assert TABLE.parse({"learning_rate": "0.1", "eta": "null"})["eta"] == 0.1


def test_defaults_can_be_replaced_but_not_over_a_given_value():
    defaults = {"booster": "gblinear", "max_depth": 0}
    assert TABLE.parse({"max_depth": "3"}, defaults) == {**DEFAULTS, "booster": "gblinear", "max_depth": 3}


@given(st.integers(0, 100), st.floats(0, 1, exclude_min=True), st.booleans(), st.text())
def test_values_survive_every_spelling(depth, eta, quiet, note):
    assume(note.strip() != "null" and not note.startswith('"'))
    expected = {**DEFAULTS, "max_depth": depth, "eta": eta, "quiet": quiet, "note": note}
    ways = zip(*(spellings(expected[name]) for name in ("max_depth", "eta", "quiet", "note")), strict=True)
    for raw in ways:
        assert TABLE.parse(dict(zip(("max_depth", "eta", "quiet", "note"), raw, strict=True))) == expected


@given(st.dictionaries(st.sampled_from(["max_depth", "eta", "booster", "quiet", "note", "x"]), st.text() | st.floats()))
def test_anything_is_parsed_or_refused_in_a_sentence(raw):
    try:
        values = TABLE.parse(raw)
    except UserError as error:
        str(error).encode()
    else:
        assert values.keys() == DEFAULTS.keys()


def test_the_readme_table_has_a_row_for_each():
    lines = TABLE.markdown().splitlines()
    assert len(lines) == 2 + len(TABLE.rows)
    assert lines[2] == "| `max_depth` | int | `6` | from 0 to 100 | Linear | Depth. |"
    assert lines[3].endswith("| above 0 and at most 1 | Logarithmic | Step size. Alias: `learning_rate`. |")
    assert lines[4] == "| `booster` | str | `gbtree` | `gbtree`, `gblinear` | Linear | a\\|b |"
    assert lines[7].startswith("| `seed` | int |  |  |  |")


def test_tuner_ranges_are_those_of_the_aws_api():
    ranges = TABLE.tunable_ranges()
    assert ranges == {
        "IntegerParameterRanges": [
            {"Name": "max_depth", "MinValue": "1", "MaxValue": "10", "ScalingType": "Linear"},
        ],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.01", "MaxValue": "1", "ScalingType": "Logarithmic"},
        ],
        "CategoricalParameterRanges": [
            {"Name": "booster", "Values": ["gbtree", "gblinear"]},
            {"Name": "quiet", "Values": ["false", "true"]},
        ],
    }
    shape = botocore.session.get_session().get_service_model("sagemaker").shape_for("ParameterRanges")
    assert not ParamValidator().validate(ranges, shape).has_errors()


def test_a_tunable_row_needs_bounds():
    with pytest.raises(ValueError, match="eta is tunable, so it needs"):
        Hyperparameter(name="eta", type=float, default=0.3, minimum=0, scale="Linear", help="")


def test_names_and_aliases_are_unique():
    other = Hyperparameter(name="learning_rate", type=float, default=1.0, help="")
    with pytest.raises(ValueError, match="more than one hyperparameter is called learning_rate"):
        Table((*TABLE.rows, other))


@pytest.mark.parametrize("unit", ["1", "0", "1e1", ".", "-", '\\"'])
def test_the_time_grows_with_the_length_alone(unit):
    def parse(text):
        with pytest.raises(UserError, match="expected"):
            TABLE.parse({"eta": text, "max_depth": text})

    assert growth(parse, lambda n: unit * n + "x") < LINEAR


def test_what_is_given_is_known_by_its_own_name():
    table = Table((
        Hyperparameter(name="eta", type=float, default=0.3, help="", aliases=("learning_rate",)),
        Hyperparameter(name="rounds", type=int, default=3, help=""),
        Hyperparameter(name="seed", type=int, default=0, help=""),
    ))  # fmt: skip
    assert table.given({"learning_rate": '"0.3"', "rounds": "null", "sagemaker_region": "eu-west-1"}) == {"eta"}
    assert table.given({}) == set()
