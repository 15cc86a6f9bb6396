"""Filters of batch transform."""

from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.transform import jsonpath


@pytest.mark.parametrize(
    ("path", "value", "selected"),
    [
        ("$", [1], [1]),
        ("$.a", {"a": [1]}, [1]),
        ("$.a.b", {"a": {"b": None}}, None),
        ("$['a b']", {"a b": 1}, 1),
        ('$["a"]', {"a": 1}, 1),
        ("$.a['b','c']", {"a": {"b": 1, "c": 2, "d": 3}}, {"b": 1, "c": 2}),
        ("$.['a','z']", {"a": 1}, {"a": 1}),
        ("$[0]", ["x", "y"], "x"),
        ("$[-1]", ["x", "y"], "y"),
        ("$[1, 0]", ["x", "y"], ["y", "x"]),
        ("$[1:]", ["x", "y", "z"], ["y", "z"]),
        ("$[:]", ["x"], ["x"]),
        ("$[-2:]", ["x", "y", "z"], ["y", "z"]),
        ("$[0,2:]", ["x", "y", "z"], ["x", "z"]),
        ("$.*", {"a": 1, "b": 2}, [1, 2]),
        ("$[*]", [1, 2], [1, 2]),
        ("$.a[*].b", {"a": [{"b": 1}, {"b": 2}]}, [1, 2]),
        ("$[5:]", ["x"], []),
    ],
)
def test_what_a_path_selects(path: str, value: Any, selected: Any) -> None:
    assert jsonpath.parse(path)(value) == selected


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a", {"b": 1}),
        ("$.a", [1]),
        ("$[3]", [1]),
        ("$[0]", {"a": 1}),
        ("$[1:]", "ab"),
        ("$['a','b']", [1]),
        ("$.*", 7),
    ],
)
def test_nothing_selected_is_an_error(path: str, value: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        jsonpath.parse(path)(value)
    assert str(caught.value).startswith(f"{path} selects nothing from {value}"[:20])


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "must begin with"),
        ("a", "must begin with"),
        ("$a", "'a' cannot be parsed"),
        ("$..a", "'..a' cannot be parsed"),
        ("$[?(@.a)]", "is not an index"),
        ("$[(@.length-1)]", "is not an index"),
        ("$[]", "is not an index"),
        ("$[a]", "is not an index"),
        ("$[0:2]", "list the indexes"),
        ("$[:-1]", "list the indexes"),
        ("$[::2]", "is not an index"),
        ("$['a','b'].c", "nothing may follow several names"),
        ("$[0", "cannot be parsed"),
    ],
)
def test_what_is_no_path_of_the_part_is_refused(path: str, why: str) -> None:
    with pytest.raises(EmulatorError, match="cannot be used") as caught:
        jsonpath.parse(path)
    assert why in str(caught.value)
