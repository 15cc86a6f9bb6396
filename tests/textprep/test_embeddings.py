import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textprep.embeddings import MAX_LINE_BYTES, read_word2vec, write_word2vec
from textprep.errors import DataError

GOOD = b"3 2\ngood 0.5 -1\nfilm 1e-3 2E2\n\xe6\x9c\x80 +3 4.\n"


def read(content, wanted=None):
    return read_word2vec(BytesIO(content), "vectors.txt", wanted)


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.removesuffix(b"\n"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n", b" \n"),  # as word2vec's own program and fastText end their lines
        GOOD.replace(b"3 2", b"3\t2"),
        GOOD.replace(b"0.5 -1", b"0.5\t-1"),
        GOOD.replace(b"0.5 -1", b"  0.5   -1"),
        b"\xef\xbb\xbf" + GOOD,
    ],
)
def test_usual_spellings_are_read(content):
    words, matrix, n_read = read(content)
    assert words == ["good", "film", "最"]
    assert matrix.dtype == np.float32
    assert np.array_equal(matrix, np.array([[0.5, -1], [1e-3, 200], [3, 4]], np.float32))
    assert n_read == 3


def test_only_wanted_words_are_kept():
    words, matrix, n_read = read(GOOD, {"最", "unheard", "film", "\ud800"})
    assert words == ["film", "最"]
    assert matrix.shape == (2, 2)
    assert n_read == 3


def test_no_wanted_word_there_gives_an_empty_matrix():
    words, matrix, n_read = read(GOOD, {"unheard"})
    assert (words, matrix.shape, n_read) == ([], (0, 2), 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "vectors.txt line 1 is '', not the number of words and of dimensions"),
        (b"good 0.5 -1\n", "vectors.txt line 1 is 'good 0.5 -1', not the number"),
        (b"3\n", "line 1 is '3', not the number"),
        (b"3 2 1\n", "line 1 is '3 2 1'"),
        (b"-3 2\n", "line 1 is '-3 2'"),
        (b"3.0 2\n", "line 1 is '3.0 2'"),
        (b"0 2\n", "line 1 announces 0 words of 2 dimensions"),
        (b"2 0\n", "line 1 announces 2 words of 0 dimensions"),
        (b"9" * 5000 + b" 2\n", "line 1 is '999"),
        (b"\xff\xfe3\x00\n", r"line 1 is '\\xff\\xfe3\x00'"),
        (b"2 2\na 1 2\n", "the first line announces 2 words, but only 1 follow; is the file cut off?"),
        (b"2 2", "the first line announces 2 words, but only 0 follow"),
        (b"1 2\na 1 2\nb 1 2\n", "line 3: the first line announces 1 words, but here is another line"),
        (b"1 2\n\na 1 2\nb 1 2\n", "line 4: the first line announces 1 words, but here is another line"),
        (b"1 2\na 1\n", "line 2: 1 numbers after the word 'a'; each line must be a word, a space and 2 numbers"),
        (b"1 2\na 1 2 3\n", "line 2: 3 numbers after the word 'a'"),
        (b"1 3\na 1  2\n", "line 2: 2 numbers after the word 'a'"),
        (b"1 2\na b 1 2\n", "line 2 has more fields than numbers: a word with a space? It begins with 'a' and 'b'"),
        (b"1 2\n. . . 1 2\n", "line 2 has more fields than numbers: a word with a space?"),
        (b"1 2\na b 1 x\n", "line 2: 'b' is not a finite number"),
        (b"1 1\na\n", "line 2: 0 numbers after the word 'a'"),
        (b"1 2\na\t1\t2\n", r"line 2: 0 numbers after the word 'a\t1\t2'"),
        (b"1 2\n 1 2\n", "line 2: no word at its start"),
        (b"1 2\n\n", "announces 1 words, but only 0 follow"),
        (b"1 2\na 1 nan\n", "line 2: 'nan' is not a finite number"),
        (b"1 2\na -inf 1\n", "line 2: '-inf' is not a finite number"),
        (b"1 2\na 1 x\n", "line 2: 'x' is not a finite number"),
        (b"1 2\na 1,5 2\n", "line 2: '1,5' is not a finite number"),
        (b"1 2\na 1_0 2\n", "line 2: '1_0' is not a finite number"),
        (b"1 2\na 1.2.3 2\n", "line 2: '1.2.3' is not a finite number"),
        (b"1 2\na 1e39 2\n", "line 2: a number is too large for 32-bit"),
        (b"1 2\na 1e999 2\n", "line 2: a number is too large for 32-bit"),
        (b"1 2\na 1 \x00\n", r"line 2: '\x00' is not a finite number"),
        (b"1 2\na\x00 1 2\n", "line 2: a NUL character"),
        (b"1 2\n\xff 1 2\n", "line 2: not UTF-8"),
        (b"2 2\na 1 2\na 1 2\n", "line 3: the word 'a' occurs here again; keep one"),
        (b"2 1\n\xe6\x9c\x80 1\n\xe6\x9c\x80 1\n", r"line 3: the word '\u6700' occurs here again"),
        (b"1 2\n" + b"a" * (MAX_LINE_BYTES + 1), "line 2 is longer than 1,048,576 bytes"),
        (b"x" * 3 * MAX_LINE_BYTES, "line 1 is longer than 1,048,576 bytes"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content, message):
    with pytest.raises(DataError) as error:
        read(content)
    assert message in str(error.value)
    assert str(error.value).startswith("vectors.txt")


@pytest.mark.parametrize("line", [b"b 1", b"b 1 2 3", b"b 1 nan", b"b 1 x", b"\xff 1 2", b"b\x00 1 2", b" 1 2", b"b"])
def test_lines_of_words_that_are_not_wanted_are_checked_too(line):
    with pytest.raises(DataError, match=r"^vectors\.txt line 3: "):
        read(b"2 2\na 1 2\n" + line + b"\n", {"a"})


def test_the_binary_format_is_refused_in_one_sentence():
    vectors = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    content = b"50 20\n" + b"".join(b"word%d " % i + row.tobytes() + b"\n" for i, row in enumerate(vectors))
    with pytest.raises(DataError, match=r"^vectors\.txt line .*(binary format|is this word2vec's text format)"):
        read(content)


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.write(b"20000 100\n")
        for number in range(20_000):
            file.write(b"word%d" % number + b" 0.125" * 100 + b"\n")
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            vectors = read_word2vec(file, path.name, {"word7", "word19999"})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert vectors.words == ["word7", "word19999"]
    assert peak < 2 * 2**20 < path.stat().st_size / 5


words = st.text("abé最-.'_</>", min_size=1, max_size=8)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), words=st.lists(words, min_size=1, max_size=6, unique=True), dim=st.integers(1, 5))
def test_what_is_written_is_read_back_bit_for_bit(tmp_path_factory, data, words, dim):
    rows = data.draw(st.lists(st.lists(floats, min_size=dim, max_size=dim), min_size=len(words), max_size=len(words)))
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    matrix = np.array(rows, np.float32)
    write_word2vec(path, words, matrix)
    with path.open("rb") as file:
        vectors = read_word2vec(file, path.name)
    assert vectors.words == words
    assert vectors.matrix.tobytes() == matrix.tobytes()


def test_the_form_of_what_is_written(tmp_path):
    write_word2vec(tmp_path / "v.txt", ["good", "最"], np.array([[0.5, -1], [1 / 3, 1e-30]], np.float32))
    assert (tmp_path / "v.txt").read_bytes() == b"2 2\ngood 0.5 -1\n\xe6\x9c\x80 0.333333343 1e-30\n"


@pytest.mark.parametrize(
    ("words", "matrix", "message"),
    [
        (["a"], np.zeros((2, 3)), r"1 words for vectors of shape \(2, 3\)"),
        (["a"], np.zeros(3), r"1 words for vectors of shape \(3,\)"),
        ([], np.zeros((0, 3)), r"0 words for vectors of shape \(0, 3\)"),
        (["a"], np.zeros((1, 0)), r"1 words for vectors of shape \(1, 0\)"),
        (["a"], np.array([[1, np.nan]]), "a number that is not finite"),
        (["a", "a"], np.zeros((2, 1)), "a word occurs twice"),
        (["a b"], np.zeros((1, 1)), "the word 'a b' cannot be written"),
        ([""], np.zeros((1, 1)), "the word '' cannot be written"),
        (["a\n"], np.zeros((1, 1)), r"the word 'a\\n' cannot be written"),
        (["a\0"], np.zeros((1, 1)), r"the word 'a\\x00' cannot be written"),
        (["\ud800"], np.zeros((1, 1)), r"the word '\\ud800' cannot be written"),
    ],
)
def test_what_the_format_cannot_hold_is_not_written(tmp_path, words, matrix, message):
    with pytest.raises(DataError, match=message):
        write_word2vec(tmp_path / "v.txt", words, matrix)
    assert not (tmp_path / "v.txt").exists()


NFC, NFD = "caf\xe9", "cafe\u0301"


@pytest.mark.parametrize(
    ("words", "row"),
    [([NFD], 0), ([NFC], 0), ([NFD, NFC], 1), ([NFC, NFD], 0), (["film", NFD], 1)],
)
def test_a_word_is_found_in_any_normal_form(words, row):
    lines = "".join(f"{word} {number} 1\n" for number, word in enumerate(words))
    found = read(f"{len(words)} 2\n{lines}".encode(), {NFC})
    assert (found.words, found.matrix.tolist()) == ([NFC], [[row, 1]])


def test_a_word_is_found_whose_normal_form_is_longer():
    word = "\u0915\u093c\u0932\u092e"
    assert read("1 1\n\u0958\u0932\u092e 1\n".encode(), {word}).words == [word]


def test_the_same_form_twice_is_refused_and_without_a_wish_words_stay_as_they_are():
    with pytest.raises(DataError, match=r"line 3: the word .* occurs here again"):
        read(f"2 1\n{NFD} 1\n{NFD} 2\n".encode(), {NFC})
    assert read(f"2 1\n{NFD} 1\n{NFC} 2\n".encode()).words == [NFD, NFC]
