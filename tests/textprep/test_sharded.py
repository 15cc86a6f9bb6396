import numpy as np
import pytest
from textprep import core
from textprep.errors import DataError
from textprep.pipeline import Pipeline
from textprep.sharded import State, add, add_words, count_words, stem_words
from textprep.specification import Specification

SHARDS = 7
SPECIFICATIONS = {
    "trigrams": Specification(weighting="naive-bayes-tfidf", norm="l2", tokens=3),
    "few": Specification(vocabulary_size=60, weighting="naive-bayes"),
    "fewer than words": Specification(vocabulary_size=25, ngram_max=2, weighting="none"),
    "counts": Specification(min_count=3, values="counts", weighting="none", stop_words="english"),
}


def learned_in_shards(wanted: Specification, texts: list[str], labels: list[int]) -> Pipeline:
    shards = [(texts[number::SHARDS], labels[number::SHARDS]) for number in range(SHARDS)]
    words = add_words(count_words(wanted, shard) for shard, _ in shards)
    stemmed = stem_words(wanted, words)
    state = State.of_words(wanted, add_words({stemmed[word]: count} for word, count in words.items()), stemmed)
    for _ in range(2, wanted.ngram_max + 1):
        state = state.longer(add([state.count_ngrams(shard) for shard, _ in shards], state.least))
    state = state.cut()
    if wanted.weighting == "none":
        return state.weighted()
    counts, documents = zip(*(state.count_documents([shard]) for shard in shards), strict=True)
    return state.weighted(np.sum(counts, axis=0), sum(documents))


@pytest.mark.parametrize("name", SPECIFICATIONS)
@pytest.mark.parametrize("in_c", [True, False])
def test_shards_learn_what_all_texts_together_do(reviews, labels, monkeypatch, small_chunks, name, in_c):
    monkeypatch.setattr(core, "AVAILABLE", in_c)
    wanted = SPECIFICATIONS[name]
    whole, matrix = Pipeline.fit(wanted, reviews, labels)
    ours = learned_in_shards(wanted, reviews, labels)
    assert ours.learned.specification == wanted
    assert ours.learned.vocabulary == whole.learned.vocabulary
    assert [keys.tolist() for keys in ours.learned.ngrams.keys] == [keys.tolist() for keys in whole.learned.ngrams.keys]
    if wanted.weighting != "none":
        assert ours.learned.weights.tobytes() == whole.learned.weights.tobytes()
    assert (ours.transform(reviews) != matrix).nnz == 0
    assert ours.learned.words.items() <= whole.learned.words.items()


def test_n_grams_that_cannot_be_features_are_not_kept(reviews, labels):
    wanted = SPECIFICATIONS["fewer than words"]
    words = count_words(wanted, reviews)
    state = State.of_words(wanted, words, {word: word for word in words})
    assert len(state.counts[0]) == 25
    assert state.least == 1 + state.counts[0].min()


def test_too_little_text_is_refused():
    with pytest.raises(DataError, match=r"no word occurs 2 times; give more text"):
        State.of_words(Specification(), {"film": 1}, {"films": "film"})
