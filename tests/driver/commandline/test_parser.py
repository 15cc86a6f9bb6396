import pytest

from driver.commandline.parser import Parser


@pytest.fixture
def parser():
    top = Parser()
    command = top.add_subparsers(dest="command").add_parser("invoke")
    command.add_argument("endpoint")
    command.add_argument("text", nargs="?")
    command.add_argument("--json", action="store_true")
    command.add_argument("--accept")
    return top


@pytest.mark.parametrize(
    "words",
    [
        ["reviews", "a text", "--json", "--accept", "x"],
        ["--json", "--accept", "x", "reviews", "a text"],
        ["reviews", "--json", "a text", "--accept=x"],
        ["--json", "reviews", "--accept", "x", "a text"],
    ],
)
def test_flags_and_words_stand_in_any_order(parser, words):
    options = parser.parse_args(["invoke", *words])
    assert (options.endpoint, options.text, options.json, options.accept) == ("reviews", "a text", True, "x")


def test_what_is_optional_may_be_left_out(parser):
    assert parser.parse_args(["invoke", "--json", "reviews"]).text is None


@pytest.mark.parametrize("words", [[], ["a", "b", "c"], ["a", "--unknown"]])
def test_too_little_or_too_much_is_a_usage_error(parser, words):
    with pytest.raises(SystemExit) as error:
        parser.parse_args(["invoke", *words])
    assert error.value.code == 2
