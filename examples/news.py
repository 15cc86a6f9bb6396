"""The demo's second part: word vectors by blazingtext-client, and with them headlines by headline-mxnet."""

from pathlib import Path
from typing import Any

from emulator.engines import Engine
from emulator.errors import EmulatorError
from emulator.jobs import Channel, MetricDefinition, TrainingJob
from emulator.training import TrainingResult
from examples import headlines, reviews, steps
from examples.headlines import Article
from examples.nearest import nearest
from examples.steps import heading, say

VECTORS_IMAGE = "blazingtext-client"
HEADLINES_IMAGE = "headline-mxnet"
DIMENSION = "100"
VECTORS = {"mode": "skipgram", "vector_dim": DIMENSION, "epochs": "5", "min_count": "5"}
NETWORK = {
    "embedding_dim": DIMENSION,
    "epochs": "12",
    "batch_size": "64",
    "min_count": "1",
    "pair_buckets": "4096",  # enough for the word pairs of so few headlines
    "validation_fraction": "0.1",
}
# As BlazingText writes them, so that definitions made for it read this log too.
METRICS = (
    MetricDefinition("train:mean_rho", r"#mean_rho: ([0-9.]+)"),
    MetricDefinition("million words/s", r"Average throughput in Million words/sec: ([0-9.]+)"),
)
LEAST_ACCURACY = 0.78  # with vectors; some 0.84 is usual
SHOWN_WORDS = 5
WORDS = ("market", "minister", "phone")
HEADLINE = "Champions survive extra-time scare"


def run(vectors_engine: Engine, engine: Engine, articles: Path, review_file: Path, output: Path) -> list[str]:
    """The five steps, with two kinds of training jobs. What is not as it should be, in sentences."""
    unseen = prepare(articles, review_file, output)
    vectors = fit_vectors(vectors_engine, output)
    heading(f"2b Training jobs: headlines without and with those vectors, run by {engine.description}")
    channel = Channel("train", output / "train", content_type="text/csv")
    plain, _ = steps.fit(engine, TrainingJob("demo-headlines", output, (channel,), NETWORK))
    both = (channel, Channel("embeddings", vectors))
    better, _ = steps.fit(engine, TrainingJob("demo-headlines-with-vectors", output, both, NETWORK))
    heading("3  The artefacts")
    steps.show(vectors)
    steps.show(better)
    heading(f"4  Batch transform of {len(unseen):,} unseen headlines")
    without = predict(engine, "without-vectors", plain, unseen, output)
    accuracy = predict(engine, "with-vectors", better, unseen, output)
    say(f"the vectors add {accuracy - without:+.4f}")
    heading("5  One request to a live endpoint")
    say(sentence(steps.ask(engine, "demo-headline-endpoint", better, HEADLINE)))
    if accuracy < LEAST_ACCURACY:
        return [f"accuracy is {accuracy:.4f} on headlines with vectors, and at least {LEAST_ACCURACY} was expected"]
    return []


def prepare(articles: Path, review_file: Path, output: Path) -> list[Article]:
    """Step 1. Write the vectors' corpus, the headlines to train on and the unseen ones; return the latter."""
    heading("1  The data: BBC news of five categories, and the texts of the reviews")
    if not articles.is_dir():
        raise EmulatorError(f"{articles} is missing: `make demo` installs it; --data names another place")
    training, unseen = headlines.split(headlines.read(articles))
    watched, _ = reviews.split(reviews.read(review_file))
    texts = [f"{article.headline}\n{article.body}" for article in training] + [review.text for review in watched]
    words = headlines.write_corpus(texts, output / "corpus" / "corpus.txt")
    headlines.write_labelled(training, output / "train" / "headlines.csv")
    headlines.write_unlabelled(unseen, output / "unseen" / "headlines.jsonl")
    say(f"for vectors  {words:9,} words of {len(training):,} articles and {len(watched):,} reviews")
    say(f"to train on  {headlines.counts(training)}")
    say(f"unseen       {headlines.counts(unseen)}")
    say("The unseen headlines and their articles are in neither.")
    return unseen


def fit_vectors(engine: Engine, output: Path) -> Path:
    """Step 2, first half. Train the word vectors; say how good and how fast, and show some neighbours."""
    heading(f"2a Training job: word vectors, run by {engine.description}")
    channel = Channel("train", output / "corpus", content_type="text/plain")
    job = TrainingJob("demo-vectors", output, (channel,), VECTORS, metric_definitions=METRICS)
    vectors, result = steps.fit(engine, job)
    say(_told(result))
    for word, neighbours in nearest(vectors, WORDS, SHOWN_WORDS).items():
        say(f"nearest to {word}: {', '.join(neighbours)}")
    return vectors


def _told(result: TrainingResult) -> str:
    """The two figures that BlazingText's users know."""
    values = {metric.metric_name: metric.value for metric in result.final_metric_data_list}
    missing = [definition.name for definition in METRICS if definition.name not in values]
    if missing:
        raise EmulatorError(f"the training log says nothing of {' and '.join(missing)}: see {result.log}")
    rho, speed = (values[definition.name] for definition in METRICS)
    return f"mean_rho {rho:.4f} against people's judgement of word pairs   ({speed * 1e6:,.0f} words/s)"


def predict(engine: Engine, name: str, model: Path, unseen: list[Article], output: Path) -> float:
    """Step 4, one half. Batch-transform the unseen headlines; return the accuracy."""
    answers, seconds = steps.predict(engine, f"demo-{name}", model, output / "unseen", output / "predictions" / name)
    right = [article.category == answer["label"] for article, answer in zip(unseen, answers, strict=True)]
    accuracy = right.count(True) / len(unseen)
    say(f"{name.replace('-', ' '):15}  accuracy {accuracy:.4f}   ({len(unseen) / seconds:,.0f} headlines/s)")
    return accuracy


def sentence(prediction: dict[str, Any]) -> str:
    """The prediction in words, with the words it leans on most: what its probability loses without each of them."""
    label = prediction["label"]
    words = prediction["explanation"]["words"][:SHOWN_WORDS]
    moved = ", ".join(f'"{word["word"]}" {word["contribution"]:+.2f}' for word in words)
    return f"{label}, {prediction['probabilities'][label]:.0%} sure; without the word it would lose: {moved}"
