import random

import pytest
from smcontract.manifest import Manifest
from smcontract.monitoring.baseline import WINDOW, Baseline
from smcontract.monitoring.rows import Meter
from smcontract.monitoring.texts import LONGEST
from smcontract.records import Text
from smcontract.training import profile
from smcontract.training.profile import FEWEST, Sample

VOCABULARY = [f"word{number}" for number in range(3000)]
CHANCES = [1 / (number + 10) for number in range(len(VOCABULARY))]


class Model:
    """Takes long texts for pos, and is the surer the longer they are."""

    manifest = Manifest("tiny", "1", labels=("neg", "pos"))
    records = Text()

    def predict(self, records):
        for text in records:
            assert isinstance(text, str)
        scores = [min(0.99, len(text) / 300) for text in records]
        return [{"label": "pos" if s > 0.5 else "neg", "probabilities": {"neg": 1 - s, "pos": s}} for s in scores]


def texts(count, seed, words=VOCABULARY, chances=CHANCES):
    source = random.Random(seed)
    return [" ".join(source.choices(words, chances, k=source.randint(5, 40))) for _ in range(count)]


@pytest.fixture(scope="module")
def baseline():
    return profile.describe(Model(), Sample.of(texts(4000, 1)), texts(1000, 2))


def drift(baseline, records):
    meter = Meter.of(baseline)
    return baseline.drift(meter.split(meter.rows(records, Model().predict(records)).sum(axis=0, dtype=int)))


def test_records_like_those_of_training_raise_no_alarm(baseline):
    assert all(drift(baseline, texts(WINDOW, seed)) < 1 for seed in range(10, 20))


@pytest.mark.parametrize(
    "others",
    [
        texts(WINDOW, 3, VOCABULARY, CHANCES[::-1]),  # the same words, others being frequent
        texts(WINDOW, 3, [f"wort{number}" for number in range(3000)]),
        [text[:40] for text in texts(WINDOW, 3)],
    ],
    ids=["words", "language", "length"],
)
def test_other_records_raise_one(baseline, others):
    assert drift(baseline, others) > 1


def test_it_is_the_same_every_time_and_small(baseline):
    again = profile.describe(Model(), Sample.of(texts(4000, 1)), texts(1000, 2))
    assert again.to_json() == baseline.to_json()
    assert len(str(baseline.to_json())) < 8000
    assert Baseline.from_json(baseline.to_json()).statistics.keys() == baseline.statistics.keys()


def test_what_there_is_too_little_of_is_left_out():
    few = texts(FEWEST - 1, 1)
    assert profile.describe(Model(), Sample.of(few), few) is None
    assert profile.describe(Model(), Sample(), texts(FEWEST, 1)).statistics.keys() == {"confidence", "labels"}
    assert profile.describe(Model(), Sample.of(texts(2 * FEWEST, 1)), few).statistics.keys() == {
        "length", "unknown_words", "words"
    }  # fmt: skip


def test_a_sample_holds_some_of_all_texts():
    sample = Sample(100)
    for number in range(10_000):
        sample.see(f"{number} " + "x" * LONGEST)
    assert len(sample.texts) == 100
    assert {len(text) for text in sample.texts} == {LONGEST}
    assert sum(int(text.split()[0]) for text in sample.texts) / 100 == pytest.approx(5000, abs=1000)


@pytest.mark.parametrize("counts", [[250], [40, 0, 60, 150], [1] * 250])
def test_many_texts_are_seen_as_one_after_the_other(counts):
    texts = [str(number) for number in range(sum(counts))]
    sample, begin = Sample(30), 0
    for count in counts:
        sample.see_many(count, texts[begin : begin + count].__getitem__)
        begin += count
    one = Sample(30)
    for text in texts:
        one.see(text)
    assert sample.texts == one.texts
    assert len(one.texts) == 30
