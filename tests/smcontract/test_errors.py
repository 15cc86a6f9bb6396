from functools import reduce

import pytest
from smcontract.errors import AlgorithmError, ContractError, UserError, shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\nb", '"a\\nb"'),
        ("film 🎬", '"film 🎬"'),
        ("\udc80", '"\\udc80"'),
        (None, "null"),
        ({1}, '"{1}"'),
    ],
)
def test_shown_values_can_stand_in_a_sentence(value, expected):
    assert shown(value) == expected
    shown(value).encode()


def test_what_json_cannot_hold_is_shown_by_its_type():
    assert shown(10**5000) == "<int>"
    assert shown(reduce(lambda inner, _: [inner], range(100_000), [])) == "<list>"


def test_the_two_kinds_have_exit_codes_of_their_own():
    assert {error.exit_code for error in (UserError, AlgorithmError)} == {1, 2}
    assert issubclass(UserError, ContractError)
    assert issubclass(AlgorithmError, ContractError)
