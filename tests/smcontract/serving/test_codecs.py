import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smcontract import media
from smcontract.httperrors import BadRequestError
from smcontract.records import RecordError
from smcontract.serving import codecs

TEXTS = ["a film", 'she said "no", twice', "two\nlines", "😀 émoji 映画", "\u2028 separator", "x" * 1_000_000]


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def shape(part):
    return "error" if isinstance(part, RecordError) else part


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_n_records_in_n_parts_out_n_lines_back(n):
    texts = [f"text {number}" for number in range(n)]
    bodies = {
        media.JSON: json.dumps({"instances": texts}),
        media.JSON_LINES: "".join(json.dumps(text) + "\n" for text in texts),
        media.CSV: "".join(f"{text}\n" for text in texts),
        media.PLAIN: "".join(f"{text}\n" for text in texts),
        media.LIBSVM: "".join(f"{text}\n" for text in texts),
    }
    for media_type, body in bodies.items():
        values = codecs.decode(body.encode(), media_type).values
        assert values == ([[text] for text in texts] if media_type == media.CSV else texts)
    scores = [{"score": 0.5}] * n
    assert codecs.encode(scores, media.CSV, ["score"]).splitlines() == [b"0.5"] * n
    assert codecs.encode(scores, media.JSON_LINES, []).splitlines() == [b'{"score": 0.5}'] * n
    assert json.loads(codecs.encode(scores, media.JSON, [])) == {"predictions": scores}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_arrive_as_they_were_sent(text):
    assert codecs.decode(as_csv([[text], ["next"]]), media.CSV).values == [[text], ["next"]]
    for body in (json.dumps({"instances": [text]}), json.dumps({"instances": [text]}, ensure_ascii=False)):
        assert codecs.decode(body.encode(), media.JSON).values == [text]
    assert codecs.decode(json.dumps(text, ensure_ascii=False).encode() + b"\n", media.JSON_LINES).values == [text]


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n\nb\n", ["a", "", "b"]),
        (b"a\r\n\r\nb\r\n", ["a", "", "b"]),
        (b"a\n\n", ["a", ""]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        (b" a \n", [" a "]),
        (b"a\x0bb\x1ec\x85d\n".replace(b"\x85", b"\xc2\x85"), ["a\x0bb\x1ec\x85d"]),
    ],
)
def test_a_blank_line_is_a_record_and_the_last_newline_is_not(body, values):
    assert codecs.decode(body, media.PLAIN).values == values
    rows = [[value] if value else [] for value in values]
    assert codecs.decode(body, media.CSV).values == rows


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is not JSON: Expecting value at byte 0"),
        (b'{"instances": [1, }', "not JSON: .* at byte 18"),
        ('{"instances": ["é😀" 1]}'.encode(), "not JSON: .* at byte 24"),
        (b'\xef\xbb\xbf{"instances": nothing}', "at byte 17"),
        (b'{"instances": ["a"]} x', "not JSON: Extra data at byte 21"),
        (b'{"instances": ["\xff"]}', "the body is not UTF-8: byte 16 is 0xff; send UTF-8"),
        (b'\xef\xbb\xbf{"instances": ["\xff"]}', "byte 19 is 0xff"),
        (json.dumps({"instances": ["a"]}).encode("utf-16"), "the body is not UTF-8: byte 0 is 0xff"),
        (b'{"instances": [NaN]}', "NaN is not a JSON number"),
        (b'{"instances": [-Infinity]}', "-Infinity is not a JSON number"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"instances":' * 100_000, "nested too deeply"),
        (b'{"instances": [' + b"9" * 5000 + b"]}", "not JSON: .*at most 4300"),
        (b'{"instances": ["a"], "instances": ["b"]}', 'the key "instances" occurs twice in one object'),
        (b'{"instances": [{"text": "a", "text": "b"}]}', 'the key "text" occurs twice'),
        (b'"a"', 'the body is "a"; send'),
        (b"null", "the body is null; send"),
        (b"{}", r"the object has the keys \[\]; send"),
        (b'{"instances": ["a"], "explian": true}', 'has the keys .*"explian"'),
        (b'{"text": "a", "id": 3}', 'has the keys .*"id"'),
        (b'{"explain": true}', r"has the keys \[\]"),
        (b'{"instances": "a"}', '"instances" is "a"; send an array of records'),
        (b'{"instances": ["a"], "explain": "yes"}', '"explain" is "yes"; send true or false'),
    ],
)
def test_bad_json(body, sentence):
    with pytest.raises(BadRequestError, match=sentence):
        codecs.decode(body, media.JSON)


@pytest.mark.parametrize(
    ("body", "values", "explain"),
    [
        ('{"instances": []}', [], False),
        ('{"instances": ["a", {"text": "b"}], "explain": true}', ["a", {"text": "b"}], True),
        ('["a", {"text": "b"}]', ["a", {"text": "b"}], False),
        ('{"text": "a"}', [{"text": "a"}], False),
        ('{"explain": true, "text": "a"}', [{"text": "a"}], True),
        ('{"instances": [{"text": "a", "id": 3}], "explain": false}', [{"text": "a", "id": 3}], False),
    ],
)
def test_json(body, values, explain):
    assert codecs.decode(body.encode(), media.JSON) == codecs.Parts("json", values, explain)


def test_options_stand_beside_the_records():
    options = {"k": codecs.count}
    for body in ('{"instances": ["a"], "k": 3}', '{"k": 3, "explain": false, "instances": ["a"]}'):
        assert codecs.decode(body.encode(), media.JSON, options=options) == codecs.Parts("json", ["a"], False, {"k": 3})
    one = codecs.decode(b'{"text": "a", "k": 1}', media.JSON, options=options)
    assert (one.values, one.options) == ([{"text": "a"}], {"k": 1})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"instances": ["a"], "k": 0}', '"k" is 0; send a whole number from 1'),
        ('{"instances": ["a"], "k": true}', '"k" is true; send'),
        ('{"instances": ["a"], "k": 1.0}', '"k" is 1.0; send'),
        ('{"instances": ["a"], "k": [1]}', '"k" is an array; send'),
        ('{"instances": ["a"], "k": 1, "n": 2}', 'with "explain" or "k" beside it'),
    ],
)
def test_bad_options(body, sentence):
    with pytest.raises(BadRequestError, match=sentence):
        codecs.decode(body.encode(), media.JSON, options={"k": codecs.count})


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "the line is blank"),
        ("  ", "the line is blank"),
        ("{", "the line is not JSON: .* at byte 1"),
        ('"é" x', "not JSON: Extra data at byte 5"),
        ("NaN", "NaN is not a JSON number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_json_line_spoils_only_itself(line, sentence):
    before, bad, after = codecs.decode(f'"a"\n{line}\n"b"\n'.encode(), media.JSON_LINES).values
    assert (before, after) == ("a", "b")
    with pytest.raises(RecordError, match=sentence):
        raise bad


@pytest.mark.parametrize("body", [b'a\n"open', b'a\n"quoted"x\n', b"a\rb\n", b'"a\n"b"\n"'])
def test_csv_that_breaks_the_rules(body):
    with pytest.raises(BadRequestError, match=r"the body is not CSV: .*; put a text in double quotes"):
        codecs.decode(body, media.CSV)


@pytest.mark.parametrize(
    ("media_type", "body", "values"),
    [
        (media.CSV, b'good\n"open\n"a, b"\n', [["good"], "error", ["a, b"]]),
        (media.CSV, b'good\n\n"quoted"x\nlast', [["good"], [], "error", ["last"]]),
        (media.CSV, b"good,1\nb\xffd,2\nlast,3\n", [["good", "1"], "error", ["last", "3"]]),
        (media.CSV, b'b\xffd\n"open\nlast\n', ["error", "error", ["last"]]),
        (media.PLAIN, b"good\nb\xffd\nlast\n", ["good", "error", "last"]),
        (media.JSON_LINES, b'"good"\n"b\xffd"\n"\xc3\xa9"\n', ["good", "error", "é"]),
        (media.JSON_LINES, b'"good"\n{\n"last"\n', ["good", "error", "last"]),
    ],
)
def test_tolerance_costs_only_the_lines_concerned(media_type, body, values):
    assert [shape(part) for part in codecs.decode(body, media_type, tolerant=True).values] == values


@pytest.mark.parametrize("media_type", [media.CSV, media.PLAIN, media.JSON_LINES])
def test_without_tolerance_bytes_that_are_not_utf8_are_named(media_type):
    with pytest.raises(BadRequestError, match="byte 3 is 0xe9"):
        codecs.decode(b"caf\xe9\n", media_type)


def test_error_records_stand_in_their_place():
    predictions = [{"score": 0.25}, RecordError('a "quoted", long sentence'), {"score": 1.0}]
    assert list(csv.reader(io.StringIO(codecs.encode(predictions, media.CSV, ["score"]).decode()))) == [
        ["0.25"], ['ERROR: a "quoted", long sentence'], ["1.0"],
    ]  # fmt: skip
    lines = codecs.encode(predictions, media.JSON_LINES, []).decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"score": 0.25}, {"error": 'a "quoted", long sentence'}, {"score": 1.0},
    ]  # fmt: skip


@pytest.mark.parametrize("media_type", [media.JSON, media.JSON_LINES, media.CSV])
@pytest.mark.parametrize("score", [float("nan"), float("-inf")])
def test_a_prediction_that_is_no_number_is_never_sent(media_type, score):
    with pytest.raises(ValueError, match=r"JSON compliant|a prediction is"):
        codecs.encode([{"score": score}], media_type, ["score"])


@given(rows=st.lists(st.lists(st.text(alphabet='ab",\n\r é😀'), min_size=1, max_size=3)))
def test_csv_of_any_texts_round_trips(rows):
    assert codecs.decode(as_csv(rows), media.CSV).values == rows


@given(
    body=st.lists(
        st.sampled_from(
            [b"a", b"1", b",", b" ", b"\n", b"\r\n", b"\r", b'"', b"\x00", b"\xff", "\u2028\x0b\x85".encode()]
        )
    )
)
def test_rows_that_stay_whole_have_the_same_cells(body):
    body = b"".join(body)
    for tolerant in (False, True):
        try:
            cells = [shape(part) for part in codecs.decode(body, media.CSV, tolerant=tolerant).values]
        except BadRequestError as error:
            with pytest.raises(BadRequestError, match=re.escape(str(error))):
                codecs.decode(body, media.CSV, tolerant=tolerant, whole_rows=True)
            continue
        parts = codecs.decode(body, media.CSV, tolerant=tolerant, whole_rows=True)
        if parts.kind == "row":
            rows = [shape(part) for part in parts.values]
            assert [row.split(",") if row else [] for row in rows] == [["error"] if c == "error" else c for c in cells]
        else:
            assert [shape(part) for part in parts.values] == cells
