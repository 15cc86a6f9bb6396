import json
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textprep import sequences
from textprep.clean import clean
from textprep.errors import DataError
from textprep.sequences import FIRST_WORD, HEADER, PADDING, UNKNOWN, VOCABULARY, Sequences
from textprep.tokens import tokens
from textprep.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def fitted(reviews):
    return Sequences.fit(reviews, max_length=12, size=60, min_count=3)


@pytest.fixture
def folder(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    return tmp_path / "model"


def refused(folder):
    with pytest.raises(
        DataError, match=r"^the saved sequences in .* cannot be used: .*; fit and save them again$"
    ) as error:
        Sequences.load(folder)
    return str(error.value)


def test_the_vocabulary_is_what_counting_gives(fitted, reviews):
    counts = Counter(word for text in reviews for word in tokens(clean(text)))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    assert list(zip(fitted.words, fitted.vocabulary.counts, strict=True)) == ranked[:60]
    assert fitted.n_ids == 62


def test_rare_words_are_left_out(reviews):
    everything = Sequences.fit(reviews, max_length=12, size=10**6, min_count=1)
    frequent = Sequences.fit(reviews, max_length=12, size=10**6, min_count=5)
    kept = [word for word, n in zip(everything.words, everything.vocabulary.counts, strict=True) if n >= 5]
    assert 0 < len(kept) < len(everything.words)
    assert list(frequent.words) == kept


def test_stop_words_stay_and_nothing_is_stemmed():
    found = Sequences.fit(["the films", "the films"], max_length=4, size=9, min_count=1)
    assert found.words == ("films", "the")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_and_of_chunks_does_not_matter(fitted, reviews, workers, monkeypatch):
    monkeypatch.setattr(sequences, "CHUNK", 60_000)
    again = Sequences.fit(iter(reviews), max_length=12, size=60, min_count=3, workers=workers)
    assert again == fitted
    assert again.fingerprint == fitted.fingerprint


@pytest.mark.parametrize("texts", [[], [""], ["<br />", "..."], ["one", "two"]])
def test_texts_without_a_frequent_word_are_refused(texts):
    with pytest.raises(DataError, match=rf"^no word occurs 2 times in {len(texts)} texts; give more text"):
        Sequences.fit(texts, max_length=4, size=9, min_count=2)


def test_bad_arguments_are_refused():
    with pytest.raises(DataError, match="max_length is 0; give at least 1"):
        Sequences(Vocabulary(("a",), (1,)), 0)
    with pytest.raises(DataError, match="the vocabulary has no word"):
        Sequences(Vocabulary((), ()), 5)
    with pytest.raises(DataError, match="the vocabulary has a word twice"):
        Sequences(Vocabulary(("a", "a"), (2, 1)), 5)


def test_a_text_is_cut_padded_or_unknown():
    known = Sequences(Vocabulary(("good", "film"), (2, 1)), 3)
    rows = known.encode(["film good film good", "FILM!", "unheard of", "", "<b>&amp;</b>"])
    assert rows.dtype == np.int32
    assert rows.tolist() == [
        [FIRST_WORD + 1, FIRST_WORD, FIRST_WORD + 1],
        [FIRST_WORD + 1, PADDING, PADDING],
        [UNKNOWN, UNKNOWN, PADDING],
        [PADDING] * 3,
        [PADDING] * 3,
    ]


def test_no_text_gives_no_row(fitted):
    assert fitted.encode([]).shape == (0, 12)


@settings(deadline=None, max_examples=150)
@given(texts=st.lists(st.text(max_size=40) | st.text("good film<>&;! \x00é最\ud800", max_size=40), max_size=5))
def test_rows_are_what_the_plain_way_gives_and_do_not_depend_on_their_neighbours(texts):
    known = Sequences(Vocabulary(("good", "film", "é", "最"), (4, 3, 2, 1)), 5)
    rows = known.encode(texts)
    for text, row in zip(texts, rows, strict=True):
        words = tokens(clean(text))[:5]
        numbers = [known.words.index(word) + FIRST_WORD if word in known.words else UNKNOWN for word in words]
        assert row.tolist() == numbers + [PADDING] * (5 - len(words))
        assert np.array_equal(known.encode([text])[0], row)


def test_what_is_saved_is_loaded(fitted, folder, reviews, tmp_path):
    loaded = Sequences.load(folder)
    assert loaded == fitted
    assert np.array_equal(loaded.encode(reviews), fitted.encode(reviews))
    loaded.save(tmp_path / "again")
    for name in (HEADER, VOCABULARY):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_fingerprint_tells_everything_apart(fitted):
    vocabulary = fitted.vocabulary
    others = [
        replace(fitted, max_length=13),
        replace(fitted, vocabulary=vocabulary.first(59)),
        replace(fitted, vocabulary=replace(vocabulary, counts=(9999, *vocabulary.counts[1:]))),
    ]
    assert len({each.fingerprint for each in [fitted, *others]}) == 4


@pytest.mark.parametrize("name", [HEADER, VOCABULARY])
def test_a_missing_a_shortened_and_an_empty_file_are_refused(folder, name):
    content = (folder / name).read_bytes()
    for kept in (len(content) - 2, len(content) // 2, 1, 0):
        (folder / name).write_bytes(content[:kept])
        refused(folder)
    (folder / name).unlink()
    assert name in refused(folder)


@pytest.mark.parametrize("name", [HEADER, VOCABULARY])
def test_a_changed_byte_is_refused_or_means_nothing(fitted, folder, name):
    content = bytearray((folder / name).read_bytes())
    generator = random.Random(name)
    for _ in range(200):
        changed = content.copy()
        changed[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        (folder / name).write_bytes(changed)
        with suppress(DataError):
            assert Sequences.load(folder) == fitted  # white space in the header


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 4}, "its format number is 4, not one of 1, 2, 3"),
        ({"format": 1}, "sequences.json says"),
        ({"format": None}, "its format number is None, not one of 1, 2, 3"),
        ({"max_length": 11}, "sequences.json says"),
        ({"max_length": "12"}, "max_length in sequences.json is '12', not an integer"),
        ({"max_length": True}, "max_length in sequences.json is True, not an integer"),
        ({"fingerprint": "0"}, "sequences.json says 0"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(folder, change, message):
    header = json.loads((folder / HEADER).read_text())
    (folder / HEADER).write_text(json.dumps(header | change))
    assert message in refused(folder)


@pytest.mark.parametrize("header", ["[]", "{}", "null", "[" * 100_000, "\x00", '{"format": 1}'])
def test_a_header_of_another_shape_is_refused(folder, header):
    (folder / HEADER).write_text(header)
    refused(folder)


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (b"a\t1\nb\t2\n", "vocabulary line 2"),
        (b"a\t2\na\t1\n", "a word twice"),
        (b"", "no word"),
        (b"\xff\t1\n", "utf-8"),
    ],
)
def test_a_forged_vocabulary_is_refused(folder, vocabulary, message):
    header = json.loads((folder / HEADER).read_text())
    (folder / VOCABULARY).write_bytes(vocabulary)
    header["fingerprint"] = sequences._fingerprint(2, 12, vocabulary)
    (folder / HEADER).write_text(json.dumps(header))
    assert message in refused(folder)
