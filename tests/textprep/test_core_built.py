"""The C code with sanitizers, under which it does nothing that it must not, and the package without a compiler."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import sanitizers

SHARED = Path(__file__).parents[2] / "shared"

HOSTILE = r"""
import random, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from concurrent.futures import ThreadPoolExecutor
from textprep import core
from textprep.clean import clean
from textprep.ngrams import NGrams
from textprep.pipeline import Pipeline, Specification
from textprep.tokens import RULES, tokens

assert core._core.__file__.startswith(sys.argv[1])
generator = random.Random(14)
parts = ["<", "<b>", "<!--", "-->", "&", "&amp", "&notit;", "&#", "&#x", "&#x1F600;", "&#" + "9" * 50, "é", "İ", "Σ",
         "\u0301", "\u200d", "\ud800", "😀", "最高", "\x00", "good film ", "a" * 70, " ", ";", "1", "Ж",
         "\U00011038", "&fjlig;"]

def text():
    return "".join(generator.choices(parts, k=generator.randrange(30)))

texts = [text() for _ in range(1_500)] + ["", "x" * 100_000, "<a " * 10_000, "&" * 10_000]
for rule in RULES:
    words, ids, lengths = core.split(texts, rule)
    documents = np.split(ids, np.cumsum(lengths)[:-1])
    assert [[words[i] for i in document] for document in documents] == [tokens(clean(one), rule) for one in texts]
pipeline, matrix = Pipeline.fit(Specification(), texts, [n % 2 for n in range(len(texts))], workers=2)
assert (pipeline.transform(texts, workers=3) != matrix).nnz == 0
with ThreadPoolExecutor(4) as pool:
    list(pool.map(pipeline.rows, [[text() + f" new{n % 40}" for _ in range(300)] for n in range(24)]))
weights = np.ones(pipeline.n_features, np.float32)
scorer = pipeline.scorer(weights, 0.5)
assert scorer.margins(texts) == [margin for margin, *_ in scorer.explain(texts, 3)]
with ThreadPoolExecutor(4) as pool:
    batches = [[text() + f" newer{n % 40}" for _ in range(300)] for n in range(24)]
    list(pool.map(lambda batch: scorer.explain(batch, 10), batches))
table, model = pipeline.learned.grams.table, pipeline.learned.tables(weights).table
of_splitting, of_others = pipeline._numbers._of_splitting, pipeline._numbers._of_others
for wrong in (lambda: core._core.rows_of(model, b"", np.array([0])),
              lambda: core._core.rows(*of_splitting, model, ("a",), *of_others),
              lambda: core._core.score(*of_splitting, table, 0, ("a",), *of_others, 0),
              lambda: core._core.score(*of_splitting, model, 0, ("a",), *of_others, -1),
              lambda: core._core.grams(2, (np.array([7]),), None, False, False, None),
              lambda: core._core.grams(2, (np.array([-7]),), None, False, False, None),
              lambda: core._core.grams(2, (np.array([1]),), None, False, False, np.ones(2, np.float32)),
              lambda: core._core.rows_of(table, b"", np.array([0, 1])),
              lambda: core._core.rows_of(table, b"1234" * 3, np.array([0, 3, 1])),
              lambda: core._core.splitter(b"", b"", b"", {}, b""), lambda: core._core.words({"a": -9}, 0),
              lambda: core._core.words({5: 1}, 0), lambda: core._core.grams(-1, (), None, False, False, None),
              lambda: core._core.grams(2, (b"123",), None, False, False, None),
              lambda: core._core.grams(2, (), b"1234", False, False, None),
              lambda: core._core.split(None, (), None), lambda: core._core.split(table, (), None)):
    try:
        wrong()
    except (ValueError, TypeError, MemoryError):
        continue
    raise AssertionError("accepted")
print("done")
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "hostile.py"
    path.write_text(HOSTILE)
    return path


def test_nothing_is_read_or_written_out_of_bounds(tmp_path, program):
    package = shutil.copytree(SHARED / "textprep", tmp_path / "textprep", ignore=lambda *_: ["__pycache__"])
    for built in package.glob("_core*"):
        built.unlink()
    sanitizers.build(SHARED / "core" / "module.c", package, "_core")
    done = sanitizers.run(program, tmp_path)
    assert done.stdout == "done\n", done.stderr[-5_000:]


WITHOUT = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]  # it knows of the core
sys.path.insert(0, sys.argv[1])
from textprep import core, pipeline, sequences
assert pipeline.__file__.startswith(sys.argv[1])
assert not core.AVAILABLE
fitted, matrix = pipeline.Pipeline.fit(pipeline.Specification(min_count=1), ["good films", "a bad film"], [1, 0])
assert (fitted.transform(["good films", "a bad film"], workers=2) != matrix).nnz == 0
print(fitted.rows(["film"]).features.tolist(), fitted.fingerprint)
"""


def test_without_a_compiler_the_python_code_does_the_same(tmp_path):
    from textprep.pipeline import Pipeline, Specification

    source = shutil.copytree(SHARED, tmp_path / "source", ignore=lambda *_: ["build"])
    for built in (source / "textprep").glob("_core*"):
        built.unlink()
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps")
    environment = {**os.environ, "CC": "no-compiler"}
    subprocess.run([*pip, "--no-build-isolation", "--wheel-dir", tmp_path, source], check=True, env=environment)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    assert not list((tmp_path / "site" / "textprep").glob("_core*"))
    (tmp_path / "without.py").write_text(WITHOUT)
    done = subprocess.run(
        [sys.executable, tmp_path / "without.py", tmp_path / "site"], capture_output=True, text=True, check=False
    )
    fitted, _ = Pipeline.fit(Specification(min_count=1), ["good films", "a bad film"], [1, 0])
    assert done.stdout == f"{fitted.rows(['film']).features.tolist()} {fitted.fingerprint}\n", done.stderr
