import json
import logging
import multiprocessing
import shutil
import struct
from pathlib import Path

import pytest
from blazingtext_client import IMAGE
from blazingtext_client.fasttextfile import SUPERVISED
from blazingtext_client.model import load
from blazingtext_client.records import Sentence, Sentences, Words
from smcontract import manifest
from smcontract.errors import AlgorithmError, UserError
from smcontract.manifest import Manifest
from smcontract.serving.handler import check_golden


def ours(folder, made, name, golden=None):
    """An artefact with a manifest, as training leaves it."""
    shutil.copy(made / name, folder / ("model.bin" if name == "classifier" else "vectors.bin"))
    record = "a wonderful film" if name == "classifier" else "film"
    model = load(folder)
    golden = golden or [{"record": record, "prediction": model.predict([model.records.from_json(record)])[0]}]
    manifest.write(folder, Manifest(IMAGE, "1", labels=model.manifest.labels, golden=tuple(golden)))
    return load(folder)


@pytest.mark.parametrize("name", ["plain", "subwords", "classifier"])
def test_an_artefact_of_ours(folder, made, client, name):
    model = ours(folder, made, name)
    assert model.manifest.files
    assert client().get("/ping").status_code == 200


def test_golden_records_that_are_answered_otherwise(folder, made, client):
    ours(folder, made, "plain", [{"record": "film", "prediction": {"vector": [9.0] * 8, "word": "film"}}])
    with pytest.raises(AlgorithmError, match="golden record 1"):
        client()


def test_a_changed_file_is_refused(folder, made):
    ours(folder, made, "plain")
    shutil.copy(made / "subwords", folder / "vectors.bin")
    with pytest.raises(UserError, match="has changed since training"):
        load(folder)


def test_the_artefact_of_another_image(folder, made):
    shutil.copy(made / "plain", folder / "vectors.bin")
    manifest.write(folder, Manifest("xgboost-sentiment", "1"))
    with pytest.raises(UserError, match="serve it there"):
        load(folder)


@pytest.mark.parametrize("name", ["plain", "subwords", "classifier", "ova", "quantised"])
@pytest.mark.parametrize("as_file", ["vectors.bin", "model.bin"])
def test_a_foreign_artefact_is_served_and_the_log_says_so(folder, made, caplog, name, as_file):
    shutil.copy(made / name, folder / as_file)
    (folder / "eval.json").write_text("{}")
    with caplog.at_level(logging.INFO):
        model = load(folder)
    assert "has no manifest.json" in caplog.text
    assert model.manifest.golden == ()
    words = name in {"plain", "subwords"}
    assert isinstance(model.records, Words)
    assert isinstance(model.records, Sentences) != words
    assert len(model.manifest.labels) == (0 if words else 3)
    assert model.predict(["film"] if words else [Sentence("film")])


def test_vectors_in_both_forms_are_read_from_the_bin_file(folder, made, word2vec):
    shutil.copy(made / "subwords", folder / "vectors.bin")
    (folder / "vectors.txt").write_text("not read")
    assert any(load(folder).predict(["films"])[0]["vector"])


def test_text_alone_is_served(folder, word2vec, client):
    word2vec.wv.save_word2vec_format(str(folder / "vectors.txt"))
    body, headers = json.dumps({"instances": ["film"]}), {"Content-Type": "application/json"}
    [answer] = client().post("/invocations", body, headers).json
    assert answer == {"vector": word2vec.wv["film"].tolist(), "word": "film"}


def test_vectors_that_are_not_finite(folder):
    (folder / "vectors.txt").write_text("2 2\nfilm 1 2\nplot 1 nan\n")
    model = load(folder)
    assert model.predict(["film"]) == [{"vector": [1.0, 2.0], "word": "film"}]
    with pytest.raises(AlgorithmError, match='the vector of "plot" is not finite'):
        model.predict(["film", "plot"])


def test_a_folder_without_a_model(folder):
    with pytest.raises(UserError, match=r"neither vectors.bin nor model.bin nor vectors.txt"):
        load(folder)


def test_a_folder_with_two_models(folder, made):
    shutil.copy(made / "plain", folder / "vectors.bin")
    shutil.copy(made / "classifier", folder / "model.bin")
    with pytest.raises(UserError, match=r"both vectors.bin and model.bin"):
        load(folder)


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_a_damaged_classifier(folder, made, share):
    content = (made / "quantised").read_bytes()
    (folder / "model.bin").write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"model\.bin"):
        load(folder)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [(40, 2000, "rows of 8 numbers"), (68, 0, "is damaged"), (32, 9, "there is no loss 9")],
)
def test_a_classifier_whose_numbers_do_not_fit(folder, made, place, value, sentence):
    content = bytearray((made / "classifier").read_bytes())
    struct.pack_into("<i", content, place, value)
    (folder / "model.bin").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        load(folder)


def test_a_classifier_without_labels(folder, made):
    content = bytearray((made / "plain").read_bytes())
    struct.pack_into("<i", content, 36, SUPERVISED)
    (folder / "model.bin").write_bytes(content)
    with pytest.raises(UserError, match="without labels"):
        load(folder)


def threads():
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.parametrize("name", ["classifier", "subwords"])
def test_loading_starts_no_thread(folder, made, name):
    shutil.copy(made / name, folder / "model.bin")
    before = threads()
    load(folder)
    assert threads() == before


def _predict(model, results):
    results.put(model.predict([Sentence("a wonderful film", 3)] * 100))


def test_a_loaded_classifier_answers_in_forked_workers(folder, made):
    shutil.copy(made / "classifier", folder / "model.bin")
    model = load(folder)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_predict, args=(model, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert answers == [model.predict([Sentence("a wonderful film", 3)] * 100)] * 2


def test_golden_records_are_what_a_json_request_holds(folder, made):
    model = ours(folder, made, "classifier", [
        {"record": {"source": "a film", "k": 2}, "prediction": {"prob": [0.0], "label": ["__label__good"]}},
    ])  # fmt: skip
    with pytest.raises(AlgorithmError, match="golden record 1"):
        check_golden(model.manifest, lambda rows: model.predict([model.records.from_json(row) for row in rows]))
    assert json.loads((folder / "manifest.json").read_text())["image"] == IMAGE
