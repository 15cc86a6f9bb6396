import pytest
from smcontract import media
from smcontract.errors import AlgorithmError
from smcontract.httperrors import BadRecordError, BadRequestError
from smcontract.records import RecordError
from smcontract.serving import codecs
from smcontract.serving.handler import Handler

from tests.fixtures.handlers.bad_golden import ChangedHandler, ChangedModel
from tests.fixtures.handlers.echo import EchoHandler, EchoModel
from tests.fixtures.handlers.sums import SumHandler, SumModel


class Remembering(EchoModel):
    """Remembers what it was asked to predict."""

    def __init__(self):
        self.calls = []

    def predict(self, records, explain=False):
        self.calls.append((list(records), explain))
        return super().predict(records, explain)


def answer(handler, model, body, content_type, accept):
    parts = handler.default_input_fn(body, content_type)
    return handler.default_output_fn(handler.default_predict_fn(parts, model), accept)


def test_from_body_to_body():
    body = b"1,2,3\n0,,4.5\n"
    assert answer(SumHandler(), SumModel(), body, media.CSV, media.CSV) == b"6.0\n4.5\n"
    assert answer(EchoHandler(), EchoModel(), b'"a1"\n', media.JSON_LINES, media.JSON_LINES) == b'{"score": 0.5}\n'


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_n_records_are_one_call_or_none(n):
    model = Remembering()
    parts = EchoHandler().default_input_fn(b"ab\n" * n, media.PLAIN)
    assert EchoHandler().default_predict_fn(parts, model) == [{"score": 1.0}] * n
    assert model.calls == ([(["ab"] * n, False)] if n else [])


def test_online_a_bad_record_is_named_and_nothing_is_predicted():
    model, handler = Remembering(), EchoHandler()
    with pytest.raises(BadRecordError, match="record 3: the text is empty") as raised:
        handler.default_predict_fn(handler.default_input_fn(b"a\nb\n\nd\n", media.PLAIN), model)
    assert (raised.value.status, model.calls) == (400, [])


def test_in_batch_mode_a_bad_record_stands_in_its_place_and_the_others_are_one_call():
    model, handler = Remembering(), EchoHandler(batch=True)
    predictions = handler.default_predict_fn(handler.default_input_fn(b'"ab"\n{\n5\n"a1"\n', media.JSON_LINES), model)
    assert [type(p) for p in predictions] == [dict, RecordError, RecordError, dict]
    assert model.calls == [(["ab", "a1"], False)]


@pytest.mark.parametrize("made", [[], [{"score": 1.0}] * 3])
def test_a_model_that_does_not_answer_record_by_record(made):
    model = Remembering()
    model.predict = lambda records, explain: made
    with pytest.raises(AlgorithmError, match=r"2 records gave \d predictions"):
        EchoHandler().default_predict_fn(EchoHandler().default_input_fn(b"a\nb\n", media.PLAIN), model)


def test_explain_reaches_the_model():
    model = Remembering()
    parts = EchoHandler().default_input_fn(b'{"instances": ["a"], "explain": true}', media.JSON)
    assert EchoHandler().default_predict_fn(parts, model) == [{"score": 1.0, "explanation": {}}]
    assert model.calls == [(["a"], True)]


def test_options_reach_only_a_model_whose_handler_takes_them():
    class Counting(EchoHandler):
        options = {"k": codecs.count}  # noqa: RUF012

    class Best(EchoModel):
        def predict(self, records, explain=False, k=None):
            return [{"k": k} for _ in records]

    body = b'{"instances": ["a"], "k": 2}'
    with pytest.raises(BadRequestError, match=r'has the keys .*"k"'):
        EchoHandler().default_input_fn(body, media.JSON)
    for content, k in ((body, 2), (b'{"instances": ["a"]}', None)):
        parts = Counting().default_input_fn(content, media.JSON)
        assert Counting().default_predict_fn(parts, Best()) == [{"k": k}]


def test_golden_records_are_scored_as_requests_are():
    EchoHandler().check(EchoModel())
    with pytest.raises(AlgorithmError, match=r"golden record 1 .*0\.75.* but .*0\.25"):
        ChangedHandler().check(ChangedModel())


def test_a_handler_must_load_something():
    with pytest.raises(NotImplementedError, match="Handler must have a default_model_fn"):
        Handler().default_model_fn("/opt/ml/model")
