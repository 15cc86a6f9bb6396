"""Small models of fastText and gensim, made once, and the client of a server over any of them."""

import shutil
from pathlib import Path

import fasttext
import pytest
from blazingtext_client.serve import Handler
from gensim.models import FastText, Word2Vec
from smcontract.serving.app import Application
from smcontract.serving.health import Health
from smcontract.serving.settings import Settings

from tests.images.blazingtext_client.opt_ml import OptMl
from tests.smcontract.conftest import Client

WORDS = [
    "a",
    "wonderful",
    "café",
    "film",
    "with",
    "naïve",
    "😀",
    "humour",
    "電影",
    "for",
    "великий",
    "кино",
    "in",
    "Köln",
]
QUICK = {"dim": 8, "epoch": 1, "minCount": 1, "thread": 1, "verbose": 0}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A corpus of 200 lines with words in several scripts."""
    path = tmp_path_factory.mktemp("corpus") / "train.txt"
    path.write_text("".join(" ".join(WORDS[n % 7 :] + WORDS[: n % 5]) + "\n" for n in range(200)))
    return path


@pytest.fixture(scope="session")
def made(corpus, tmp_path_factory):
    """The .bin files that fastText makes: vectors, `plain` and `subwords`; classifiers, `classifier`, `quantised`,
    by their losses `ova`, `hs` and `ns`, and `pruned`; the last three with subwords and many labels.
    """
    folder = tmp_path_factory.mktemp("made")
    labelled = folder / "labelled.txt"
    lines = ("__label__good a wonderful film {}", "__label__bad a boring café {}", "__label__so-so neither {}")
    labelled.write_text("".join(line.format(n % 10) + "\n" for n in range(100) for line in lines))
    fasttext.train_unsupervised(str(corpus), minn=0, maxn=0, **QUICK).save_model(str(folder / "plain"))
    fasttext.train_unsupervised(str(corpus), minn=3, maxn=6, bucket=500, **QUICK).save_model(str(folder / "subwords"))
    settings = QUICK | {"epoch": 10, "lr": 0.5, "wordNgrams": 2, "bucket": 1000}
    classifier = fasttext.train_supervised(str(labelled), **settings)
    classifier.save_model(str(folder / "classifier"))
    fasttext.train_supervised(str(labelled), loss="ova", **settings | {"epoch": 2}).save_model(str(folder / "ova"))
    many = folder / "many.txt"
    many.write_text("".join(f"__label__{n % 290} café {n % 9} film {n % 13}\n" for n in range(300)))
    for loss in ("hs", "ns"):
        model = fasttext.train_supervised(str(many), loss=loss, minn=2, maxn=4, **settings | {"epoch": 2})
        model.save_model(str(folder / loss))
    classifier.quantize(input=str(labelled), retrain=False)
    classifier.save_model(str(folder / "quantised"))
    pruned = fasttext.train_supervised(str(many), minn=2, maxn=4, **settings)
    pruned.quantize(input=str(many), retrain=False, cutoff=300, qnorm=True, qout=True, dsub=3)
    pruned.save_model(str(folder / "pruned"))
    return folder


@pytest.fixture(scope="session")
def word2vec(corpus):
    """gensim's word vectors, without subwords."""
    return Word2Vec(corpus_file=str(corpus), vector_size=8, min_count=1, epochs=1, workers=1)


@pytest.fixture(scope="session")
def subword_vectors(corpus):
    """gensim's word vectors with subwords."""
    return FastText(corpus_file=str(corpus), vector_size=8, min_count=1, epochs=1, workers=1, bucket=300, max_n=5)


@pytest.fixture
def job(tmp_path):
    """A job without channels."""
    return OptMl(tmp_path / "ml")


@pytest.fixture
def folder(tmp_path):
    """An empty folder for a model."""
    path = tmp_path / "model"
    path.mkdir()
    return path


@pytest.fixture
def client(folder, made):
    """`client("classifier", "model.bin", batch=True)`: a test client over one of the `made` models in `folder`."""

    def make(name=None, as_file="model.bin", batch=False):
        if name:
            shutil.copy(made / name, folder / as_file)
        handler, health = Handler(batch), Health()
        model = handler.default_model_fn(str(folder))
        health.check(lambda: handler.check(model))
        settings = Settings("blazingtext_client.serve:Handler", Path(folder), batch=batch)
        return Client(Application(handler, model, settings, settings.limits(), health))

    return make
