import pytest
from smcontract.monitoring.texts import BITS, BUCKETS, KNOWN, LONGEST, Words, common
from textprep import core

TEXTS = ["A good <b>film</b>, good &amp; short!", "", "Ein schöner Film \ud83d", "हिन्दी में", "film " * 3000]


def test_the_c_code_and_python_count_the_same(monkeypatch):
    known = common(TEXTS)
    counted = Words(known).count(TEXTS)
    monkeypatch.setattr(core, "AVAILABLE", False)
    assert (Words(common(TEXTS)).count(TEXTS) == counted).all()
    assert counted.sum(axis=1).tolist() == [5, 0, 3, 2, LONGEST // 5]


def test_one_text_is_counted_as_among_others():
    words = Words(common(TEXTS[:1]))
    assert [words.count([text]).tolist()[0] for text in TEXTS] == words.count(TEXTS).tolist()


def test_the_most_frequent_words_are_known_and_few_others():
    often = [f"often{number}" for number in range(KNOWN)]
    known = common([*often, *often, *(f"once{number}" for number in range(300))])
    assert len(known) == BITS // 8
    unknown = Words(known).count([" ".join(often[:500]), " ".join(f"new{number}" for number in range(500))])
    assert unknown[0, BUCKETS:].sum() == 0
    assert unknown[1, BUCKETS:].sum() == pytest.approx(475, abs=15)  # Bloom (1970): (1 - exp(-2 / 8)) ** 2 are not
