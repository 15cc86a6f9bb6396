import json

import fasttext
import numpy as np
import pytest
from blazingtext_client import wire
from smcontract import media
from smcontract.records import RecordError

from tests.texts import TEXTS

LABELS = ["__label__bad", "__label__good", "__label__so-so"]
K = '"configuration" is an object; send an object like {"k": 2}, "k" a whole number from 1'


def post(client, body, content_type=media.JSON, accept=None):
    content = json.dumps(body) if isinstance(body, dict | list) else body
    headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
    return client.post("/invocations", data=content, headers=headers)


def refused(response, sentence, status=400):
    assert response.status_code == status
    assert sentence in response.json["error"]


def engine(made, name="classifier"):
    return fasttext.load_model(str(made / name)).f


def expected(made, text, k, name="classifier"):
    """fastText's answer; of labels that are equally probable the order is its own."""
    pairs = engine(made, name).predict(text + "\n", k, 0.0, "strict")
    return {"prob": pytest.approx([pair[0] for pair in pairs], abs=1e-6), "label": [pair[1] for pair in pairs]}


def test_words_are_answered_by_a_list_of_vectors(client):
    response = post(client("plain", "vectors.bin"), {"instances": ["film", "unknown"]})
    assert (response.status_code, response.content_type) == (200, "application/json")
    film, unknown = response.json
    assert list(film) == ["vector", "word"]
    assert (film["word"], unknown["word"]) == ("film", "unknown")
    assert any(film["vector"])
    assert unknown["vector"] == [0.0] * 8
    assert response.data.startswith(b'[{"vector": [')
    assert response.data.endswith(b'], "word": "unknown"}]')


def test_an_unknown_word_has_the_vector_of_its_subwords(client):
    [answer] = post(client("subwords", "vectors.bin"), {"instances": ["films"]}).json
    assert len(answer["vector"]) == 8
    assert any(answer["vector"])


def test_the_numbers_are_single_precision_in_double(client):
    [answer] = post(client("plain", "vectors.bin"), {"instances": ["film"]}).json
    assert all(float(np.float32(number)) == number for number in answer["vector"])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"source": "film"}\n{"source": "великий", "id": 7, "k": 3}\n', media.JSON_LINES),
        ('"film"\n"великий"', media.JSON_LINES),
        ('film\n"великий"\n', media.CSV),
        ("film\r\nвеликий", media.PLAIN),
    ],
)
def test_words_come_in_other_forms(client, body, content_type):
    server = client("subwords", "vectors.bin")
    answer = post(server, {"instances": ["film", "великий"]}).json
    response = post(server, body.encode(), content_type, media.JSON_LINES)
    assert response.content_type == "application/jsonlines"
    assert [json.loads(line) for line in response.data.splitlines()] == answer
    rows = [line.split(",") for line in post(server, body.encode(), content_type, media.CSV).text.splitlines()]
    assert [row[0] for row in rows] == ["film", "великий"]
    assert [list(map(float, row[1:])) for row in rows] == [each["vector"] for each in answer]


def test_a_sentence_is_answered_by_its_most_probable_label(client, made):
    response = post(client("classifier"), {"instances": ["a wonderful film", "a boring café"]})
    answers = response.json
    assert [list(answer) for answer in answers] == [["prob", "label"]] * 2
    assert [answer["label"] for answer in answers] == [["__label__good"], ["__label__bad"]]
    assert answers[0] == expected(made, "a wonderful film", 1)
    assert response.data.startswith(b'[{"prob": [')
    assert response.data.endswith(b'], "label": ["__label__bad"]}]')


@pytest.mark.parametrize(("k", "count"), [(1, 1), (2, 2), (3, 3), (4, 3), (10**30, 3)])
@pytest.mark.parametrize("name", ["classifier", "ova", "quantised"])
def test_k_labels_in_descending_order(client, made, name, k, count):
    [answer] = post(client(name), {"instances": ["a wonderful film"], "configuration": {"k": k}}).json
    assert answer == expected(made, "a wonderful film", count, name)
    assert len(answer["label"]) == count
    assert answer["prob"] == sorted(answer["prob"], reverse=True)


def test_json_lines_say_k_for_themselves(client, made):
    body = '{"source": "a wonderful film"}\n{"source": "a boring café", "k": 3, "id": 9}\n'
    response = post(client("classifier"), body.encode(), media.JSON_LINES, media.JSON_LINES)
    assert response.content_type == "application/jsonlines"
    first, second = map(json.loads, response.data.splitlines())
    assert first == expected(made, "a wonderful film", 1)
    assert second == expected(made, "a boring café", 3)
    assert sorted(second["label"]) == LABELS


def test_a_batch_answers_json_lines_without_an_accept(client):
    body = b'{"source": "a wonderful film", "k": 2}\n'
    assert post(client("classifier", batch=True), body, media.JSON_LINES).content_type == "application/jsonlines"


def test_an_instance_may_say_k_for_itself(client):
    body = {"instances": [{"source": "a film", "k": 3}, {"source": "a film"}, "a film"], "configuration": {"k": 2}}
    assert [len(answer["label"]) for answer in post(client("classifier"), body).json] == [3, 2, 2]


@pytest.mark.parametrize("wanted", [{"configuration": {"k": 2}}, {"k": 2}])
@pytest.mark.parametrize("records", [{"source": "a film"}, {"instances": ["a film"]}])
def test_k_beside_one_record_and_beside_instances(client, made, records, wanted):
    assert post(client("classifier"), records | wanted).json == [expected(made, "a film", 2)]


def test_labels_and_probabilities_alternate_in_csv(client, made):
    body = {"instances": ["a wonderful film"], "configuration": {"k": 2}}
    row = post(client("classifier"), body, accept=media.CSV).text.strip().split(",")
    answer = expected(made, "a wonderful film", 2)
    assert row[::2] == answer["label"]
    assert [float(cell) for cell in row[1::2]] == answer["prob"]


def test_an_empty_sentence(client):
    [answer] = post(client("classifier"), {"instances": [""]}).json
    assert len(answer["label"]) == 1  # by </s>, which every line of the corpus has at its end


def test_an_empty_word(client):
    response = post(client("plain", "vectors.bin"), "\n", media.PLAIN)
    assert json.loads(response.data) == {"vector": [0.0] * 8, "word": ""}


def test_a_line_break_is_a_space(client):
    server = client("classifier")
    broken, whole = post(server, {"instances": ["wonderful\nfilm\n", "wonderful film "]}).json
    assert broken == whole


@pytest.mark.parametrize("count", [0, 1, 500])
def test_as_many_answers_as_words(client, count):
    answers = post(client("subwords", "vectors.bin"), {"instances": [f"film{n}" for n in range(count)]}).json
    assert [answer["word"] for answer in answers] == [f"film{n}" for n in range(count)]


def test_a_long_sentence(client, made):
    text = "wonderful " * 5000
    assert post(client("classifier"), {"instances": [text]}).json == [expected(made, text, 1)]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is empty"),
        (b"{", "the body is not JSON"),
        (b'{"instances": ["caf\xe9"]}', "the body is not UTF-8: byte 19 is 0xe9"),
        ("7", "the body is 7; send"),
        ({"instances": "a film"}, '"instances" is "a film"; send an array'),
        ({"instances": None}, '"instances" is null'),
        ({"instances": ["a"], "explain": True}, '"explain" is true, but this image cannot explain'),
        ({"text": "a film"}, 'record 1: the object has no key "source", only ["text"]'),
        ({"instances": ["a", 7]}, "record 2: expected a sentence, or an object"),
        ({"instances": ["a", None]}, "record 2: expected a sentence, or an object"),
        ({"instances": [{"source": ["a"]}]}, "not an array"),
        ({"instances": ["a"], "configuration": 2}, '"configuration" is 2; send an object'),
        ({"instances": ["a"], "configuration": None}, '"configuration" is null; send an object like'),
        ({"instances": ["a"], "configuration": {"k": 0}}, K),
        ({"instances": ["a"], "configuration": {"k": True}}, K),
        ({"instances": ["a"], "configuration": {"k": 1.5}}, K),
        ({"instances": ["a"], "configuration": {"k": "2"}}, K),
        ({"instances": ["a"], "configuration": {"threshold": 0.5}}, K),
        ({"source": "a", "k": 0}, '"k" is 0; send a whole number from 1'),
        ({"source": "a", "k": 2, "configuration": {"k": 2}}, '"k" is both beside the records and in'),
        (
            {"instances": [{"source": "a", "k": -1}]},
            'record 1: "k" is -1; send how many labels you want, a whole number from 1',
        ),
    ],
)
def test_a_bad_request_for_labels(client, body, sentence):
    response = post(client("classifier"), body)
    refused(response, sentence)
    assert response.content_type == "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        ({"instances": ["a"], "configuration": {"k": 1}}, media.JSON, "the model holds word vectors"),
        ({"source": "a", "k": 1}, media.JSON, '"k" applies to text classes'),
        ({"instances": ["a", {"word": "b"}]}, media.JSON, 'record 2: the object has no key "source"'),
        ("film,café\n", media.CSV, "record 1: the row has 2 columns"),
        ('"film\n', media.CSV, "the body is not CSV"),
        ('"film"\n\n"a"\n', media.JSON_LINES, "record 2: the line is blank"),
        ("film\n", media.JSON_LINES, "record 1: the line is not JSON"),
    ],
)
def test_a_bad_request_for_vectors(client, body, content_type, sentence):
    refused(post(client("plain", "vectors.bin"), body, content_type), sentence)


def test_media_types_that_are_not_served(client):
    server = client("plain", "vectors.bin")
    refused(post(server, "0:1", media.LIBSVM), "cannot be read here", 415)
    refused(post(server, {"instances": ["a"]}, accept="image/png"), "image/png", 406)


def test_in_a_batch_a_bad_line_keeps_its_place(client):
    body = b'{"source": "a wonderful film", "k": 2}\n{"text": "a"}\n\n{"source": "a", "k": 0}\n"\xe9"\n"a film"\n'
    response = post(client("classifier", batch=True), body, media.JSON_LINES)
    answers = [json.loads(line) for line in response.data.splitlines()]
    assert (response.status_code, len(answers)) == (200, 6)
    assert [next(iter(answer)) for answer in answers] == ["prob", "error", "error", "error", "error", "prob"]


def test_error_records_in_each_form():
    predictions = [{"vector": [0.5], "word": "a"}, RecordError("the row is blank"), {"prob": [1.0], "label": ["x"]}]
    assert wire.encode(predictions, media.CSV) == b"a,0.5\nERROR: the row is blank\nx,1.0\n"
    assert json.loads(wire.encode(predictions, media.JSON))[1] == {"error": "the row is blank"}


@pytest.mark.parametrize("name", ["classifier", "subwords"])
@pytest.mark.parametrize("batch", [False, True])
def test_no_text_is_refused_or_fails(client, name, batch):
    server = client(name, batch=batch)
    response = post(server, {"instances": TEXTS})
    assert (response.status_code, len(response.json)) == (200, len(TEXTS))
    assert not [answer for answer in response.json if "error" in answer]
