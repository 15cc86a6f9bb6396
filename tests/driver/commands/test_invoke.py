import io
import json
from pathlib import Path

import pytest
from smcontract.serving.settings import Settings

from driver import cli
from driver.commands import invoke
from emulator.hosting import runtime

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


@pytest.mark.parametrize(
    ("text", "instances"),
    [("a\nb", ["a", "b"]), ('{"text": "a"}', [{"text": "a"}]), ('["a"]', ["a"]), ('{"instances": ["é"]}', ["é"])],
)
def test_an_explanation_is_asked_for_beside_the_records(ask, text, instances):
    assert json.loads(sent(ask, "reviews", text, "--explain")["Body"]) == {"instances": instances, "explain": True}


def test_an_explanation_needs_json(ask):
    Path("texts.csv").write_text("a\nb\n")
    code, _, err = ask("reviews", "--file", "texts.csv", "--explain")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "--explain needs JSON, and this is text/csv: give a text, or JSON with the instances" in err


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
        (("reviews", ""), "nothing to send: the text is empty"),
        (("reviews", "a", "--file", "a.csv"), "both a text and --file were given"),
        (("reviews", "--file", "nowhere.csv"), "cannot read nowhere.csv: No such file"),
        (
            ("reviews", "--file", "text.odt"),
            "cannot tell the content type of text.odt from its name: give --content-type",
        ),
        (
            ("reviews", "--file", "large.csv"),
            "the request has more than 26,214,400 bytes (25 MB), the most that an endpoint accepts: send less at "
            "once, or",
        ),
        (("reviews", "--file", "large.npy"), "the request has more than 26,214,400 bytes (25 MB)"),
        (
            ("reviews", "--file", "latin1.csv"),
            "latin1.csv is not UTF-8: byte 0xe9 at position 3 (invalid continuation byte); convert it, such as with",
        ),
        (
            ("reviews", "--file", "latin1.csv", "--content-type", "text/csv; charset=utf-8"),
            "latin1.csv is not UTF-8: byte 0xe9 at position 3",
        ),
        (("reviews", "a\udcff"), "the text is not UTF-8: byte 0xff at position 1 (invalid start byte)"),
        (("reviews", "a", "--content-type", "text/csv\r\nX: y"), 'the media type "text/csv\\r\\nX: y" cannot be sent'),
        (("reviews", "a", "--accept", "text/é"), 'the media type "text/é" cannot be sent'),
        (("a_b", "a"), 'the endpoint cannot be called "a_b"'),
    ],
)
def test_bad_input_is_one_sentence(ask, scripted, arguments, sentence):
    Path("text.odt").write_text("x")
    Path("latin1.csv").write_bytes("café, bar\n".encode("latin-1"))
    for name in ("large.csv", "large.npy"):
        with Path(name).open("wb") as large:
            large.truncate(10**12)  # sparse: it must not be read whole to be found too large
    code, _, err = ask(*arguments)
    assert (code, len(err.splitlines()), scripted.seen) == (1, 1, [])
    assert sentence in err


@pytest.mark.parametrize("message", ['{"error": "a\\nlaunch.py: b."}', "a\nlaunch.py: b", "[" * 100_000])
def test_a_containers_error_is_one_line(message, ask, scripted):
    body = {"OriginalStatusCode": 400, "OriginalMessage": message, "Message": "x"}
    scripted.answers = [(424, json.dumps(body), {"X-Amzn-ErrorType": "ModelError"})]
    code, _, err = ask("reviews", "a")
    assert (code, err.count("\n")) == (1, 1)


def test_a_containers_error_is_its_own_sentence(ask, scripted):
    body = {"OriginalStatusCode": 415, "OriginalMessage": '{"error": "text/weird is not taken."}', "Message": "x"}
    scripted.answers = [(424, json.dumps(body), {"X-Amzn-ErrorType": "ModelError"})]
    code, _, err = ask("reviews", "a", "--content-type", "text/weird")
    assert code == 1
    assert err == "launch.py: cannot invoke the endpoint reviews: the container answered 415: text/weird is not taken\n"


def test_an_endpoint_that_is_not_there_or_not_yet(ask, scripted):
    scripted.answers = [
        (
            400,
            json.dumps({"Message": "Endpoint reviews of account 1 not found."}),
            {"X-Amzn-ErrorType": "ValidationError"},
        )
    ]
    scripted.error("ValidationException", "Could not find endpoint.")
    assert ask("reviews", "a")[2] == "launch.py: no endpoint called reviews exists: `./launch.py list` lists them\n"
    scripted.answers = [
        (
            400,
            json.dumps({"Message": "Endpoint reviews of account 1 not found."}),
            {"X-Amzn-ErrorType": "ValidationError"},
        )
    ]
    scripted.ok({"EndpointName": "reviews", "EndpointStatus": "Creating"})
    assert "the endpoint reviews is Creating and answers only once it is InService" in ask("reviews", "a")[2]


CASES = Path(__file__).parent / "cases"
TWO = '{"label": "pos"}\n{"label": "neg"}\n'


@pytest.mark.parametrize(
    ("arguments", "content_type", "accept"),
    [
        (("two.jsonl",), "application/jsonlines", None),
        (("two.jsonl", "--accept", "application/jsonlines"), "application/jsonlines", "application/jsonlines"),
        (("two.txt", "--accept", "application/jsonlines"), "text/plain", "application/jsonlines"),
        (("hdr.csv", "--content-type", "text/csv; header=present"), "text/csv; header=present", None),
    ],
)
def test_two_answers_are_two_lines_or_a_list(arguments, content_type, accept, ask, scripted):
    file, *more = arguments
    scripted.answers = [(200, TWO, {"Content-Type": "application/jsonlines; charset=utf-8"})]
    assert ask("reviews", "--file", str(CASES / file), *more) == (0, TWO, "")
    assert json.loads(ask("reviews", "--file", str(CASES / file), *more, "--json")[1]) == [
        {"label": "pos"}, {"label": "neg"},
    ]  # fmt: skip
    for headers, body in zip(scripted.headers, scripted.bodies, strict=True):
        assert (headers["Content-Type"], headers.get("Accept")) == (content_type, accept)  # as it was given
        assert body == (CASES / file).read_bytes()


def test_standard_input_must_be_utf_8_too(ask, monkeypatch, scripted):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("ein Märchen\n".encode("latin-1"))))
    code, _, err = ask("reviews")
    assert (code, scripted.seen) == (1, [])
    assert err.startswith("launch.py: standard input is not UTF-8: byte 0xe4 at position 5 (invalid continuation byte)")


def test_bytes_of_another_type_or_charset_are_sent_as_they_are(ask, scripted):
    scripted.answers = [(200, "1", {"Content-Type": "text/csv"})]
    Path("a.npy").write_bytes(b"\x93NUMPY\xff")
    assert ask("reviews", "--file", "a.npy")[0] == 0
    assert ask("reviews", "--file", "a.npy", "--content-type", "text/csv; charset=latin-1")[0] == 0
    assert scripted.bodies == [b"\x93NUMPY\xff"] * 2


def test_the_limit_is_the_same_everywhere():
    served = Settings("module:Class", Path("model")).max_payload_mib * 1024 * 1024
    assert invoke.LARGEST == runtime.MAX_BODY_BYTES == served == 26_214_400


def test_as_much_as_an_endpoint_takes_is_sent(ask, scripted):
    scripted.answers = [(200, "1", {"Content-Type": "text/csv"})]
    Path("large.txt").write_bytes(b"x" * 26_214_400)
    assert ask("reviews", "--file", "large.txt")[:2] == (0, "1\n")
    assert len(scripted.bodies[0]) == 26_214_400
    Path("large.txt").write_bytes(b"x" * 26_214_401)
    assert ask("reviews", "--file", "large.txt")[0] == 1


def test_a_line_is_what_a_newline_ends(ask):
    assert json.loads(sent(ask, "reviews", "a\u2028b\r\nc\x0cd")["Body"]) == {"instances": ["a\u2028b", "c\x0cd"]}
    assert json.loads(sent(ask, "reviews", "\ufeffa")["Body"]) == {"instances": ["a"]}
    assert json.loads(sent(ask, "reviews", "[" * 100_000)["Body"]) == {"instances": ["[" * 100_000]}


def test_an_answer_without_a_type_or_an_end_is_no_traceback(ask, scripted):
    scripted.answers = [(200, "0.9", {})]
    assert ask("reviews", "a")[:2] == (0, "0.9\n")
    scripted.answers = [(200, "0.9", {"Content-Length-Promised": "100"})]
    code, _, err = ask("reviews", "a")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("launch.py: cannot invoke the endpoint reviews: ")
