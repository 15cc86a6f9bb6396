import contextlib
import json
import socket
import subprocess
from http.client import HTTPConnection

import numpy as np
import pytest
from smcontract import media
from smcontract.httperrors import BadRecordError
from smcontract.manifest import TOLERANCE
from xgboost_sentiment.serve import Handler

from tests.images.xgboost_sentiment.conftest import ROWS, Container
from tests.waiting import until


def answer(container, body, content_type, accept=media.JSON, batch=False):
    handler = Handler(batch)
    model = handler.default_model_fn(str(container.paths.model))
    parts = handler.default_input_fn(body.encode(), content_type)
    return handler.default_output_fn(handler.default_predict_fn(parts, model), accept).decode()


def scores(container, body, content_type):
    return [float(line) for line in answer(container, body, content_type, media.CSV).split()]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"instances": ["great fun, 😀", {"text": "\\"awful\\"\\nand boring"}]}', media.JSON),
        ('{"text": "great fun, 😀"}\n"\\"awful\\"\\nand boring"\n', media.JSON_LINES),
        ('"great fun, 😀"\n"""awful""\nand boring"\n', media.CSV),
        ('great fun, 😀\n"awful" and boring', media.PLAIN),
    ],
)
def test_reviews_come_in_four_forms(trained_reviews, model, body, content_type):
    expected = [prediction["score"] for prediction in model.predict(["great fun, 😀", '"awful"\nand boring'])]
    assert scores(trained_reviews, body, content_type) == expected
    predictions = json.loads(answer(trained_reviews, body, content_type))["predictions"]
    assert [prediction["label"] for prediction in predictions] == ["1", "0"]


@pytest.fixture(scope="module")
def trained_rows(tmp_path_factory):
    container = Container(tmp_path_factory.mktemp("rows") / "ml")
    container.put("train", ROWS)
    container.train(input="features", objective="binary:logistic", num_round="5", min_child_weight="0")
    return container


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("2,0,2.5\n1,1,\n", media.CSV),
        ("2,,2.5\r\n1,1,0\r\n", media.CSV),
        ("0:2 2:2.5\n1:1 0:1\n", media.LIBSVM),
        ("1 0:2 1:0 2:2.5\n0 0:1 1:1\n", media.LIBSVM),
        ('{"instances": [[2, 0, 2.5], {"features": [1, 1, null]}]}', media.JSON),
        ('"0:2 2:2.5"\n[1, 1, 0.0]\n', media.JSON_LINES),
    ],
)
def test_rows_come_in_four_forms(trained_rows, body, content_type):
    good, bad = scores(trained_rows, body, content_type)
    assert good > 0.5 > bad
    assert [good, bad] == scores(trained_rows, "2,0,2.5\n1,1,0", media.CSV)


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_as_many_answers_as_records(trained_reviews, count):
    body = "".join(f"film number {n}\n" for n in range(count))
    assert len(scores(trained_reviews, body, media.PLAIN)) == count


def test_libsvm_requests_whose_meaning_depends_on_the_payload(trained_rows):
    """SageMaker's own container counts from 1 unless an index is 0, and drops records without features."""
    alone = scores(trained_rows, "0 1:2 2:2.5\n", media.LIBSVM)
    assert alone == scores(trained_rows, "0,2,2.5\n", media.CSV) != scores(trained_rows, "2,2.5,0\n", media.CSV)
    together = scores(trained_rows, "0 0:0.9 2:2.5\n0\n0 1:2 2:2.5\n", media.LIBSVM)
    assert together == [*scores(trained_rows, "0.9,0,2.5\n0,0,0\n", media.CSV), *alone]


def test_sniffed_delimiters(trained_reviews, model):
    """Of a text with spaces or commas Python's sniffer makes several columns, as SageMaker's own container does."""
    texts = ["great film", "awful; boring, dull"]
    expected = [prediction["score"] for prediction in model.predict(texts)]
    assert scores(trained_reviews, "\n".join(texts), media.PLAIN) == expected
    assert scores(trained_reviews, 'great film\n"awful; boring, dull"\n', media.CSV) == expected


def test_a_long_review_is_scored(trained_reviews):
    assert scores(trained_reviews, "great fun " * 100_000, media.PLAIN)[0] > 0.5


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        ("1,2,3\n1,2\n", media.CSV, "record 2: the row has 2 features, the model takes 3"),
        ("1,2\n", media.CSV, "record 1: the row has 2 features, the model takes 3"),
        ("1,2,3,4\n", media.CSV, "record 1: the row has 4 features, the model takes 3"),
        ("1,nan,3\n", media.CSV, "record 1: "),
        ("1,x,3\n", media.CSV, 'record 1: "x" is not a number'),
        ("0:1 3:1\n", media.LIBSVM, "record 1: index "),
        ('{"instances": [[1, 2]]}', media.JSON, "record 1: the row has 2 features"),
    ],
)
def test_fewer_columns_accepted_silently_and_other_bad_rows_are_named(trained_rows, body, content_type, sentence):
    with pytest.raises(BadRecordError) as error:
        answer(trained_rows, body, content_type)
    assert sentence in str(error.value)
    answers = json.loads(answer(trained_rows, body, content_type, batch=True))["predictions"]
    assert "error" in answers[-1]


@pytest.fixture
def endpoint(trained_reviews):
    """The `serve` program on a trained model; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = trained_reviews.environ(
        SAGEMAKER_SERVING_MODULE="xgboost_sentiment.serve:Handler", SAGEMAKER_BIND_TO_PORT=str(port)
    )
    with subprocess.Popen(
        [trained_reviews.programs / "serve"], env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        yield port
        process.terminate()
        assert process.wait(30) == 0, process.stderr.read()


def request(port, method, path, body=None):
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, {"Content-Type": media.JSON})
        response = connection.getresponse()
        return response.status, response.read()


def test_the_program_scores_as_training_did(trained_reviews, endpoint):
    def pings():
        with contextlib.suppress(ConnectionError):
            return request(endpoint, "GET", "/ping")[0] == 200

    until(pings)
    golden = json.loads((trained_reviews.paths.model / "manifest.json").read_text())["golden"]
    body = json.dumps({"instances": [example["record"] for example in golden], "explain": True})
    status, content = request(endpoint, "POST", "/invocations", body)
    assert status == 200
    predictions = json.loads(content)["predictions"]
    expected = [example["prediction"]["score"] for example in golden]
    assert np.allclose([prediction["score"] for prediction in predictions], expected, rtol=0, atol=TOLERANCE)
    assert all(prediction["explanation"]["words"] for prediction in predictions)
