import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smcontract import strictjson


@pytest.mark.parametrize("value", [None, True, 0, -1.5e-7, "é😀 \u2028 \x00", [], {"a": [{"b": None}]}])
def test_round_trip(value):
    assert strictjson.loads(strictjson.dumps(value).decode()) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Expecting value at byte 10"),
        ("[1,", "Expecting value at byte 13"),
        ('["é😀" 1]', "Expecting ',' delimiter at byte 20"),
        ("[1] 2", "Extra data at byte 14"),
        ("NaN", "NaN is not a JSON number"),
        ("[Infinity]", "Infinity is not a JSON number"),
        ('{"a": 1, "b": 2, "a": 3}', 'the key "a" occurs twice in one object'),
        ("[" * 100_000, "nested too deeply"),
        ("[-" + "9" * 5000 + "]", "^a number has 5001 digits; at most 4300 can be read$"),
    ],
)
def test_what_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        strictjson.loads(text, start=10)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_numbers_that_json_has_not(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        strictjson.dumps(value)


def test_a_lone_surrogate_can_still_be_sent():
    assert strictjson.dumps("\ud800") == rb'"\ud800"'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(value=VALUES, space=st.sampled_from(["", " ", "\n\t "]))
def test_values_are_those_of_the_json_module(value, space):
    text = json.dumps(value, ensure_ascii=False)
    assert strictjson.dumps(value) == text.encode(errors="backslashreplace")
    assert strictjson.loads(space + text + space) == value
