"""Executes the notebooks from top to bottom and stores them with their outputs, as they read on a code host.

    python -m examples.notebooks                      # in place
    python -m examples.notebooks --output FOLDER      # into a folder
"""

import argparse
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

from examples import account

FOLDER = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""No version of Python: the notebooks run on several."""


def main() -> None:
    """Execute all notebooks. CellExecutionError, with the cell and its traceback, when one fails."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and store them with their outputs.")
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="FOLDER", help="where to (default: in place)")
    output: Path = parser.parse_args().output
    account.connect(aws=False)  # if it starts the emulator, the words about that do not belong into a notebook
    for path in sorted(FOLDER.glob("*.ipynb")):
        print(f"executing {path.name}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        execute(notebook)
        nbformat.write(notebook, output / path.name)


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells in a fresh kernel, in the notebooks' folder, and drop what would differ at each run."""
    kernel = AsyncKernelManager(kernel_name="python3", transport_encryption="auto")  # without, it warns in a cell
    resources = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, km=kernel, timeout=600, resources=resources, record_timing=False).execute()
    notebook.metadata = nbformat.from_dict(METADATA)


if __name__ == "__main__":
    main()
