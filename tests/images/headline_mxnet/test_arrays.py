import numpy as np
import pytest
from headline_mxnet import arrays
from headline_mxnet.padded import Padded
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordError
from smcontract.training.job import Channel, Job, Resources

X = np.array([[0, 0, 3], [0, 1, 2], [4, 2, 1], [0, 0, 1]], np.int32)
Y = np.array([0, 2, 0, 2])
MATRIX = np.arange(15, dtype=np.float64).reshape(5, 3) / 8
SETTINGS = {"embedding_dim": None, "vocab_size": None, "num_classes": None, "validation_fraction": 0.0, "seed": 0}


class Channels:
    """Channels in a folder, filled with .npy files."""

    def __init__(self, folder):
        self.folder = folder
        self.names = set()

    def put(self, channel, **files):
        (self.folder / channel).mkdir(exist_ok=True)
        self.names.add(channel)
        for name, content in files.items():
            path = self.folder / channel / f"{name.replace('matrix', 'docs-embedding-matrix')}.npy"
            path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)

    def read(self, **settings):
        channels = {name: Channel(name, self.folder / name) for name in sorted(self.names)}
        job = Job(channels, Resources("algo-1", ("algo-1",)))
        return arrays.read(job, SETTINGS | settings, 1)


@pytest.fixture
def channels(tmp_path):
    return Channels(tmp_path)


@pytest.fixture
def lab(channels):
    channels.put("train", train_X=X, train_Y=Y)
    channels.put("test", test_X=X[:2], test_Y=Y[:2])
    channels.put("embeddings", matrix=MATRIX)
    return channels


def refused(channels, **settings):
    with pytest.raises(UserError) as error:
        channels.read(**settings)
    return str(error.value)


def test_the_labs_channels_are_read(lab, caplog):
    caplog.set_level("INFO")
    prepared = lab.read(embedding_dim=3)
    assert prepared.data.keys() == {"train", "test"}
    assert prepared.data["train"].ids.tolist() == X.tolist()
    assert prepared.data["train"].ids.dtype == prepared.data["train"].labels.dtype == np.int32
    assert prepared.data["train"].labels.tolist() == [0, 1, 0, 1]
    assert prepared.data["test"].labels.tolist() == [0, 1]
    assert prepared.labels == ("0", "2")
    assert prepared.vectors.dtype == np.float32
    assert np.array_equal(prepared.vectors, MATRIX)
    assert prepared.encoder == Padded(5, 3)
    assert prepared.golden == [[0, 0, 3], [0, 1, 2]]
    assert 'train: 4 records, 2 "0", 2 "2"' in caplog.text


def test_one_channel_may_hold_everything(lab, tmp_path):
    other = Channels(tmp_path / "other")
    other.folder.mkdir()
    other.put("train", train_X=X, train_Y=Y, test_X=X[:2], test_Y=Y[:2], matrix=MATRIX)
    split, whole = lab.read(), other.read()
    assert np.array_equal(split.vectors, whole.vectors)
    assert split.golden == whole.golden
    for name in ("train", "test"):
        assert np.array_equal(split.data[name].ids, whole.data[name].ids)
        assert np.array_equal(split.data[name].labels, whole.data[name].labels)


def test_every_channel_may_hold_everything(channels):
    for name in ("train", "test", "embeddings"):
        channels.put(name, train_X=X, train_Y=Y, test_X=X[:2], test_Y=Y[:2], matrix=MATRIX)
    assert len(channels.read().data["test"].labels) == 2


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, np.float64, ">i4"])
@pytest.mark.parametrize("labels", [Y, Y[:, None], np.eye(3)[Y], np.eye(3, dtype=np.int8)[Y]])
def test_integers_in_any_form_and_one_hot_labels_are_the_same(channels, kind, labels):
    channels.put("train", train_X=np.asfortranarray(X.astype(kind)), train_Y=labels.astype(kind))
    data = channels.read().data["train"]
    assert data.ids.tolist() == X.tolist()
    assert data.labels.tolist() == [0, 1, 0, 1]


def test_without_a_matrix_the_train_data_say_how_many_ids_there_are(channels):
    channels.put("train", train_X=X, train_Y=Y)
    prepared = channels.read()
    assert prepared.vectors is None
    assert prepared.encoder == Padded(5, 3)


def test_the_workshops_script_was_told_how_many_ids_and_labels_there_are(channels):
    channels.put("train", train_X=X, train_Y=Y)
    assert channels.read(vocab_size=9, num_classes=3).encoder == Padded(9, 3)
    assert "num_classes is 2, but train_Y.npy has the label 2" in refused(channels, num_classes=2)
    assert "train_X.npy[2, 0] is 4: the embedding has rows 0 to 3" in refused(channels, vocab_size=4)
    channels.put("embeddings", matrix=MATRIX)
    assert channels.read(vocab_size=5).encoder == Padded(5, 3)
    assert "vocab_size is 6, but the embedding matrix has 5 rows" in refused(channels, vocab_size=6)


def test_the_embeddings_channel_may_hold_a_matrix_of_another_name(channels):
    channels.put("train", train_X=X, train_Y=Y)
    channels.put("embeddings", glove=MATRIX)
    assert np.array_equal(channels.read().vectors, MATRIX)


def test_a_part_is_held_back_but_never_all_of_a_label(channels):
    labels = np.array([*[0, 1] * 100, 2])
    channels.put("train", train_X=np.repeat(np.arange(201)[:, None], 3, axis=1), train_Y=labels)
    data = channels.read(validation_fraction=0.5).data
    train, validation = data["train"], data["validation"]
    assert sorted([*train.ids[:, 0], *validation.ids[:, 0]]) == list(range(201))
    assert len(validation.labels) in (99, 100)  # 99 where the only row of label 2 was drawn and given back
    assert set(train.labels) == {0, 1, 2}
    for part in (train, validation):
        assert part.labels.tolist() == labels[part.ids[:, 0]].tolist()
    assert np.array_equal(channels.read(validation_fraction=0.5).data["validation"].ids, validation.ids)
    assert np.array_equal(channels.read(validation_fraction=0.9, seed=1).data["train"].labels[-1:], [2])


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"train_X": X[:3]}, "train_X.npy has 3 rows, train_Y.npy 4: give a label for each row"),
        ({"train_X": X.ravel()}, "train_X.npy has the shape (12,): it must be (rows, words per row)"),
        ({"train_X": X[:, :, None]}, "train_X.npy has the shape (4, 3, 1)"),
        ({"train_X": X[:0]}, "train_X.npy has the shape (0, 3)"),
        ({"train_X": np.array([[0, 1.5, 2]] * 4)}, "train_X.npy[0, 1] is 1.5: a word id must be an integer"),
        ({"train_X": np.array([[0, 1, np.nan]] * 4)}, "train_X.npy[0, 2] is nan: a word id must be an integer"),
        ({"train_X": np.array([[0, 1, np.inf]] * 4)}, "train_X.npy[0, 2] is inf: a word id must be an integer"),
        ({"train_X": X - 1}, "train_X.npy[0, 0] is -1: the embedding has rows 0 to 4"),
        ({"train_X": X + 1}, "train_X.npy[2, 0] is 5: the embedding has rows 0 to 4"),
        ({"train_X": X.astype(np.uint64) + 2**63}, "is 9223372036854775808: the embedding has rows 0 to 4"),
        ({"train_X": X.astype(object)}, "train_X.npy cannot be read as an array of numbers"),
        ({"train_X": X.astype(bool)}, "train_X.npy holds bool"),
        ({"train_X": X.astype(str)}, "train_X.npy holds <U"),
        ({"train_X": b"1,2,3\n"}, "train_X.npy cannot be read as an array of numbers"),
        ({"train_X": b"\x93NUMPY\x01\x00"}, "train_X.npy cannot be read as an array of numbers"),
        ({"train_Y": Y[:, None, None]}, "train_Y.npy has the shape (4, 1, 1)"),
        ({"train_Y": np.array(3)}, "train_Y.npy has the shape ()"),
        ({"train_Y": np.ones((4, 2))}, "train_Y.npy[0] is not one-hot"),
        ({"train_Y": np.eye(4)[:, :3]}, "train_Y.npy[3] is not one-hot"),
        ({"train_Y": np.eye(4) * 2}, "train_Y.npy[0] is not one-hot"),
        ({"train_Y": np.full((4, 2), np.nan)}, "train_Y.npy[0] is not one-hot"),
        ({"train_Y": Y + 0.5}, "train_Y.npy[0] is 0.5: a label must be an integer"),
        ({"train_Y": Y - 1}, "train_Y.npy[0] is -1: a label must be from 0"),
        ({"train_Y": Y * 0 + 1}, "all 4 rows to train on have the label 1: give at least two labels"),
        ({"test_X": X[:, :2], "test_Y": Y}, "test_X.npy has 2 words a row, train_X.npy 3: pad both alike"),
        ({"test_X": X + 1, "test_Y": Y}, "test_X.npy[2, 0] is 5: the embedding has rows 0 to 4"),
        ({"test_X": X, "test_Y": Y + 1}, "test_Y.npy has the label 1, which the training data do not have"),
        ({"test_X": X}, "test_Y.npy is missing beside test_X.npy: give both"),
        ({"validation_Y": Y}, "validation_X.npy is missing beside validation_Y.npy: give both"),
        ({"matrix": MATRIX[0]}, "docs-embedding-matrix.npy has the shape (3,): it must be a matrix"),
        ({"matrix": MATRIX * np.nan}, "docs-embedding-matrix.npy[0, 0] is nan, not a finite 32-bit number"),
        ({"matrix": MATRIX * 1e40}, "docs-embedding-matrix.npy[0, 1] is 1.25e+39, not a finite 32-bit number"),
        ({"matrix": MATRIX.astype(object)}, "docs-embedding-matrix.npy cannot be read as an array of numbers"),
    ],
)
def test_bad_arrays_are_refused_in_a_sentence(channels, files, sentence):
    channels.put("train", **({"train_X": X, "train_Y": Y, "matrix": MATRIX} | files))
    assert sentence in refused(channels)


def test_pickles_are_never_run(channels, tmp_path):
    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    channels.put("train", train_X=np.array([[Harmful()]]), train_Y=Y)
    (tmp_path / "harm").unlink(missing_ok=True)  # numpy.save is not what is tested
    refused(channels)
    assert not (tmp_path / "harm").exists()


def test_channels_without_their_files_are_refused(lab):
    lab.put("validation", other=X)
    assert 'channel "validation" holds neither validation_X.npy nor validation_Y.npy' in refused(lab)
    (lab.folder / "validation" / "other.npy").unlink()
    lab.put("validation", validation_X=X, validation_Y=Y)
    assert "both validation_X.npy and validation_fraction are given" in refused(lab, validation_fraction=0.5)
    assert len(lab.read().data["validation"].labels) == 4


def test_labels_without_word_numbers_are_refused(lab):
    (lab.folder / "train" / "train_X.npy").unlink()
    assert "train_X.npy is missing beside train_Y.npy: give both" in refused(lab)


def test_other_mistakes_are_named(lab):
    assert "has 3 columns, embedding_dim is 100: leave it out" in refused(lab, embedding_dim=100)
    assert "validation_fraction 1e-09 of 4 rows holds back no rows" in refused(lab, validation_fraction=1e-9)
    (lab.folder / "embeddings" / "docs-embedding-matrix.npy").rename(lab.folder / "embeddings" / "vectors.txt")
    assert 'channel "embeddings" holds ["vectors.txt"]: input arrays needs one .npy matrix' in refused(lab)


def test_train_without_arrays_and_doubled_files_are_refused(channels):
    channels.put("test", test_X=X, test_Y=Y)
    assert 'channel "train" is missing' in refused(channels)
    channels.put("train", matrix=MATRIX)
    assert 'channel "train" holds neither train_X.npy nor train_Y.npy' in refused(channels)
    (channels.folder / "train" / "again").mkdir()
    channels.put("train", train_X=X, train_Y=Y)
    np.save(channels.folder / "train" / "again" / "train_X.npy", X)
    assert 'channel "train" holds 2 files called train_X.npy: keep one' in refused(channels)


def test_an_id_that_no_embedding_could_have_is_refused_without_a_matrix(channels):
    channels.put("train", train_X=X.astype(np.int64) + 2**40, train_Y=Y)
    assert "an embedding cannot have that many rows" in refused(channels)


def test_records_become_rows():
    records = Padded(5, 3).records
    read = [
        records.from_json([0, 4, 1.0]),
        records.from_json({"features": [0, 4, 1], "id": "a"}),
        records.from_csv(["0", " 4", "1.000e+00"]),
        records.from_line("0 4  1"),
    ]
    assert read == [[0, 4, 1]] * 4
    assert all(type(number) is int for row in read for number in row)
    ids = Padded(5, 3).ids(read)
    assert ids.dtype == np.int32
    assert ids.tolist() == read
    assert Padded(5, 3).ids([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([0, 1], "the row has 2 word ids, the model takes 3; pad or cut it as the training data were"),
        ([0, 1, 2, 3], "the row has 4 word ids, the model takes 3"),
        ([], "the row has 0 word ids"),
        ([0, 1, 5], "word id 3 is 5, the model knows 0 to 4"),
        ([0, -1, 2], "word id 2 is -1, the model knows 0 to 4"),
        ([10**400, 1, 2], "the model knows 0 to 4"),
        ([0.5, 1, 2], "word id 1 is 0.5; it must be an integer"),
        ([float("nan"), 1, 2], "word id 1 is NaN; it must be an integer"),
        ([float("inf"), 1, 2], "word id 1 is Infinity; it must be an integer"),
        ([True, 1, 2], "word id 1 is true; it must be an integer"),
        ([None, 1, 2], "word id 1 is null; it must be an integer"),
        (["1", 1, 2], 'word id 1 is "1"; it must be an integer'),
        ([[1], 1, 2], "word id 1 is an array; it must be an integer"),
        ("a headline", 'an array of 3 word ids, not "a headline"'),
        ({"text": "x"}, 'the object has no key "features", only ["text"]'),
        ({"features": {}}, "an array of 3 word ids, not an object"),
        ({"features": [0, 1, 2], "k": 2}, 'put "k" once beside "instances"'),
        ({"features": [0, 1, 2], "explain": True}, 'put "explain" once beside "instances"'),
    ],
)
def test_bad_json_records_are_refused(value, sentence):
    with pytest.raises(RecordError) as error:
        Padded(5, 3).records.from_json(value)
    assert sentence in str(error.value)


@pytest.mark.parametrize("cell", ["", "x", "1_0", "0x1", "nan", "1e999", "-1", "5", "0.5", "9" * 5000, "1 2"])
def test_bad_cells_are_refused(cell):
    with pytest.raises(RecordError, match=r"is not a number|it must be an integer|the model knows 0 to 4"):
        Padded(5, 3).records.from_csv(["0", cell, "1"])


def test_blank_rows_and_lines_are_refused():
    for read in (Padded(5, 3).records.from_csv, Padded(5, 3).records.from_line):
        with pytest.raises(RecordError, match="the row has 0 word ids"):
            read([] if read.__name__ == "from_csv" else "")


def test_the_manifest_holds_all_of_the_encoder(tmp_path):
    Padded(5, 3).save(tmp_path)
    assert not list(tmp_path.iterdir())
    loaded = Padded.load(tmp_path, Manifest("i", "1", settings={"n_ids": 5, "max_length": 3}))
    assert loaded == Padded(5, 3)
    assert len({loaded.fingerprint, Padded(6, 3).fingerprint, Padded(5, 4).fingerprint}) == 3


@pytest.mark.parametrize("settings", [{}, {"n_ids": "5", "max_length": 3}, {"n_ids": 5, "max_length": 0}])
def test_a_manifest_without_the_numbers_is_refused(tmp_path, settings):
    with pytest.raises(UserError, match="which are not two positive integers: train the model again"):
        Padded.load(tmp_path, Manifest("i", "1", settings=settings))
