"""The demo's second part: word vectors by blazingtext-client, and with them headlines by headline-mxnet."""

from pathlib import Path
from typing import Any

from driver.data import headlines, reviews
from driver.data.files import write_corpus, write_halves
from examples import steps
from examples.launching import Launch, LaunchError
from examples.nearest import nearest
from examples.steps import heading, say

VECTORS_IMAGE = "blazingtext-client"
HEADLINES_IMAGE = "headline-mxnet"
VECTORS_JOB, PLAIN_JOB, BETTER_JOB = "demo-vectors", "demo-headlines", "demo-headlines-with-vectors"
DIMENSION = "100"
VECTORS = {"mode": "skipgram", "vector_dim": DIMENSION, "epochs": "5", "min_count": "5"}
NETWORK = {
    "embedding_dim": DIMENSION,
    "epochs": "12",
    "batch_size": "64",
    "min_count": "1",
    "pair_buckets": "0",  # the wide part has them
    "weight_averaging": "false",  # the first epochs have too few steps to be worth a part of the mean
}
LEAST_ACCURACY = 0.78  # with vectors; some 0.86 is usual
SHOWN_WORDS = 5
WORDS = ("market", "minister", "phone")
HEADLINE = "Film studio to cut jobs after profits fall"


def run(launch: Launch, articles: Path, review_file: Path, output: Path) -> list[str]:
    """The five steps, with two kinds of training jobs. What is not as it should be, in sentences."""
    prepare(articles, review_file, output)
    heading("2a Training job: word vectors")
    corpus = {"train": f"{output / 'corpus'},content-type=text/plain"}
    job = steps.fit(launch, VECTORS_IMAGE, VECTORS_JOB, corpus, VECTORS)
    told(job)
    heading("2b Training jobs: headlines without and with those vectors")
    channels = {"train": f"{output / 'train'},content-type=text/csv"}
    steps.fit(launch, HEADLINES_IMAGE, PLAIN_JOB, channels, NETWORK)
    vectors = job["ModelArtifacts"]["S3ModelArtifacts"]
    steps.fit(launch, HEADLINES_IMAGE, BETTER_JOB, channels | {"embeddings": vectors}, NETWORK)
    heading("3  The artefacts")
    model = steps.fetch(launch, VECTORS_JOB, output / "vectors")
    for word, neighbours in nearest(model, WORDS, SHOWN_WORDS).items():
        say(f"nearest to {word}: {', '.join(neighbours)}")
    steps.fetch(launch, BETTER_JOB, output / "model")
    heading("4  Batch transform of unseen headlines")
    without = predict(launch, PLAIN_JOB, "without vectors", output)
    accuracy = predict(launch, BETTER_JOB, "with vectors", output)
    say(f"the vectors add {accuracy - without:+.4f}")
    heading("5  One request to a live endpoint")
    say(sentence(steps.ask(launch, BETTER_JOB, HEADLINE)))
    if accuracy < LEAST_ACCURACY:
        return [f"accuracy is {accuracy:.4f} on headlines with vectors, below the expected {LEAST_ACCURACY}"]
    return []


def prepare(articles: Path, review_file: Path, output: Path) -> None:
    """Step 1. Write the vectors' corpus, the headlines to train on, the unseen ones, and those with their labels."""
    heading("1  The data: BBC news of five categories, and the texts of the reviews")
    training, unseen = headlines.split(headlines.read(articles))
    watched, _ = reviews.split(reviews.read(review_file))
    texts = [f"{article.headline}\n{article.body}" for article in training] + [review.text for review in watched]
    words = write_corpus(texts, output / "corpus" / "corpus.txt")
    train, test = ([(article.category, article.headline) for article in half] for half in (training, unseen))
    write_halves(train, test, output, "headlines")
    say(f"for vectors  {words:9,} words of {len(training):,} articles and {len(watched):,} reviews")
    say(f"to train on  {headlines.counts(training)}")
    say(f"unseen       {headlines.counts(unseen)}")
    say("The unseen headlines and their articles are in neither.")


def told(job: dict[str, Any]) -> None:
    """Say the two figures that BlazingText's users know, read from the log by SageMaker's own means."""
    values = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
    if "train:mean_rho" not in values:
        raise LaunchError(f"the log of {VECTORS_JOB} does not contain train:mean_rho: see `./launch.py logs`")
    say(f"mean_rho {values['train:mean_rho']:.4f}: agreement with human ratings of word pairs")


def predict(launch: Launch, job: str, words: str, output: Path) -> float:
    """Step 4, one half. Batch-transform the unseen headlines; return the accuracy."""
    data, labels = output / "unseen", output / "test" / "headlines.csv"
    found, rate = steps.predict(launch, job, f"{job}-transform", data, labels, output / "predictions" / job)
    accuracy: float = found["accuracy"]
    say(f"{words:15}  accuracy {accuracy:.4f}   ({rate:,.0f} headlines/s, with the container's start)")
    return accuracy


def sentence(prediction: dict[str, Any]) -> str:
    """The prediction in words, with the words it leans on most: what its probability loses without each of them."""
    label = prediction["label"]
    words = prediction["explanation"]["words"][:SHOWN_WORDS]
    moved = ", ".join(f'"{word["word"]}" {word["contribution"]:+.2f}' for word in words)
    return f"{label}, {prediction['probabilities'][label]:.0%} sure; each word contributes: {moved}"
