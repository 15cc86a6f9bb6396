"""Text to features: cleaning, tokens, Porter stems, n-grams, sparse matrices, and a pipeline that saves itself.

It knows nothing of SageMaker, HTTP or any model library, downloads nothing and reads no environment variable.

The names below are public. Each is loaded when it is first used: `Pipeline` needs SciPy's sparse matrices; a program
that only opens files does not wait for them. The functions `clean` and `tokens` are not among them, since their modules
have the same names: `from textprep.clean import clean`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textprep.corpus import Corpus as Corpus
    from textprep.embeddings import Vectors as Vectors
    from textprep.embeddings import read_word2vec as read_word2vec
    from textprep.embeddings import write_word2vec as write_word2vec
    from textprep.errors import DataError as DataError
    from textprep.pipeline import Pipeline as Pipeline
    from textprep.records import Record as Record
    from textprep.records import read_csv as read_csv
    from textprep.records import read_jsonlines as read_jsonlines
    from textprep.records import read_text as read_text
    from textprep.sequences import Sequences as Sequences
    from textprep.specification import Specification as Specification
    from textprep.textfile import open_text as open_text

PUBLIC = {
    "Corpus": "corpus", "DataError": "errors", "Pipeline": "pipeline", "Record": "records", "Sequences": "sequences",
    "Specification": "specification", "Vectors": "embeddings", "open_text": "textfile", "read_csv": "records",
    "read_jsonlines": "records", "read_text": "records", "read_word2vec": "embeddings", "write_word2vec": "embeddings",
}  # fmt: skip
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *PUBLIC])
