"""Turn any amount of labelled text into features, on all hosts of a Ray cluster, in memory that does not grow with it.

    python -m examples.scaling.prepare --input folder --output folder --labels neg,pos

The input is CSV (label, text; no header) or JSON Lines in files, each of which fits into the memory of a worker several
times: 64 to 256 MB. The output is `pipeline/`, which textprep loads, and for each file of the input one of `train/` in
recordio-protobuf: the channel `train` of xgboost-sentiment with input=features. The pipeline has the features that
`Pipeline.fit` would learn from all texts at once.

In a processing job of several hosts each prepares the files that S3 gave it; see `processing.py`.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from textprep import DataError, Pipeline, Specification, sharded

from examples.scaling import tasks
from examples.scaling.cluster import Cluster, finished, joined

RECIPE = {"vocabulary_size": 200_000, "weighting": "naive-bayes-tfidf", "norm": "l2", "tokens": 3}
"""What xgboost-sentiment does with texts unless told otherwise."""

log = logging.getLogger(__name__)


def learn(cluster: Cluster, wanted: Specification, labels: Sequence[str]) -> Pipeline:
    """Learn the pipeline of all files. Raises DataError when there is nothing to learn."""
    parts = cluster.parts
    by_file = cluster.of_files(tasks.counted_words, wanted, parts, returns=parts)
    found = cluster.of_parts(tasks.counted_stems, zip(*by_file, strict=True), wanted, parts, returns=1 + parts)
    stems, *by_stem = zip(*found, strict=True)
    frequent = tasks.frequent_stems(wanted, *cluster.get(cluster.of_parts(tasks.frequent_stems, by_stem, wanted)))
    kept = cluster.put(frequent)
    words = cluster.get(cluster.of_parts(tasks.words_of, [[each] for each in stems], kept))
    state = sharded.State.of_words(wanted, frequent, {word: stem for each in words for word, stem in each.items()})
    log.info("%d words, the features of a length of 1 among them", len(state.learned.vocabulary))
    del by_file, found, stems, by_stem
    for length in range(2, wanted.ngram_max + 1):
        by_file = cluster.of_files(tasks.counted_ngrams, state, parts, returns=parts)
        sums = cluster.get(cluster.of_parts(tasks.added, zip(*by_file, strict=True), state.least))
        state = state.longer(sharded.add(sums))
        log.info("%d runs of %d words that may be features", len(state.counts[-1]), length)
        del by_file, sums
    state = state.cut()
    if wanted.weighting == "none":
        return state.weighted()
    counts, n_texts = zip(*cluster.get(cluster.of_files(tasks.counted_documents, state, labels)), strict=True)
    return state.weighted(np.sum(counts, axis=0), sum(n_texts))


def prepare(ray: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Do it all, on the cluster that is running; return what was made."""
    started = time.monotonic()
    cluster = Cluster(ray, options.input)
    wanted = Specification(**{**RECIPE, **options.settings})
    labels = options.labels.split(",")
    pipeline = learn(cluster, wanted, labels)
    learned = time.monotonic()
    pipeline.save(options.output / "pipeline")
    target = options.output / "train"
    made = cluster.get(cluster.of_files(tasks.written, pipeline.learned, labels, options.input, target))
    facts = {name: sum(each[name] for each in made) for name in made[0]}
    facts |= {"features": pipeline.n_features, "files": len(made), "hosts": len(cluster.nodes), "labels": labels}
    facts |= {"text_bytes": sum(file.size for file in cluster.files)}
    facts |= {"seconds_to_learn": round(learned - started, 1), "seconds_to_write": round(time.monotonic() - learned, 1)}
    (options.output / "prepared.json").write_text(json.dumps(facts, indent=2) + "\n")
    cluster.on_all(finished)
    return facts


def main() -> int:
    """Prepare, or serve as one host of several; 1 and a sentence on stderr when it cannot be done."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = arguments()
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
            joined(Path(folder), base / "config" / "resourceconfig.json", limits(options)) as ray,
        ):
            if ray:
                print(json.dumps(prepare(ray, options)))
    except DataError as error:
        sentence = str(getattr(error, "cause", error))  # of a task's error Ray makes one with a stack trace
        print(f"prepare.py: {sentence}", file=sys.stderr)
        if (base / "output").is_dir():
            (base / "output" / "message").write_text(sentence)
        return 1
    return 0


def limits(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of ray.init that are not Ray's defaults."""
    store = None if options.store_mb is None else options.store_mb * 2**20
    wanted = {"num_cpus": options.workers, "object_store_memory": store, "object_spilling_directory": options.scratch}
    return {name: value for name, value in wanted.items() if value is not None}


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, required=True, help="folder with the texts")
    parser.add_argument("--output", type=Path, required=True, help="folder for pipeline/, train/ and prepared.json")
    parser.add_argument("--labels", default="neg,pos", help="all labels, the negative first (default: %(default)s)")
    parser.add_argument("--settings", type=json.loads, default={}, help='of textprep.Specification: {"ngram_max": 1}')
    parser.add_argument("--workers", type=int, help="files at a time on each host (default: its cores)")
    parser.add_argument("--store-mb", type=int, help="memory for what Ray shares; more goes to disk (default: Ray's)")
    parser.add_argument("--scratch", help="folder for what does not fit into memory (default: /tmp)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
