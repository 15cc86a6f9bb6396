import io
import json
from pathlib import Path

import pytest

from driver import cli

ANSWER = '{"predictions": [{"label": "pos", "score": 0.9}, {"label": "neg", "score": 0.1}]}'


@pytest.fixture
def ask(scripted, capsys, monkeypatch, tmp_path):
    """`ask("reviews", "a text")`: (exit code, standard output, standard error); `scripted` answers."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        code = cli.main(["invoke", *arguments, "--endpoint-url", scripted.url])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def sent(ask, *arguments):
    """The request that a command would send."""
    code, out, err = ask(*arguments, "--dry-run")
    assert code == 0, err
    return json.loads(out)[0]["parameters"]


def test_json_is_printed_a_prediction_a_line(ask, scripted):
    scripted.answers = [(200, ANSWER, {"Content-Type": "application/json"})]
    code, out, _ = ask("reviews", "a film")
    assert (code, out.splitlines()) == (0, ['{"label": "pos", "score": 0.9}', '{"label": "neg", "score": 0.1}'])
    assert scripted.seen[0][:2] == ("POST", "/endpoints/reviews/invocations")
    assert json.loads(ask("reviews", "a film", "--json")[1]) == json.loads(ANSWER)


def test_another_answer_is_printed_as_it_came(ask, scripted, tmp_path):
    scripted.answers = [(200, "0.9\n0.1\n", {"Content-Type": "text/csv"})]
    assert ask("reviews", "a film")[1] == "0.9\n0.1\n"
    assert ask("reviews", "a film", "--output", "answer")[:2] == (0, "")
    assert (tmp_path / "answer").read_bytes() == b"0.9\n0.1\n"
    assert "cannot write nowhere/answer" in ask("reviews", "a film", "--output", "nowhere/answer")[2]


def test_what_is_asked(ask, monkeypatch):
    assert sent(ask, "reviews", "a\n\nb") == {
        "EndpointName": "reviews", "ContentType": "application/json", "Body": '{"instances": ["a", "b"]}',
    }  # fmt: skip
    assert sent(ask, "reviews", '{"text": "a"}')["Body"] == '{"text": "a"}'
    assert sent(ask, "reviews", "5")["Body"] == '{"instances": ["5"]}'
    plain = sent(ask, "reviews", "a\nb", "--content-type", "text/plain", "--accept", "text/csv")
    assert (plain["Body"], plain["ContentType"], plain["Accept"]) == ("a\nb", "text/plain", "text/csv")
    Path("texts.csv").write_text("a\nb\n")
    assert sent(ask, "reviews", "--file", "texts.csv")["ContentType"] == "text/csv"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("café\n".encode())))
    assert sent(ask, "reviews")["Body"] == '{"instances": ["café"]}'


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("reviews", ""), "there is nothing to ask: the text is empty"),
        (("reviews", "a", "--file", "a.csv"), "both a text and --file are given"),
        (("reviews", "--file", "nowhere.csv"), "cannot read nowhere.csv: No such file"),
        (("reviews", "--file", "text.odt"), "text.odt does not say by its name what it is: give --content-type"),
        (("reviews", "--file", "large.csv"), "the request has 7,000,000 bytes, and an endpoint takes 6,291,456: send"),
        (("a_b", "a"), 'the endpoint cannot be called "a_b"'),
    ],
)
def test_bad_input_is_one_sentence(ask, scripted, arguments, sentence):
    Path("text.odt").write_text("x")
    Path("large.csv").write_bytes(b"x" * 7_000_000)
    code, _, err = ask(*arguments)
    assert (code, len(err.splitlines()), scripted.seen) == (1, 1, [])
    assert sentence in err


def test_a_containers_error_is_its_own_sentence(ask, scripted):
    body = {"OriginalStatusCode": 415, "OriginalMessage": '{"error": "text/weird is not taken."}', "Message": "x"}
    scripted.answers = [(424, json.dumps(body), {"X-Amzn-ErrorType": "ModelError"})]
    code, _, err = ask("reviews", "a", "--content-type", "text/weird")
    assert code == 1
    assert err == "launch.py: cannot ask the endpoint reviews: the container answered 415: text/weird is not taken\n"


def test_an_endpoint_that_is_not_there_or_not_yet(ask, scripted):
    scripted.answers = [
        (
            400,
            json.dumps({"Message": "Endpoint reviews of account 1 not found."}),
            {"X-Amzn-ErrorType": "ValidationError"},
        )
    ]
    scripted.error("ValidationException", "Could not find endpoint.")
    assert (
        ask("reviews", "a")[2] == "launch.py: no endpoint is called reviews: `./launch.py list` shows what there is\n"
    )
    scripted.answers = [
        (
            400,
            json.dumps({"Message": "Endpoint reviews of account 1 not found."}),
            {"X-Amzn-ErrorType": "ValidationError"},
        )
    ]
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "Creating"})
    assert "the endpoint reviews is Creating, and answers when it is InService" in ask("reviews", "a")[2]
