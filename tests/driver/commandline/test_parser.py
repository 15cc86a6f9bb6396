import pytest

from driver import cli
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


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--accept", "-1=neg"], "; -1=neg begins with -, so it takes an equals sign: --accept=-1=neg\n"),
        (["--accept", "-1&2"], "; -1&2 begins with -, so it takes an equals sign: --accept='-1&2'\n"),
        (["--accept", "--json"], ": expected one argument\n"),
        (["--accept"], ": expected one argument\n"),
    ],
)
def test_a_value_that_begins_like_a_flag(parser, capsys, words, hint):
    with pytest.raises(SystemExit):
        parser.parse_args(["invoke", "reviews", *words])
    assert capsys.readouterr().err.endswith(hint)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "xgboost-sentiment", "--train", ""], "--train is empty: name a file, a folder or an s3:// URI"),
        (["pipeline", "news", "--corpus="], "--corpus is empty: name a file, a folder or an s3:// URI"),
        (["data", "check", ""], "PATH is empty: name a file or folder"),
        (["data", "import", "a.csv", "--to", " "], "--to is empty: name a file or folder"),
        (["transform", "reviews", ""], "DATA is empty: name a file, a folder or an s3:// URI"),
        (["invoke", "reviews", "--file", ""], "--file is empty: name a file or folder"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(capsys, words, sentence):
    assert cli.main(words) == 2
    assert capsys.readouterr().err == f"launch.py: {sentence}\n"


def test_an_empty_text_is_a_text():
    assert cli.parser().parse_args(["invoke", "reviews", ""]).text == ""
