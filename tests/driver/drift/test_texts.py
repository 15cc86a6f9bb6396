import numpy as np
import pytest
from smcontract.monitoring import baseline as of_images
from smcontract.monitoring.texts import Words, common

from driver.drift import baseline, texts

NASTY = [
    "A good <b>film</b>, good &amp; short! <!-- not this --> 10&nbsp;/ 10, 3 < 4 and a<b",
    "it isn't 'naïve' cafe\u0301 ___ snake_case E-Mail",
    "हिन्दी में \u0e40\u0e1e\u0e25\u0e07 ไทย, עִבְרִית, 最高の映画 한국어",
    "İstanbul STRASSE ﬁne ΣΊΣΥΦΟΣ می\u200cخواهم \u200c \ud83d half",
    "", "  ", "word " * 2000, "👍🏽 10/10",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_words_are_counted_as_the_images_count_them(text: str) -> None:
    known = common(["a good film of 10 words", *NASTY[:2]])
    assert texts.count([text], known).tolist() == Words(known).count([text]).tolist()


def test_bins_and_index_are_those_of_the_images() -> None:
    assert dict(baseline.EDGES) == dict(of_images.EDGES)
    counts = np.array([5, 0, 70]), np.array([9, 4, 0])
    assert baseline.stability_index(*counts) == pytest.approx(float(of_images.stability_index(*counts)))
