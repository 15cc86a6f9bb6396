import pytest

from driver.errors import DriverError
from driver.requests.pairs import pairs


def test_a_value_may_hold_anything_and_the_later_counts():
    assert pairs(["a=1", "b=x=y", "a=", "c= "], "--set") == {"a": "", "b": "x=y", "c": " "}
    assert pairs(None, "--set") == {}


@pytest.mark.parametrize("text", ["a", "=1", ""])
def test_another_form_is_refused(text):
    with pytest.raises(DriverError, match=r"--set .*: expected NAME=VALUE"):
        pairs([text], "--set")
