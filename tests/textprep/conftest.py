import random

import pytest
from textprep import corpus, pipeline

SENTENCES = (
    "I LOVED this film!<br /><br />The actors weren't acting; they lived.",
    "Not a good film, not even a good-looking film &amp; far too long...",
    "Naïve and clichéd: 10&nbsp;minutes in I was asleep <i>and happily so</i>.",
    "Best movie of 1997? It isn't <a href='x'>even close</a>. 3/10",
    "最高の映画だ。 Ένα αριστούργημα! Отличный фильм 👍🏽 👍",
    "If only the flying cars flew; the ending dies as it lies, dying.",
)


@pytest.fixture(scope="session")
def reviews():
    """1,300 reviews of up to six sentences, 230,000 characters: repeated words, rare words, empty reviews."""
    generator = random.Random(20)
    texts = []
    for number in range(1_300):
        sentences = generator.choices(SENTENCES, k=generator.randrange(7))
        texts.append(" ".join([*sentences, f"word{generator.randrange(900)}" * (number % 3)]))
    return texts


@pytest.fixture(scope="session")
def labels(reviews):
    return [int("LOVED" in review) for review in reviews]


@pytest.fixture
def small_chunks(monkeypatch):
    """Make a dozen chunks of the reviews, for workers to share."""
    monkeypatch.setattr(corpus, "CHUNK", 20_000)
    monkeypatch.setattr(pipeline, "CHUNK", 20_000)
