import gzip
import io
import tarfile

import numpy as np
import pytest
from headline_mxnet import vectors
from smcontract.errors import UserError
from smcontract.training.job import Channel
from textprep.errors import DataError

TEXT = b"4 2\ngood 0.5 -1\nrare 9 9\nfilm 2 3\nother 8 8\n"
WORDS = ("film", "unheard", "good")


@pytest.fixture
def channel(tmp_path):
    return Channel("embeddings", tmp_path)


def put(channel, **files):
    for name, content in files.items():
        path = channel.folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def tar(**members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))
    return file.getvalue()


MATRIX = npy(np.array([[0.5, -1], [9, 9], [2, 3], [8, 8]]))
FORMS = [
    {"vectors_txt": TEXT},
    {"wiki_vec": TEXT + b"\n\n"},
    {"model_tar_gz": tar(vectors_bin=bytes(5000), vectors_txt=TEXT, eval_json=b"{}")},
    {"model_tgz": tar(**{".__vectors_txt": TEXT})},
    {"m_npy": MATRIX, "words_txt": b"good\nrare\nfilm\nother\n"},
    {"m_npy": npy(np.array([[0.5, -1], [2, 3]], "<f8", order="F")), "words_txt": b"good\r\nfilm\r\n"},
    {"m_npy": npy(np.array([[1, -1], [2, 3]])), "words_txt": b"x\nfilm"},
]


@pytest.mark.parametrize("files", [*FORMS[:6], {"wiki_vec_gz": gzip.compress(TEXT)}])
def test_every_form_gives_the_vectors_of_the_words(channel, files, caplog):
    caplog.set_level("INFO")
    put(channel, **files)
    matrix = vectors.read(channel, WORDS, 2)
    assert matrix.dtype == np.float32
    assert matrix.shape == (3, 2)
    assert matrix[[0, 2]].tolist() == [[2, 3], [0.5, -1]]
    assert "embeddings: vectors for 2 of 3 words" in caplog.text


def test_a_matrix_of_integers_is_read(channel):
    put(channel, **FORMS[6])
    assert vectors.read(channel, WORDS)[0].tolist() == [2, 3]


def test_words_without_a_vector_start_small_and_unlike_each_other_and_the_same_for_a_seed(channel):
    put(channel, vectors_txt=TEXT)
    words = ("film", *(f"unheard{n}" for n in range(50)))
    matrix = vectors.read(channel, words, seed=1)
    assert 0 < np.abs(matrix[1:]).max() <= vectors.SPREAD
    assert len(np.unique(matrix[1:], axis=0)) == 50
    assert np.array_equal(vectors.read(channel, words, seed=1), matrix)
    assert not np.array_equal(vectors.read(channel, words, seed=2), matrix)


@pytest.mark.parametrize("files", FORMS[:6])
def test_another_dimension_is_refused(channel, files):
    put(channel, **files)
    with pytest.raises(UserError, match=r"holds vectors of 2 dimensions, embedding_dim is 100: leave it out, or give"):
        vectors.read(channel, WORDS, 100)


@pytest.mark.parametrize("files", FORMS[:6])
def test_vectors_of_other_words_only_are_refused(channel, files):
    put(channel, **files)
    with pytest.raises(UserError, match=r"has none of the 1 words of the training data among its [24]: give vectors"):
        vectors.read(channel, ("unheard",), 2)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a_txt": TEXT, "b_txt": TEXT}, 'channel "embeddings" holds ["a.txt", "b.txt"]: it must hold one file'),
        ({"vectors_bin": b"x"}, 'holds ["vectors.bin"], which has an unknown extension: give word2vec text'),
        ({"m_npy": MATRIX}, 'holds ["m.npy"]: a matrix needs words.txt beside it'),
        ({"m_npy": MATRIX, "a_txt": b"x"}, 'holds ["a.txt", "m.npy"]: a matrix needs words.txt beside it'),
        ({"m_npy": MATRIX, "n_npy": MATRIX, "words_txt": b"x"}, "a matrix needs words.txt beside it"),
        ({"m_npy": MATRIX, "words_txt": b"x", "sub__words_txt": b"x"}, "a matrix needs words.txt beside it"),
        ({"m_npy": MATRIX, "words_txt": b"good\nfilm\n"}, "m.npy has 4 rows, words.txt 2 words"),
        ({"m_npy": MATRIX, "words_txt": b"good\n\nfilm\n"}, "2 words: give a word for each row"),
        ({"m_npy": MATRIX, "words_txt": b"a\nb\na\nc\n"}, 'words.txt holds "a" twice'),
        ({"m_npy": npy(np.zeros(3)), "words_txt": b"a\nb\nc\n"}, "m.npy has the shape (3,)"),
        ({"m_npy": npy(np.zeros((0, 3))), "words_txt": b"a\n"}, "m.npy has the shape (0, 3)"),
        ({"m_npy": npy(np.array([[1, np.nan]])), "words_txt": b"film\n"}, "rows of known words[0, 1] is nan"),
        ({"m_npy": npy(np.array([[1, 1e39]])), "words_txt": b"film\n"}, "[0, 1] is 1e+39, not a finite 32-bit number"),
        ({"m_npy": npy(np.array([["a"]])), "words_txt": b"film\n"}, "m.npy holds <U1"),
        ({"m_npy": npy(np.array([[{}]])), "words_txt": b"film\n"}, "m.npy cannot be read as an array of numbers"),
        ({"m_npy": MATRIX[:-1], "words_txt": b"film\n"}, "m.npy cannot be read as an array of numbers"),
        ({"m_npy": b"\x80\x04K\x01.", "words_txt": b"film\n"}, "m.npy cannot be read as an array of numbers"),
        ({"model_tar_gz": b"x"}, "model.tar.gz cannot be read as a tar.gz archive"),
        ({"model_tar_gz": FORMS[2]["model_tar_gz"][:90]}, "model.tar.gz cannot be read as a tar.gz archive"),
        (
            {"model_tar_gz": tar(model_bin=b"x")},
            "model.tar.gz does not contain vectors.txt: give the model of a BlazingText job",
        ),
        ({"model_tar_gz": tar(sub__vectors_txt=TEXT)}, "model.tar.gz does not contain vectors.txt"),
        ({"model_tar_gz": tar(vectors_txt=None)}, "model.tar.gz does not contain vectors.txt"),
        ({}, 'channel "embeddings" holds no data'),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(channel, files, sentence):
    put(channel, **files)
    with pytest.raises(UserError) as error:
        vectors.read(channel, WORDS)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"vectors_txt": TEXT[4:]}, "vectors.txt line 1 is 'good 0.5 -1'"),
        ({"vectors_txt": TEXT.replace(b" 3", b"")}, "vectors.txt line 4: 1 numbers after the word 'film'"),
        ({"vectors_txt": TEXT.replace(b"other", b"good")}, "vectors.txt line 5: the word 'good' occurs here again"),
        ({"vectors_txt": TEXT.replace(b"8 8", b"8 nan")}, "vectors.txt line 5: 'nan' is not a finite number"),
        ({"model_tar_gz": tar(vectors_txt=TEXT[:-1] + b"\nx 1 1")}, "model.tar.gz: vectors.txt line 6"),
    ],
)
def test_a_bad_line_is_named(channel, files, sentence):
    put(channel, **files)
    with pytest.raises(DataError) as error:
        vectors.read(channel, WORDS)
    assert sentence in str(error.value)


def test_nothing_is_unpacked(channel, monkeypatch, tmp_path):
    put(channel, model_tar_gz=FORMS[2]["model_tar_gz"])
    monkeypatch.chdir(tmp_path)
    vectors.read(channel, WORDS)
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]


@pytest.mark.parametrize(
    ("words", "row"), [(["x", "cafe\u0301"], 1), (["cafe\u0301", "caf\xe9"], 1), (["caf\xe9", "cafe\u0301"], 0)]
)
def test_words_are_matched_in_the_normal_form_of_tokens(channel, words, row):
    array = np.array([[1, 2], [3, 4]])
    put(channel, m_npy=npy(array), words_txt="\n".join(words).encode())
    assert vectors.read(channel, ["caf\xe9"]).tolist() == [array[row].tolist()]
    for name in ("m.npy", "words.txt"):
        (channel.folder / name).unlink()
    put(channel, v_txt="2 2\n{} 1 2\n{} 3 4\n".format(*words).encode())
    assert vectors.read(channel, ["caf\xe9"]).tolist() == [array[row].tolist()]


SHAPE = b"{'descr': '<f4', 'fortran_order': False, 'shape': "


@pytest.mark.parametrize(
    "header",
    [b"(" * 9000, b"{'descr': 'a", b'{"a": """', b"[" * 150 + b"]" * 150, b"-" * 9000 + b"1", b"1" * 5000, b"  1\n 2",
     b"{'a': \x00}", b"\\", SHAPE + b"(" + b"9" * 4301 + b",)}", SHAPE + b"(9L" + b"9" * 4301 + b",)}",
     SHAPE + b"(-1,)}", SHAPE + b"(10**99,)}", SHAPE + b"(" + b"9" * 30 + b",)}"],
)  # fmt: skip
def test_a_strange_header_is_refused_in_a_sentence(channel, header):
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    put(channel, m_npy=content, words_txt=b"film\n")
    with pytest.raises(UserError, match=r"cannot be read as an array of numbers"):
        vectors.read(channel, WORDS)
