import struct
from dataclasses import replace

import fasttext
import numpy as np
import pytest
from blazingtext_client import fasttextfile
from blazingtext_client.fasttextfile import SUPERVISED, Arguments, Dictionary
from blazingtext_client.wordvectors import WordVectors
from gensim.models.fasttext import load_facebook_model, load_facebook_vectors
from smcontract.errors import UserError

NONE = Dictionary((), ())
UNKNOWN = ["film-like", "cafés", "電影院", "великие", "😀😀", "é", "<>", "</s>", "a", "", "Straße"]


def raw(model, word):
    """fastText's vector before fasttext-community normalises it."""
    rows = model.get_subwords(word)[1]
    if not len(rows):
        return np.zeros(model.get_dimension(), np.float32)
    return np.mean([model.get_input_vector(row) for row in rows], axis=0)


@pytest.fixture
def written(tmp_path, word2vec, subword_vectors):
    """`written("plain")`: gensim's vectors in a file of ours, and the vectors themselves."""

    def write(kind):
        path = tmp_path / f"{kind}.bin"
        if kind == "plain":
            vectors, arguments = word2vec.wv, Arguments(dim=8)
            matrix, output = vectors.vectors, word2vec.syn1neg
        else:
            vectors = subword_vectors.wv
            arguments = Arguments(dim=8, bucket=300, minn=3, maxn=5, min_count=1)
            matrix, output = np.vstack([vectors.vectors_vocab, vectors.vectors_ngrams]), subword_vectors.syn1neg
        counts = [vectors.get_vecattr(word, "count") for word in vectors.index_to_key]
        fasttextfile.write(path, Dictionary(vectors.index_to_key, counts), NONE, matrix, output, arguments)
        return path, vectors

    return write


@pytest.mark.parametrize("kind", ["plain", "subwords"])
def test_fasttext_loads_what_is_written(written, kind):
    path, vectors = written(kind)
    model = fasttext.load_model(str(path))
    assert model.get_words() == vectors.index_to_key
    assert model.get_words(include_freq=True)[1].tolist() == list(fasttextfile.read(path).counts)
    for word in vectors.index_to_key:
        assert np.allclose(raw(model, word), vectors[word], atol=1e-6)
    ours = WordVectors.of(fasttextfile.read(path))
    for word in UNKNOWN:
        assert np.allclose(raw(model, word), ours.vector(word), atol=1e-6)


@pytest.mark.parametrize("kind", ["plain", "subwords"])
def test_gensim_loads_what_is_written(written, kind):
    path, vectors = written(kind)
    loaded = load_facebook_vectors(str(path))
    assert loaded.index_to_key == vectors.index_to_key
    assert np.allclose(loaded[vectors.index_to_key], vectors[vectors.index_to_key], atol=1e-6)
    if kind == "subwords":
        assert np.allclose(loaded["cafés"], vectors["cafés"], atol=1e-6)
        assert np.array_equal(load_facebook_model(str(path)).syn1neg.shape, (len(vectors), 8))


@pytest.mark.parametrize("kind", ["plain", "subwords"])
def test_the_vectors_are_those_of_fasttext(made, kind):
    model, ours = fasttext.load_model(str(made / kind)), WordVectors.of(fasttextfile.read(made / kind))
    words = [*model.get_words(), *UNKNOWN]
    expected = np.array([raw(model, word) for word in words])
    assert np.allclose(ours.vectors(words), expected, atol=1e-6)
    assert ours.vector("cafés").any() == (kind == "subwords")


def test_a_file_is_written_back_byte_for_byte(made, tmp_path):
    for name in ("plain", "subwords", "classifier", "ova"):
        file = fasttextfile.read(made / name)
        words, labels = Dictionary(file.words, file.counts), Dictionary(file.labels, file.label_counts)
        fasttextfile.write(tmp_path / "again", words, labels, file.input, file.output, file.arguments)

        assert (tmp_path / "again").read_bytes() == (made / name).read_bytes()


def test_a_classifier_is_read(made):
    file = fasttextfile.read(made / "classifier")
    assert file.arguments.model == SUPERVISED
    assert sorted(file.labels) == ["__label__bad", "__label__good", "__label__so-so"]
    assert file.arguments.word_ngrams == 2
    assert "wonderful" in file.words
    assert file.input.shape == (len(file.words) + 1000, 8)
    with pytest.raises(ValueError, match="read-only"):
        file.input[0] = 0
    with pytest.raises(UserError, match="is a text classifier"):
        WordVectors.of(file)


def test_a_quantised_classifier_is_read(made):
    file = fasttextfile.read(made / "quantised")
    assert len(file.input) == len(file.words) + 1000
    assert len(file.labels) == 3
    vectors = replace(file, arguments=replace(file.arguments, model=1))
    with pytest.raises(UserError, match="is quantised"):
        WordVectors.of(vectors)


def test_no_subwords_without_rows_for_them(made):
    file = fasttextfile.read(made / "plain")
    claims = replace(file, arguments=replace(file.arguments, minn=3, maxn=6, bucket=2_000_000))
    assert not WordVectors.of(claims).vector("cafés").any()


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.03, 0.1, 0.5, 0.99, 0.9999])
@pytest.mark.parametrize("kind", ["subwords", "classifier"])
def test_a_truncated_file(made, tmp_path, kind, share):
    content = (made / kind).read_bytes()
    path = tmp_path / "vectors.bin"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UserError, match=r"vectors.bin is (damaged|empty)"):
        fasttextfile.read(path)


@pytest.mark.parametrize(
    ("place", "form", "value", "sentence"),
    [
        (0, "<i", 7, "it begins with 7, not 793712314"),
        (4, "<i", 13, "fastText's format version 13"),
        (8, "<i", 9, "is damaged: a matrix is"),
        (8, "<i", -1, "is damaged: it claims"),
        (64, "<i", 10, "is damaged: it claims that 10 entries"),
        (68, "<i", -3, "is damaged: it claims"),
    ],
)
def test_a_damaged_file(made, tmp_path, place, form, value, sentence):
    content = bytearray((made / "plain").read_bytes())
    struct.pack_into(form, content, place, value)
    path = tmp_path / "vectors.bin"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        fasttextfile.read(path)
    assert sentence in str(error.value)


def test_buckets_that_do_not_fit(made):
    file = fasttextfile.read(made / "subwords")
    with pytest.raises(UserError, match="and 400 buckets"):
        WordVectors.of(replace(file, arguments=replace(file.arguments, bucket=400)))


@pytest.mark.parametrize("word", ["", "two words", "tab\t", "nul\0", "line\n"])
def test_a_word_that_no_dictionary_can_hold(tmp_path, word):
    matrix = np.zeros((1, 2), np.float32)
    with pytest.raises(UserError, match="cannot be in a dictionary"):
        fasttextfile.write(tmp_path / "x", Dictionary([word], [1]), NONE, matrix, matrix, Arguments(dim=2))


def test_matrices_of_another_shape(tmp_path):
    matrix = np.zeros((1, 2), np.float32)
    with pytest.raises(ValueError, match="the matrices are"):
        fasttextfile.write(tmp_path / "x", Dictionary(["a"], [1]), NONE, matrix, matrix, Arguments(dim=2, bucket=5))


def test_text_vectors_are_read(tmp_path, word2vec):
    path = tmp_path / "vectors.txt"
    word2vec.wv.save_word2vec_format(str(path))
    ours = WordVectors.read_text(path)
    words = word2vec.wv.index_to_key
    assert np.array_equal(ours.vectors([*words, "unknown"])[:-1], word2vec.wv[words])
    assert not ours.vector("unknown").any()
    assert "unknown" not in ours
    assert words[0] in ours


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "its first line must be a count and a dimension"),
        ("two 2\n", "its first line must be"),
        ("1 0\na\n", "its first line must be"),
        ("9 300\na 1\n", "too short for 9 vectors of 300 numbers"),
        ("2 2\na 1 2\nb 1\n", "line 3 is not a word and 2 numbers"),
        ("2 2\na 1 2\nb 1 2 3\n", "line 3 is not a word and 2 numbers"),
        ("2 2\na 1 2\nb 1 x\n", "line 3 is not a word and 2 numbers"),
        ("2 2\na 1 2.0000000000000000000\n", "line 3 is not a word and 2 numbers"),
    ],
)
def test_text_vectors_that_are_none(tmp_path, content, sentence):
    path = tmp_path / "vectors.txt"
    path.write_text(content)
    with pytest.raises(UserError) as error:
        WordVectors.read_text(path)
    assert sentence in str(error.value)


def test_a_trailing_space_is_as_fasttext_writes_it(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("1 2\nfilm 0.5 -1 \n")
    assert WordVectors.read_text(path).vector("film").tolist() == [0.5, -1.0]


def test_a_word_longer_than_any_piece(made):
    model, ours = fasttext.load_model(str(made / "subwords")), WordVectors.of(fasttextfile.read(made / "subwords"))
    word = "wonderful" * 500
    assert np.allclose(ours.vector(word), raw(model, word), atol=1e-6)
