"""Code that comes with a model: the SageMaker SDK puts a script into the artefact's folder `code` (`entry_point`).

The images serve every model by their own handler and run no code of a model's. So a script that would answer requests
itself is refused, while one that has only trained the model is left alone.
"""

import ast
import logging
from collections.abc import Mapping
from pathlib import Path

from smcontract.errors import UserError, shown

FOLDER = "code"
PROGRAM, USUAL = "SAGEMAKER_PROGRAM", "inference.py"
FUNCTIONS = frozenset({"model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn"})
"""What SageMaker's frameworks look for in the script."""

log = logging.getLogger(__name__)


def check(model: Path, environ: Mapping[str, str]) -> None:
    """Raise UserError for a script in the model's folder that has functions for serving, or that cannot be read."""
    name = environ.get(PROGRAM) or USUAL
    path = model / FOLDER / name
    if not path.is_file():
        return
    instead = "serve the model with an image of its framework, or deploy it without entry_point and source_dir"
    try:
        found = sorted(FUNCTIONS & _names(ast.parse(path.read_bytes())))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(f"the model's {FOLDER}/{name} cannot be read as Python ({error}): {instead}") from error
    if found:
        raise UserError(
            f"the model's {FOLDER}/{name} has its own {shown(', '.join(found))}, but this image answers requests by "
            f"its own handler and runs no code of a model: {instead}"
        )
    log.info("%s/%s is part of the model, has no functions for serving, and is not run", FOLDER, name)


def _names(tree: ast.Module) -> set[str]:
    """The functions that a module defines or imports by name."""
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    imports = [alias for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    return defined | {alias.asname or alias.name for alias in imports}
