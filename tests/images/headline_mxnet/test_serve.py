import json

import pytest
from headline_mxnet.serve import Handler
from smcontract import media
from smcontract.httperrors import BadRecordError, BadRequestError

TWO = ["bank profit, 😀", '"cup"\nfinal']


@pytest.fixture
def answer(model):
    def answer(body, content_type=media.JSON, accept=media.JSON, batch=False):
        handler = Handler(batch)
        handler.check(model)
        parts = handler.default_input_fn(body.encode(), content_type)
        return handler.default_output_fn(handler.default_predict_fn(parts, model), accept).decode()

    return answer


def test_headlines_come_in_four_forms(answer):
    expected = json.loads(answer(json.dumps({"instances": TWO})))["predictions"]
    assert len(expected) == 2
    for body, content_type in (
        ('{"text": "bank profit, 😀"}\n"\\"cup\\"\\nfinal"\n', media.JSON_LINES),
        ('"bank profit, 😀"\n"""cup""\nfinal"\n', media.CSV),
        ('bank profit, 😀\n"cup" final\n', media.PLAIN),
    ):
        assert json.loads(answer(body, content_type))["predictions"] == expected
        rows = answer(body, content_type, media.CSV).splitlines()
        assert rows == [f"{prediction['label']},{prediction['score']}" for prediction in expected]


def test_k_and_explain_stand_beside_the_records(answer):
    body = json.dumps({"instances": ["bank profit"], "k": 2, "explain": True})
    (prediction,) = json.loads(answer(body))["predictions"]
    assert len(prediction["labels"]) == len(prediction["scores"]) == 2
    assert {word["word"] for word in prediction["explanation"]["words"]} == {"bank", "profit"}


@pytest.mark.parametrize(
    ("body", "error", "sentence"),
    [
        ({"instances": ["cup"], "k": 0}, BadRequestError, '"k" is 0; send a whole number from 1'),
        ({"instances": ["cup", {"text": "cup", "k": 2}]}, BadRecordError, 'record 2: put "k" once'),
        ({"instances": ["cup", " "]}, BadRecordError, "record 2: the text is empty"),
        ({"instances": [[1, 2]]}, BadRecordError, "record 1: expected a text, or an object"),
    ],
)
def test_bad_requests(answer, body, error, sentence):
    with pytest.raises(error) as raised:
        answer(json.dumps(body))
    assert sentence in str(raised.value)


def test_in_batch_a_bad_record_keeps_its_place(answer):
    first, bad, last = json.loads(answer("cup\n\nbank\n", media.PLAIN, batch=True))["predictions"]
    assert ("label" in first, list(bad), "label" in last) == (True, ["error"], True)
