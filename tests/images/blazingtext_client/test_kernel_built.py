"""The kernel with sanitizers, under which it does nothing that it must not, and the package without a compiler."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
from blazingtext_client import corpus, vectors
from smcontract.training.checkpoints import Checkpoints

from tests import sanitizers

REPOSITORY = Path(__file__).parents[3]
IMAGE = REPOSITORY / "images" / "blazingtext-client"

HOSTILE = r"""
import random, sys
sys.path[:0] = sys.argv[1:]
import numpy as np
from concurrent.futures import ThreadPoolExecutor
from blazingtext_client import kernel, layout
from tests.images.blazingtext_client.test_kernel import WORDS, arrays, sentences
from tests.images.blazingtext_client.test_text_trainer import texts, untrained

assert kernel._kernel.__file__.startswith(sys.argv[1])
chance = random.Random(4)
for _ in range(150):
    n_words, mode = chance.choice([1, 2, 40]), chance.randrange(3)
    made = arrays(n_words, chance.choice([1, 8, 30]), chance.choice([0, 1, 60]) if mode else 0)
    window, negatives, batch = map(chance.choice, ([1, 5, 2**31 - 1], [0, 1, 31, 32, 70], [1, 11, 2**62]))
    method = layout.Method(mode, window, negatives, batch)
    trainer, ids = kernel.Trainer(made, method), sentences(n_words, chance.randrange(5), chance.choice([1, 5, 300]))
    with ThreadPoolExecutor(3) as pool:
        for words, _ in pool.map(lambda seed: trainer.train(ids, 5.0, seed), range(3)):
            assert words == (ids != -1).sum()
    made.stop[0] = 1
    trainer.train(ids, 5.0, 1)
    for wrong in (b"", b"123", np.array([n_words], np.int32), np.array([-(2**31), 2**31 - 1], np.int32)):
        try:
            trainer.train(wrong, float("nan"), 2**64 - 1)
        except ValueError as error:
            assert "there is no word" in str(error)
for _ in range(100):
    n_words, n_labels, dim = chance.choice([2, 40]), chance.choice([1, 3, 200]), chance.choice([1, 30])
    longest, buckets = chance.choice([1, 2, 2**62]), chance.choice([1, 60])
    weights, made, grams = untrained(n_words, n_labels, dim, longest, buckets, chance.choice([(0, 0), (1, 5)]))
    trainer, ids = kernel.TextTrainer(weights, made, grams), texts(n_words, n_labels, chance.randrange(5), 300)
    with ThreadPoolExecutor(3) as pool:
        for words, _ in pool.map(lambda seed: trainer.train(ids, 5.0, 0.01, seed), range(3)):
            assert words == (ids > 0).sum()
    made.stop[0] = chance.randrange(2)
    assert trainer.right(ids) <= (ids == -1).sum()
    for wrong in (b"", b"123", np.array([n_words, -1], np.int32), np.array([-(2**31), 2**31 - 1], np.int32)):
        try:
            trainer.train(wrong, float("nan"), float("inf"), 2**64 - 1)
            trainer.right(wrong)
        except ValueError as error:
            assert "there is no " in str(error)
index = {"a": 0, "b": -1, "c": 2**62, "d": -(2**62)}
kernel.features([*WORDS, "", "a", "b", "c", "é" * 300], index, layout.Grams(2**62, 1, 2**62, 2**32 - 1, 5))
for minn, maxn, bucket in ((1, 2**62, 1), (2**62, 2**62, 7), (3, 6, 2**32 - 1), (-5, -5, 9)):
    kernel.subwords([*WORDS, "", "é" * 300], minn, maxn, bucket)
for wrong in (lambda: kernel.subwords(["\ud800"], 1, 2, 3), lambda: kernel.subwords([5], 1, 2, 3),
              lambda: kernel.subwords(["a"], 1, 2, 0), lambda: kernel._kernel.train(None, b"", 0.1, 1),
              lambda: kernel._kernel.model((None,) * 8, 8, 0, 1, 1, 1),
              lambda: kernel._kernel.classes((None,) * 6, 8, 1, 1, 1), lambda: kernel._kernel.right_texts(None, b""),
              lambda: kernel._kernel.train_texts(None, b"", 0.1, 0.1, 1), lambda: kernel.hashes(["a", 5]),
              lambda: kernel.hashes(["\ud800"]), lambda: kernel.features(["\ud800"], {}, layout.Grams(1, 0, 0, 1, 1)),
              lambda: kernel.features(["a", 5], {}, layout.Grams(1, 0, 0, 1, 1)),
              lambda: kernel.features(["a"], {"a": "b"}, layout.Grams(1, 0, 0, 1, 1)),
              lambda: kernel.features(["a"], {}, layout.Grams(1, 0, 0, 0, 1))):
    try:
        wrong()
    except (ValueError, TypeError):
        continue
    raise AssertionError("accepted")
print("done")
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    package = shutil.copytree(
        IMAGE / "blazingtext_client", tmp_path / "blazingtext_client", ignore=lambda *_: ["__pycache__"]
    )
    for built in package.glob("_kernel*"):
        built.unlink()
    (tmp_path / "hostile.py").write_text(HOSTILE)
    sanitizers.build(IMAGE / "core" / "module.c", package, "_kernel", "-std=gnu11", "-Wno-psabi")
    done = sanitizers.run(tmp_path / "hostile.py", tmp_path, REPOSITORY)
    assert done.stdout == "done\n", done.stderr[-5_000:]


WITHOUT = """
import json, sys, threading
sys.meta_path = [finder for finder in sys.meta_path if "blazingtext" not in str(finder)]  # it knows of the kernel
sys.path.insert(0, sys.argv[1])
import numpy as np
from array import array
from pathlib import Path
from blazingtext_client import corpus, engine, kernel, parts, vectors
from smcontract.training.checkpoints import Checkpoints
assert vectors.__file__.startswith(sys.argv[1])
assert not kernel.AVAILABLE
given = json.loads(sys.argv[3])
part = parts.Part(Path(given["path"]), given["tokens"], array("q", given["ends"]))
read = corpus.Corpus([part], given["words"], np.array(given["counts"]))
np.save(sys.argv[2], vectors.train(read, given["settings"], threading.Event(), Checkpoints(None, {})).vectors())
"""
SETTINGS = {
    "mode": "cbow", "subwords": True, "min_char": 2, "max_char": 3, "buckets": 50, "epochs": 1, "vector_dim": 6,
    "min_count": 1, "window_size": 2, "batch_size": None, "negative_samples": 2, "sampling_threshold": 1.0,
    "learning_rate": 0.05,
}  # fmt: skip


def test_without_a_compiler_the_python_code_does_the_same(job, tmp_path):
    read = corpus.read(job.put("train", "a café by the sea\nthe sea\n" * 5), tmp_path, 1, threading.Event())
    expected = vectors.train(read, SETTINGS, threading.Event(), Checkpoints(None, {})).vectors()
    source = shutil.copytree(IMAGE, tmp_path / "source", ignore=lambda *_: ["build"])
    for built in (source / "blazingtext_client").glob("_kernel*"):
        built.unlink()
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps")
    environment = {**os.environ, "CC": "no-compiler"}
    subprocess.run([*pip, "--no-build-isolation", "--wheel-dir", tmp_path, source], check=True, env=environment)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    assert not list((tmp_path / "site" / "blazingtext_client").glob("_kernel*"))
    (tmp_path / "without.py").write_text(WITHOUT)
    (part,) = read.parts
    given = {
        "path": str(part.path), "tokens": part.tokens, "ends": list(part.ends), "words": read.words,
        "counts": read.counts.tolist(), "settings": SETTINGS,
    }  # fmt: skip
    command = [sys.executable, tmp_path / "without.py", tmp_path / "site", tmp_path / "vectors.npy", json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.allclose(np.load(tmp_path / "vectors.npy"), expected, atol=1e-5)
