"""The public names of the package, and that none is loaded before it is asked for."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import textprep

SOURCE = Path(textprep.__file__)


@pytest.mark.parametrize("name", textprep.PUBLIC)
def test_a_public_name_is_that_of_its_module(name: str) -> None:
    assert getattr(textprep, name) is getattr(import_module(f"textprep.{textprep.PUBLIC[name]}"), name)
    assert name in dir(textprep)
    assert not (SOURCE.parent / f"{name}.py").exists()  # a module of that name would take its place


def test_type_checkers_see_the_same_names() -> None:
    block = next(node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If))
    seen = {node.names[0].asname: node.module for node in block.body if isinstance(node, ast.ImportFrom)}
    assert seen == {name: f"textprep.{module}" for name, module in textprep.PUBLIC.items()}


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(AttributeError, match="module 'textprep' has no attribute 'Pipelin'"):
        textprep.Pipelin  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Pipelin'"):
        from textprep import Pipelin  # noqa: F401


def test_a_module_that_needs_no_arrays_loads_none() -> None:
    program = "import sys, textprep.textfile; print({'numpy', 'scipy', 'nltk'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"
