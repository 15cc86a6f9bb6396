import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smcontract import records
from smcontract.records import Numbers, RecordError, Text

ROW = Numbers(4)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (Text().from_json("a film"), "a film"),
        (Text().from_json({"text": "a film", "id": 7}), "a film"),
        (Text().from_csv(['a "film", they said']), 'a "film", they said'),
        (Text().from_line(" two\nlines "), " two\nlines "),
        (Text().from_line("😀"), "😀"),
        (Text().from_json("half \ud83d a \udc00"), "half \ufffd a \ufffd"),
        (Text().from_csv(["\ud800\udc00"]), "\ufffd\ufffd"),
        (Text().from_line("x" * 1_000_000), "x" * 1_000_000),
    ],
)
def test_texts(record, text):
    assert record == text


@pytest.mark.parametrize(
    ("kind", "part", "sentence"),
    [
        ("json", "", "the text is empty; send at least one word"),
        ("json", {"text": " \n"}, "the text is empty"),
        ("json", {"txt": "a"}, r'the object has no key "text", only \["txt"\]'),
        ("json", {}, r'no key "text", only \[\]'),
        ("json", {"text": None}, 'expected a text, or an object like {"text": "..."}, not an object'),
        ("json", {"text": "a", "explain": True}, 'put "explain" once beside "instances"'),
        ("json", 5, "not 5"),
        ("json", None, "not null"),
        ("json", ["a"], "not an array"),
        ("csv", [], "the text is empty"),
        ("csv", ["a film", " they said"], "the row has 2 columns, expected one; put a text that contains commas in"),
        ("line", "", "the text is empty"),
    ],
)
def test_no_texts(kind, part, sentence):
    with pytest.raises(RecordError, match=sentence):
        getattr(Text(), f"from_{kind}")(part)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("json", [0, 1.5, None, -2]),
        ("json", {"features": [0.0, 1.5, 0, -2.0], "id": 7}),
        ("csv", ["0", "1.5", "", "-2"]),
        ("csv", [" 0.0", "15e-1 ", " ", "-2.0"]),
        ("line", "1:1.5 3:-2"),
        ("line", "3:-2.0 1:1.5"),
        ("line", "1 0:0 1:1.5 3:-2"),
        ("line", "-1.5\t1:1.5\t3:-2 "),
    ],
)
def test_a_zero_a_blank_and_an_absent_number_are_the_same(kind, part):
    row = getattr(ROW, f"from_{kind}")(part)
    assert (row.indices.tolist(), row.values.tolist()) == ([1, 3], [1.5, -2.0])
    assert (row.indices.dtype, row.values.dtype) == (np.int32, np.float32)


@pytest.mark.parametrize(("kind", "part"), [("json", [None] * 4), ("csv", [""] * 4), ("line", "1"), ("line", "0:0")])
def test_a_row_of_zeros_is_a_record(kind, part):
    assert len(getattr(ROW, f"from_{kind}")(part).indices) == 0


@pytest.mark.parametrize(
    ("kind", "part", "sentence"),
    [
        ("json", [1, 2, 3], "the row has 3 features, the model takes 4; send no label"),
        ("json", [1, 2, 3, 4, 5], "the row has 5 features, the model takes 4"),
        ("json", [], "the row has 0 features"),
        ("json", "1,2,3,4", "an array of numbers, .* not .1,2,3,4."),
        ("json", {"values": [1]}, 'the object has no key "features"'),
        ("json", [1, 2, 3, "4"], '"4" is not a number'),
        ("json", [1, 2, 3, True], "true is not a number"),
        ("json", [1, 2, 3, [4]], "an array is not a number"),
        ("json", [1, 2, 3, 10**400], "too large for 32-bit"),
        ("json", [1, 2, 3, 1e39], "NaN, infinite or too large for 32-bit"),
        ("json", [1, 2, 3, float("inf")], "NaN, infinite or too large"),
        ("csv", [], "the row is blank"),
        ("csv", ["1", "2", "3"], "the row has 3 features, the model takes 4"),
        ("csv", ["1", "2", "3", "nan"], "NaN, infinite"),
        ("csv", ["1", "2", "3", "-inf"], "NaN, infinite"),
        ("csv", ["1", "2", "3", "1_000"], '"1_000" is not a number'),
        ("csv", ["1", "2", "3", "film"], '"film" is not a number'),
        ("line", " ", "the line is blank"),
        ("line", "0:1 4:1", "index 4 is outside the model's 0 to 3"),
        ("line", "0:1 9999999999:1", "index 9999999999 is outside"),
        ("line", "0:1 99999999999:1", "is not an index:value pair"),
        ("line", "0:1 -1:1", '"-1:1" is not an index:value pair'),
        ("line", "0:1 ²:1", "is not an index:value pair"),
        ("line", "0:1 1", '"1" is not an index:value pair'),
        ("line", "0:1 qid:3", '"qid:3" is not an index:value pair'),
        ("line", "0:1 1:", '"" is not a number'),
        ("line", "0:1 1:nan", "NaN, infinite"),
        ("line", "0:1 0:2", "index 0 occurs twice in the line"),
        ("line", "pos 0:1", '"pos" is not a number'),
    ],
)
def test_no_rows(kind, part, sentence):
    with pytest.raises(RecordError, match=sentence):
        getattr(ROW, f"from_{kind}")(part)


def result(read, *given):
    """What reading gives, or the sentence that refuses it."""
    try:
        row = read(*given)
    except RecordError as error:
        return str(error)
    return row.indices.dtype, row.indices.tolist(), row.values.dtype, list(map(str, row.values.tolist()))


CELLS = st.sampled_from(["0", "7", "", " ", "12", "2.5", "-1", "1e39", "nan", "x", "1_0", "٣", "1e999", " 3 "])
ROWS = st.lists(st.sampled_from("00001") | CELLS, min_size=3, max_size=5) | st.just(["0"] * 4)
PAIRS = st.sampled_from(
    ["0:1", "1:2.5", "2:0", "3:7", "4:1", "9999999999:1", "1:", ":1", "2:1_0", "1:nan", "3:1e2", "1", "x", "2:1:1",
     "٣:1"]
)  # fmt: skip


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-(10**9), 10**9, places=6).map(str),
    st.from_regex(r"[+-]?[0-9]{0,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{0,3})?", fullmatch=True),
)


@given(cells=ROWS | st.lists(NUMBERS | CELLS, min_size=4, max_size=4), zeros=st.booleans())
def test_a_whole_row_is_read_as_its_cells(cells, zeros):
    numbers = Numbers(4, zeros)
    assert result(numbers.from_row, ",".join(cells)) == result(numbers.from_csv, cells)


@given(pairs=st.lists(PAIRS, max_size=5), space=st.sampled_from([" ", "  ", "\t"]), zeros=st.booleans())
def test_a_plain_line_is_read_as_any(pairs, space, zeros):
    numbers = Numbers(4, zeros)
    for line in (space.join(pairs), " ".join(sorted(pairs)), "1 " + " ".join(sorted(set(pairs))), "0:1 1:2 3:0.5"):
        assert result(numbers.from_line, line) == result(numbers._line, line)


@given(label=NUMBERS, values=st.lists(NUMBERS, max_size=4), zeros=st.booleans())
def test_the_numbers_of_a_plain_line_are_read_as_any(label, values, zeros):
    numbers = Numbers(4, zeros)
    line = " ".join([label, *(f"{index}:{value}" for index, value in enumerate(values))])
    assert result(numbers.from_line, line) == result(numbers._line, line)


@pytest.mark.parametrize("row", ["0,1,2,3", "0.5,-1e-3,,+7", " 1,2 ,\t3,4", "1e5,0,0,12345678901234567890"])
def test_plain_rows_are_read_in_c(row):
    assert records._core.csv(row, 4, False)
    assert records._core.libsvm(" ".join(f"{n}:{cell.strip() or 0}" for n, cell in enumerate(row.split(","))), 4, True)
