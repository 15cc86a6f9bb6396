"""Executes the notebooks from top to bottom, and stores them with their outputs, as they read on a code host."""

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from examples import account

FOLDER = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Without the version of Python: the notebooks run on several."""


def main() -> None:
    """Execute all notebooks. CellExecutionError, with the cell and its traceback, when one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="FOLDER", help="where to (default: in place)")
    output: Path = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    account.connect("emulator")  # here, so that what it says when it starts is not in a notebook
    for path in sorted(FOLDER.glob("*.ipynb")):
        print(f"executing {path.name}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        execute(notebook)
        nbformat.write(notebook, output / path.name)


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells in a fresh kernel, in the notebooks' folder, and leave out what would differ at each run."""
    encrypted = Config({"KernelManager": {"transport_encryption": "auto"}})  # otherwise the kernel warns in a cell
    place = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=600, resources=place, record_timing=False, config=encrypted).execute()
    notebook.metadata = nbformat.from_dict(METADATA)


if __name__ == "__main__":
    main()
