"""Questions to real endpoints of each image, and what is made of answers of any other form."""

from typing import Any

import pytest

from driver.aws.target import Target
from driver.errors import DriverError
from driver.trying.asking import Endpoint, Reply, prediction

WORDS = [{"word": "fine", "contribution": 0.5}, {"word": "dull", "contribution": -0.25}]
SHOWN = [["fine", 0.5], ["dull", -0.25]]


@pytest.mark.parametrize(
    ("answer", "label", "probabilities", "towards", "words"),
    [
        pytest.param(
            {"label": "neg", "score": 0.25, "probabilities": {"neg": 0.75, "pos": 0.25},
             "explanation": {"base": 0.0, "words": WORDS, "rest": 0.0, "margin": -1.1}},
            "neg", [["neg", 0.75], ["pos", 0.25]], "pos", SHOWN, id="two labels: in favour of the positive one",
        ),
        pytest.param(
            {"label": "b", "score": 0.6, "probabilities": {"a": 0.4, "b": 0.6},
             "explanation": {"a": {"words": [], "margin": 0.0}, "b": {"words": WORDS, "margin": 0.0}}},
            "b", [["b", 0.6], ["a", 0.4]], "b", SHOWN, id="an explanation for each label",
        ),
        pytest.param(
            {"label": "b", "score": 0.6, "probabilities": {"a": 0.4, "b": 0.6}, "explanation": {"words": WORDS}},
            "b", [["b", 0.6], ["a", 0.4]], "b", SHOWN, id="in favour of the label",
        ),
        pytest.param(
            {"label": ["__label__a", "__label__b"], "prob": [0.9, 0.1]}, "a", [["a", 0.9], ["b", 0.1]], "a", [],
            id="BlazingText",
        ),
        pytest.param({"score": 0.75}, "0.75", [], "0.75", [], id="a score alone"),
        pytest.param(0.75, "0.75", [], None, [], id="a number"),
        pytest.param("pos", "pos", [], None, [], id="a text"),
        pytest.param({}, None, [], None, [], id="nothing"),
    ],
)  # fmt: skip
def test_every_form_of_answer(answer: Any, label: str, probabilities: Any, towards: str, words: Any) -> None:
    expected = {"label": label, "probabilities": probabilities, "towards": towards, "words": words}
    assert prediction(answer) == expected


@pytest.mark.parametrize(
    ("name", "most", "is_explained"), [("reviews", "pos", True), ("news", None, True), ("labels", None, False)]
)
def test_each_image_says_all_that_it_can(target: Target, name: str, most: str | None, is_explained: bool) -> None:
    endpoint = Endpoint(target, name)
    text = "A wonderful film about the cup and the profit of a team"
    first, second = (endpoint.explained([text]) for _ in range(2))
    found = prediction(first.answers[0])
    assert prediction(second.answers[0]) == found
    numbers = [number for _, number in found["probabilities"]]
    assert len(numbers) > 1
    assert numbers == sorted(numbers, reverse=True)
    assert sum(numbers) == pytest.approx(1, abs=1e-3)
    assert found["label"] == found["probabilities"][0][0]
    assert most in (None, found["label"])
    assert bool(found["words"]) == is_explained


def test_words_get_vectors(target: Target) -> None:
    reply = Endpoint(target, "words").explained(["train", "lunch"])
    assert reply.is_vectors
    assert not Reply([], "", 0.0).is_vectors
    assert len({len(answer["vector"]) for answer in reply.answers}) == 1


def test_a_refusal_is_a_sentence(target: Target) -> None:
    with pytest.raises(DriverError, match="the container answered 400: record 1: the text is empty"):
        Endpoint(target, "reviews").explained([""])
    with pytest.raises(DriverError, match="cannot ask the endpoint no-such"):
        Endpoint(target, "no-such").explained(["a"])


def test_lone_surrogates_are_replaced(target: Target) -> None:
    reply = Endpoint(target, "reviews").plain(["fine \ud800 film"])
    assert reply.body == '{"instances": ["fine \ufffd film"]}'
    assert len(reply.answers) == 1
