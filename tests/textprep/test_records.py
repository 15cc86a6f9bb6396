import json
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textprep.errors import DataError
from textprep.records import MAX_RECORD_BYTES, Record, read_csv, read_jsonlines, read_text

READERS = {"reviews.csv": read_csv, "reviews.jsonl": read_jsonlines, "reviews.txt": read_text}


def read(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(record.label, record.text, record.position) for record in READERS[name]([path])]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("1,good\n0,bad", [("1", "good", 1), ("0", "bad", 2)]),
        ("pos,good\r\nneg,bad\r\n", [("pos", "good", 1), ("neg", "bad", 2)]),
        ('1,"good, really"\n', [("1", "good, really", 1)]),
        ('1,"so ""good"""\n', [("1", 'so "good"', 1)]),
        ('1,"two\nlines\r\nor three"\n0,bad\n', [("1", "two\nlines\r\nor three", 1), ("0", "bad", 4)]),
        ('"1"," kept "\n', [("1", " kept ", 1)]),
        ('1,a 5" disk\n', [("1", 'a 5" disk', 1)]),
        ("\n1,good\n\n \t\n0,bad\n\n", [("1", "good", 2), ("0", "bad", 5)]),
        ("\ufeff1,👍 最高\n", [("1", "👍 最高", 1)]),
        ("1,line\u2028separator\x85\x1c\n", [("1", "line\u2028separator\x85\x1c", 1)]),
    ],
)
def test_csv(tmp_path, content, expected):
    assert read(tmp_path, "reviews.csv", content) == [(a, b, f"reviews.csv line {n}") for a, b, n in expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"label": "pos", "text": "good"}\n', [("pos", "good", 1)]),
        ('{"text": "good", "label": 1, "id": 7}', [("1", "good", 1)]),
        ('\n{"label": 0, "text": "a\\nb \\ud83d\\udc4d"}\r\n \n', [("0", "a\nb 👍", 2)]),
        ('\ufeff{"label": "0", "text": "最高"}', [("0", "最高", 1)]),
    ],
)
def test_json_lines(tmp_path, content, expected):
    assert read(tmp_path, "reviews.jsonl", content) == [(a, b, f"reviews.jsonl line {n}") for a, b, n in expected]


def test_text(tmp_path):
    content = '\ufeffgood, "really"\r\n bad\u2028\n\nlast\n \t\r\n'
    assert read(tmp_path, "reviews.txt", content) == [
        (None, 'good, "really"', "reviews.txt line 1"),
        (None, " bad\u2028", "reviews.txt line 2"),
        (None, "last", "reviews.txt line 4"),
    ]


def test_a_header_is_left_out_where_there_is_one(tmp_path):
    (tmp_path / "a.csv").write_text('\n"label","the\ntext"\n1,good\n')
    (tmp_path / "b.csv").write_text("label,text\n\n0,bad\n")
    records = read_csv([tmp_path / "a.csv", tmp_path / "b.csv"], header=True)
    assert list(records) == [("1", "good", "a.csv line 4"), ("0", "bad", "b.csv line 3")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("reviews.csv", "1,good\n1;bad\n", "line 2: 1 column instead of 2, label and text; separate them by a comma"),
        ("reviews.csv", "1,good\n\n1,so,good\n", "line 3: 3 columns instead of 2"),
        ("reviews.csv", ",good\n", "line 1: the label is missing"),
        ("reviews.csv", "1,\n", "line 1: the text is empty"),
        ("reviews.csv", '1," \n\t"\n', "line 1: the text is empty"),
        (
            "reviews.csv",
            '1,good\n0,"bad\n1,good\n',
            "line 2: not valid CSV .*unexpected end of data.*close every quote",
        ),
        ("reviews.csv", '1,"good" film\n', "line 1: not valid CSV"),
        ("reviews.csv", "1,good\r0,bad\r", "line 1: not valid CSV"),
        ("reviews.csv", b"1,good\n0,\xe4bad\n", "line 2: byte 3 is not UTF-8; save the file as UTF-8"),
        ("reviews.csv", '1,good\n0,"a\nb\0"\n', "line 3: a NUL character"),
        ("reviews.csv", "1,good\n0,".encode("utf-16"), "is text in UTF-16: give text in UTF-8"),
        ("reviews.csv", "1,good\n0,".encode("utf-16-le"), "line 1: a NUL character"),
        ("reviews.csv", "1,good\n0," + "x" * 10_000_000, "line 2: the record is larger than 2,097,152 bytes"),
        ("reviews.csv", '1,"' + "good\n" * 1_000_000, "line 1: the record is larger .* a quote that is never closed"),
        ("reviews.jsonl", '{"label": 1, "text": "good"}\n{"label": 1\n', "line 2: not JSON"),
        ("reviews.jsonl", '"good"\n', 'line 1: needs the keys "label" and "text"'),
        ("reviews.jsonl", '{"text": "good"}\n', 'line 1: needs the keys "label" and "text"'),
        ("reviews.jsonl", '{"label": true, "text": "good"}\n', "line 1: the label must be"),
        ("reviews.jsonl", '{"label": null, "text": "good"}\n', "line 1: the label must be"),
        ("reviews.jsonl", '{"label": 1.0, "text": "good"}\n', "line 1: the label must be"),
        ("reviews.jsonl", '{"label": 1, "text": ["good"]}\n', "line 1: the label must be .* and the text a string"),
        ("reviews.jsonl", '{"label": "", "text": "good"}\n', "line 1: the label is missing"),
        ("reviews.jsonl", '{"label": 1, "text": " "}\n', "line 1: the text is empty"),
        ("reviews.jsonl", "[" * 100_000, "line 1: not JSON"),
        ("reviews.txt", b"good\n\xff\n", "line 2: byte 1 is not UTF-8"),
    ],
)
def test_a_bad_record_is_named(tmp_path, name, content, message):
    with pytest.raises(DataError, match=f"^{name} {message}"):
        read(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "reviews.csv",
            "1,good\n1\n0,bad\n\n1,so,good\n0,\n",
            "line 2: 1 column .* a comma [(]also bad: lines 5, 6[)]",
        ),
        (
            "reviews.csv",
            '1,a "good" film\n0,"a "bad" film"\n1\n0,bad\n,bad\n',
            "line 2: not .* [(]also bad: lines 3, 5[)]",
        ),
        ("reviews.csv", b'1,"a\n\xe4 b\nc"\n0,d\n0,\xe4\n', "line 2: byte 1 is not .* [(]also bad: line 5[)]"),
        ("reviews.csv", "1,\n" * 3 + '0,"bad\n0,bad\n', "line 1: .* [(]also bad: lines 2, 3, 4[)]"),
        ("reviews.csv", "1,\n0," + "x" * 10_000_000, "line 1: .* [(]also bad: line 2[)]"),
        ("reviews.csv", "1,\n" * 5_000, "line 1: .* [(]also bad: lines 2, 3, .*, 20, 21 and 4,979 more[)]"),
        ("reviews.jsonl", '{}\n{"label": 1, "text": "good"}\n17\n', "line 1: needs the keys .* [(]also bad: line 3[)]"),
        ("reviews.txt", b"good\n\xff\n\0\n", "line 2: byte 1 .* [(]also bad: line 3[)]"),
    ],
)
def test_all_bad_records_of_a_file_are_named(tmp_path, name, content, message):
    with pytest.raises(DataError, match=f"^{name} {message}$"):
        read(tmp_path, name, content)


def test_a_long_review_is_no_error(tmp_path):
    text = '"quoted" ' * (2**20 // 9)
    path = tmp_path / "long.csv"
    path.write_text('1,"' + text.replace('"', '""') + '"\n', "utf-8")
    assert next(read_csv([path])) == Record("1", text, "long.csv line 1")
    assert path.stat().st_size < MAX_RECORD_BYTES


def test_the_limit_can_be_set(tmp_path):
    path = tmp_path / "reviews.jsonl"
    path.write_text('{"label": 1, "text": "good"}\n' * 2 + json.dumps({"label": 1, "text": "x" * 40}), "utf-8")
    records = read_jsonlines([path], max_record_bytes=30)
    assert len(list(islice(records, 2))) == 2
    with pytest.raises(DataError, match="line 3: the record is larger than 30 bytes"):
        next(records)


@pytest.mark.parametrize("reader", READERS.values())
def test_files_are_read_one_after_another_and_only_as_far_as_asked(tmp_path, reader):
    content = '{"label": 1, "text": "a"}\n' if reader is read_jsonlines else "1,a\n"
    (tmp_path / "b").write_text(content)
    (tmp_path / "a").write_text(content * 2)
    records = reader([tmp_path / "b", tmp_path / "a", tmp_path / "missing"])
    assert [next(records).position for _ in range(3)] == ["b line 1", "a line 1", "a line 2"]
    with pytest.raises(FileNotFoundError):
        next(records)


def test_half_a_character_becomes_a_replacement_character(tmp_path):
    content = '{"label": "\\ud800", "text": "a \\udc00 film \\ud83d\\ude00"}\n'
    assert read(tmp_path, "reviews.jsonl", content) == [("\ufffd", "a \ufffd film 😀", "reviews.jsonl line 1")]


def test_a_number_of_too_many_digits_is_named(tmp_path):
    with pytest.raises(DataError, match=r"line 1: not JSON \(a number has 4301 digits; at most 4300"):
        read(tmp_path, "reviews.jsonl", '{"label": ' + "9" * 4301 + ', "text": "a"}')


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()), st.lists)
LINES = st.one_of(
    st.binary(max_size=60),
    st.text('1,"\r\n a\x00\ufeff', max_size=40).map(str.encode),
    st.tuples(JSON, JSON).map(lambda pair: json.dumps({"label": pair[0], "text": pair[1]}).encode()),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4).map(b"\n".join), st.sampled_from(sorted(READERS)))
def test_any_file_is_read_or_refused_in_a_sentence(tmp_path, content, name):
    path = tmp_path / "file"
    path.write_bytes(content)
    with suppress(DataError):
        for record in READERS[name]([path]):
            assert f"{record.label}{record.text}".encode()
