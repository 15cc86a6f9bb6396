"""The import structure: each package is a few rooms, folders or modules on top, and imports go down only."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULES_ON_TOP = 12
LINES = 300

ROOMS = {
    "emulator": (
        "errors console background state api files engines jobs images auth aws serving platform resources training"
        " tuning hosting transform processing cloudwatch operations server check __main__"
    ),
    "driver": (
        "errors checkout console secrets data requests aws output evaluation tables transforming emulator"
        " notebook images lifecycle report drift trying checks commandline commands cli __main__"
    ),
    "shared/smcontract": (
        "errors paths cpus httperrors archives hyperparameters files strictjson media records manifest monitoring"
        " training serving server"
    ),
}
"""The rooms of each package, from the lowest up: a room imports from those before it alone."""


def imports(package: Path) -> Iterator[tuple[Path, str]]:
    """Each module of a package, and the dotted name of each module or name of the package that it imports."""
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path} imports by a relative name"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            yield from ((path, name) for name in names if name.split(".")[0] == package.name)


@pytest.mark.parametrize("name", ROOMS)
def test_imports_go_down(repository: Path, name: str) -> None:
    package = repository / name
    order = ROOMS[name].split()
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there - {"__init__"} == set(order)
    upward = [
        f"{path.relative_to(repository)} imports {imported}"
        for path, imported in imports(package)
        if order.index(imported.split(".")[1]) > order.index(path.relative_to(package).with_suffix("").parts[0])
    ]
    assert upward == []


@pytest.mark.parametrize("name", [*ROOMS, "shared/textprep"])
def test_no_module_imports_itself_in_a_circle(repository: Path, name: str) -> None:
    package = repository / name
    modules = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in package.rglob("*.py")}
    graph: dict[str, set[str]] = {module: set() for module in modules}
    by_path = {path: module for module, path in modules.items()}
    for path, imported in imports(package):
        graph[by_path[path]].add(imported if imported in modules else imported.rpartition(".")[0])
    assert list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names them


@pytest.mark.parametrize("name", ROOMS)
def test_few_modules_stand_on_top(repository: Path, name: str) -> None:
    assert len(list((repository / name).glob("*.py"))) <= MODULES_ON_TOP


def test_modules_are_short(repository: Path) -> None:
    folders = [repository / name for name in ("emulator", "driver", "shared", "images", "bench", "docs", "examples")]
    lengths = {path: len(path.read_text().splitlines()) for folder in folders for path in folder.rglob("*.py")}
    assert [path for path, length in lengths.items() if length > LINES] == []
    assert sorted(lengths.values())[len(lengths) // 2] < 100


@pytest.mark.parametrize("module", ["emulator.check.__main__", "emulator.engines.virtualenv"])
def test_what_runs_before_anything_is_installed_needs_the_standard_library_alone(repository: Path, module: str) -> None:
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); import {module}"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_imports_nothing_by_itself(repository: Path) -> None:
    """So that a module of a room does not load its neighbours. `engines` is the exception: the choice of one."""
    inits = [path for name in ROOMS for path in (repository / name).rglob("__init__.py")]
    loading = [path.parent.name for path in inits if any(map(_is_code, ast.parse(path.read_text()).body))]
    assert loading == ["engines"]


def _is_code(node: ast.stmt) -> bool:
    return not isinstance(node, ast.Expr)
