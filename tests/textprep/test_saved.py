import json
import random
import shutil
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from textprep import saved
from textprep.errors import DataError
from textprep.pipeline import Pipeline, Specification
from textprep.saved import FEATURES, HEADER, VOCABULARY


@pytest.fixture(scope="session")
def pipeline(reviews, labels):
    return Pipeline.fit(Specification(ngram_max=2), reviews[:40], labels[:40])[0]


@pytest.fixture
def folder(pipeline, tmp_path):
    pipeline.save(tmp_path / "model")
    return tmp_path / "model"


def refused(folder):
    with pytest.raises(
        DataError, match=r"^the saved pipeline in .* cannot be used: .*; fit and save it again$"
    ) as error:
        saved.load(folder)
    return str(error.value)


def signed(folder):
    """Write the fingerprint that belongs to the other files into the header, as a forger would."""
    header = json.loads((folder / HEADER).read_text())
    specification = Specification(**header["specification"])
    content = [(folder / name).read_bytes() for name in (VOCABULARY, FEATURES)]
    (folder / HEADER).write_text(json.dumps(header | {"fingerprint": saved._fingerprint(specification, *content)}))


def test_what_is_saved_is_loaded(pipeline, folder):
    learned, fingerprint = saved.load(folder)
    assert fingerprint == pipeline.fingerprint
    assert learned.specification == pipeline.learned.specification
    assert learned.vocabulary == pipeline.learned.vocabulary
    assert learned.words == pipeline.learned.words
    assert learned.weights.tobytes() == pipeline.learned.weights.tobytes()
    assert [keys.tobytes() for keys in learned.ngrams.keys] == [keys.tobytes() for keys in pipeline.learned.ngrams.keys]


def test_only_another_language_than_english_is_written_down(folder, tmp_path):
    texts = ["Die Häuser sind schön", "ein schönes Haus"]
    specification = Specification(min_count=1, ngram_max=1, weighting="none", language="german", stop_words="german")
    german, matrix = Pipeline.fit(specification, texts, None, workers=2)
    german.save(tmp_path / "german")
    assert "language" not in json.loads((folder / HEADER).read_text())["specification"]
    assert json.loads((tmp_path / "german" / HEADER).read_text())["specification"]["language"] == "german"
    loaded = Pipeline.load(tmp_path / "german")
    assert loaded.learned.specification == specification
    assert loaded.feature_names(range(loaded.n_features)) == ["haus", "schon"]
    assert (loaded.transform(texts) != matrix).nnz == 0
    assert loaded.transform(["des Hauses", "HÄUSERN"]).toarray().tolist() == [[1, 0], [1, 0]]


def test_saving_again_writes_the_same_bytes(folder, tmp_path):
    Pipeline.load(folder).save(tmp_path / "again")
    for name in (HEADER, VOCABULARY, FEATURES):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_fingerprint_tells_everything_learned_apart(pipeline):
    learned = pipeline.learned
    others = [
        replace(learned, specification=Specification(ngram_max=2, min_count=3)),
        replace(learned, vocabulary=replace(learned.vocabulary, counts=(99, *learned.vocabulary.counts[1:]))),
        replace(learned, ngrams=replace(learned.ngrams, keys=(learned.ngrams.keys[0][1:],))),
        replace(learned, weights=learned.weights * np.float32(1.0000001)),
        replace(learned, words=learned.words | {"unheard": -1}),
    ]
    assert len({saved.fingerprint(other) for other in [learned, *others]}) == 6


@pytest.mark.parametrize("name", [HEADER, VOCABULARY, FEATURES])
def test_a_missing_a_shortened_and_an_empty_file_are_refused(folder, name):
    content = (folder / name).read_bytes()
    for kept in (len(content) - 1, len(content) // 2, 1, 0):
        (folder / name).write_bytes(content[:kept])
        if name != HEADER or kept < len(content) - 1:  # the header may do without its last line end
            refused(folder)
    (folder / name).unlink()
    assert name in refused(folder)


@pytest.mark.parametrize("name", [HEADER, VOCABULARY, FEATURES])
def test_a_changed_byte_is_refused_or_means_nothing(pipeline, folder, name):
    content = bytearray((folder / name).read_bytes())
    generator = random.Random(name)
    for _ in range(200):
        changed = content.copy()
        changed[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        (folder / name).write_bytes(changed)
        with suppress(DataError):
            assert saved.load(folder)[1] == pipeline.fingerprint  # white space in the header


def test_files_of_two_pipelines_do_not_go_together(folder, tmp_path, reviews, labels):
    Pipeline.fit(Specification(ngram_max=2), reviews[40:90], labels[40:90])[0].save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / VOCABULARY, folder / VOCABULARY)
    assert "fingerprint" in refused(folder)


@pytest.mark.parametrize("number", [0, 4, "1", None])
def test_another_format_number_is_refused(folder, number):
    header = json.loads((folder / HEADER).read_text())
    (folder / HEADER).write_text(json.dumps(header | {"format": number}))
    assert f"its format number is {number!r}, not one of 1, 2, 3" in refused(folder)


@pytest.mark.parametrize(
    "header", ["[]", "{}", "null", "[" * 100_000, '{"format": 1, "specification": {"tokens": 1}}', "\x00"]
)
def test_a_header_of_another_shape_is_refused(folder, header):
    (folder / HEADER).write_text(header)
    refused(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keys_2": None}, "keys_2"),
        ({"keys_2": np.array([5, 3])}, "2-grams"),
        ({"keys_2": np.array([[1, 3]])}, "not a row of int64"),
        ({"keys_2": np.array([1, 3], np.int32)}, "not a row of int64"),
        ({"keys_2": np.array([{}], object)}, "allow_pickle=False"),
        ({"weights": np.ones(3, np.float32)}, "finite weights"),
        ({"weights": np.array([np.nan], np.float32)}, "finite weights"),
        ({"word_ids": np.zeros(3, np.int32)}, "argument"),
        ({"words": np.frombuffer(b"\xff", np.uint8)}, "utf-8"),
        (
            {"words": np.frombuffer(b"a\na", np.uint8), "word_ids": np.array([0, 0], np.int32)},
            "not those of vocabulary.txt",
        ),
        (
            {"words": np.frombuffer(b"a", np.uint8), "word_ids": np.array([10**6], np.int32)},
            "not those of vocabulary.txt",
        ),
    ],
)
def test_forged_features_are_refused(folder, change, message):
    with np.load(folder / FEATURES) as arrays:
        forged = {name: array for name, array in ({**arrays} | change).items() if array is not None}
    np.savez(folder / FEATURES, **forged)
    signed(folder)
    assert message in refused(folder)


@pytest.mark.parametrize("features", [b"", b"PK\x05\x06" + b"\x00" * 18, b"\x93NUMPY\x01\x00", b"\x80\x04K\x01."])
def test_features_that_are_no_archive_are_refused(folder, features):
    (folder / FEATURES).write_bytes(features)
    signed(folder)
    refused(folder)


def test_the_fingerprint_can_be_computed_from_the_files(folder):
    header = json.loads((folder / HEADER).read_text())
    parts = [json.dumps([header["format"], header["specification"]], sort_keys=True).encode()]
    parts += [(folder / name).read_bytes() for name in (VOCABULARY, FEATURES)]
    assert header["fingerprint"] == sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()
