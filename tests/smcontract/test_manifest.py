import json

import pytest
from smcontract import manifest
from smcontract.errors import AlgorithmError, UserError
from smcontract.manifest import Manifest

PREDICTION = {"label": "pos", "score": 0.75, "probabilities": {"neg": 0.25, "pos": 0.75}}
MANIFEST = Manifest(
    image="tiny",
    version="1.2.0",
    fingerprint="ab12",
    labels=("neg", "pos"),
    settings={"eta": 0.5},
    libraries={"numpy": "1.26.4"},
    metrics={"validation:accuracy": 0.9},
    golden=({"record": "good film", "prediction": PREDICTION},),
)


@pytest.fixture
def model(tmp_path):
    """A folder with a whole model of two files."""
    (tmp_path / "model.ubj").write_bytes(b"trees")
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "vocabulary.txt").write_text("film\t2\n")
    manifest.write(tmp_path, MANIFEST)
    return tmp_path


def edit(model, **changes):
    path = model / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_is_written_is_read(model):
    read = manifest.read(model, image="tiny")
    assert {name: entry["size"] for name, entry in read.files.items()} == {"model.ubj": 5, "pipeline/vocabulary.txt": 7}
    assert Manifest(**{**vars(read), "files": {}}) == MANIFEST


def test_a_manifest_of_format_1_is_read(model):
    edit(model, format=1)
    assert manifest.read(model, image="tiny").format == 1


def test_hidden_files_do_not_belong_to_the_model(model):
    (model / ".staged-1").mkdir()
    (model / ".staged-1" / "half").write_text("x")
    (model / ".DS_Store").write_text("x")
    assert len(manifest.read(model).files) == 2


def test_what_the_sdk_leaves_beside_a_model_may_stay(model):
    (model / "model.tar.gz").write_bytes(b"packed")
    (model / "output.tar.gz").write_bytes(b"packed")
    (model / "code").mkdir()
    (model / "code" / "train.py").write_text("")
    assert len(manifest.read(model, image="tiny").files) == 2
    (model / "pipeline" / "model.tar.gz").write_bytes(b"packed")
    with pytest.raises(UserError, match=r"remove pipeline/model\.tar\.gz"):
        manifest.read(model)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda model: (model / "manifest.json").unlink(), "does not contain manifest.json"),
        (lambda model: (model / "manifest.json").write_text('{"format": 1'), "is not valid JSON"),
        (lambda model: edit(model, format=0), "has format number 0, this image reads 1 and 2: train the model again"),
        (lambda model: edit(model, labels="pos"), 'is malformed: labels is "pos"'),
        (lambda model: edit(model, version=None), "is malformed: version is null"),
        (lambda model: edit(model, files={"model.ubj": "ab"}), 'is malformed: files holds "ab"'),
        (lambda model: edit(model, golden=[{"record": 1}]), "is malformed: golden holds"),
        (lambda model: edit(model, image="other"), 'trained by the image "other"'),
        (lambda model: (model / "model.ubj").unlink(), "is incomplete: model.ubj missing"),
        (lambda model: (model / "model2.ubj").write_bytes(b"trees"), "do not belong to the model: remove model2.ubj"),
        (lambda model: (model / "pipeline" / "x").write_bytes(b""), "remove pipeline/x"),
        (lambda model: (model / "model.ubj").write_bytes(b"treez"), "model.ubj has changed since training"),
        (lambda model: (model / "model.ubj").write_bytes(b"tree"), "model.ubj has changed since training"),
    ],
)
def test_a_damaged_model_is_refused(model, damage, sentence):
    damage(model)
    with pytest.raises(UserError, match=sentence):
        manifest.read(model, image="tiny")


def test_an_optional_file_may_be_missing_but_not_changed(model):
    (model / "model.ubj").write_bytes(b"treez")
    with pytest.raises(UserError, match=r"model\.ubj has changed since training"):
        manifest.read(model, optional=("model.ubj",))
    (model / "model.ubj").unlink()
    assert manifest.read(model, optional=("model.ubj",)).labels == MANIFEST.labels
    (model / "pipeline" / "vocabulary.txt").unlink()
    with pytest.raises(UserError, match=r"is incomplete: pipeline/vocabulary\.txt missing"):
        manifest.read(model, optional=("model.ubj",))


def test_the_same_scores_pass():
    manifest.check_golden(MANIFEST, lambda records: [{**PREDICTION, "score": 0.7500009}])
    manifest.check_golden(Manifest(image="tiny", version="1"), lambda records: 1 / 0)
    price = Manifest(image="tiny", version="1", golden=({"record": [1.0], "prediction": {"score": 250_000.0}},))
    manifest.check_golden(price, lambda records: [{"score": 250_000.0156}])


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [PREDICTION, PREDICTION],
        [{**PREDICTION, "label": "neg"}],
        [{**PREDICTION, "score": 0.750002}],
        [{**PREDICTION, "score": float("nan")}],
        [{**PREDICTION, "score": "0.75"}],
        [{**PREDICTION, "probabilities": {"neg": 0.25, "pos": 0.7501}}],
        [{**PREDICTION, "probabilities": {"neg": 0.25}}],
        [{**PREDICTION, "probabilities": [0.25, 0.75]}],
    ],
)
def test_other_scores_do_not(answers):
    with pytest.raises(AlgorithmError, match="golden record"):
        manifest.check_golden(MANIFEST, lambda records: answers)
