"""MXNet 1.9.1 on a current NumPy and Python. Import `mx` from here, never `mxnet` itself.

MXNet's Python code asks NumPy for names that NumPy has dropped, and Python for `distutils`, gone since 3.12. While its
modules are imported, their own `import numpy` returns a module that has those names too. NumPy itself is not changed,
so no other code sees a difference. Names that NumPy 2 spells differently work; a call to what it no longer has raises
NotImplementedError.

MXNet writes a Python function for each of its 2,500 operators when it is imported, of which a job calls twenty. Here
each is compiled when it is first called, which halves the time of the import.
"""

import builtins
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType, SimpleNamespace
from typing import Any, Never

import numpy as np

SAME = {"alltrue": "all", "product": "prod", "round_": "round", "sometrue": "any", "trapz": "trapezoid"}
"""Name in NumPy 1 -> name in NumPy 2."""
GONE = ("in1d", "mirr", "msort", "npv", "pmt", "ppmt", "pv", "rate")
VALUES = {
    "Inf": np.inf, "NAN": np.nan, "NaN": np.nan, "NINF": -np.inf, "NZERO": -0.0, "PINF": np.inf, "PZERO": 0.0,
    "bool": bool, "float": float, "int": int, "object": object, "compat": SimpleNamespace(basestring=str),
}  # fmt: skip


class Version(tuple[int, ...]):
    """What `distutils.version` offered, as far as MXNet compares NumPy's version with others."""

    def __new__(cls, text: str) -> "Version":
        """Read the numbers of `text`.

        Example:
            >>> Version("1.17") < Version("2.4.6")
            True
        """
        return super().__new__(cls, map(int, re.findall(r"\d+", text)))


def _gone(name: str) -> Callable[..., Never]:
    def call(*_: Any, **__: Any) -> Never:
        raise NotImplementedError(
            f"MXNet hands this call to numpy.{name}, which NumPy {np.__version__} no longer has: call what replaced it "
            "(NumPy's migration guide says what), and not MXNet"
        )

    return call


def _numpy() -> ModuleType:
    """Everything that NumPy has, and what MXNet asks for besides."""
    module = ModuleType("numpy", np.__doc__)
    renamed = {old: getattr(np, new) for old, new in SAME.items() if hasattr(np, new)}
    vars(module).update({old: _gone(old) for old in GONE} | renamed | vars(np) | VALUES)
    return module


def _later(source: str, _: None, functions: dict[str, Callable[..., Any]]) -> None:
    """Stand in for `exec` where MXNet defines one function: its caller's globals are those of the function."""
    space = sys._getframe(1).f_globals
    match = re.match(r"\s*def (\w+)\(", source)
    if match is None:
        raise AssertionError(f"MXNet runs more than the definition of one function: {source[:80]!r}")

    def function(*arguments: Any, **named: Any) -> Any:
        if not defined:
            exec(source, space, defined)  # noqa: S102 (MXNet's own text)
        return defined[name](*arguments, **named)

    name, defined = match[1], dict[str, Callable[..., Any]]()
    functions[name] = function


class _Loader(SourceFileLoader):
    """Runs a module of MXNet with an `import` statement of its own; `writers` of functions with an `exec` as well."""

    stand_ins: Mapping[str, Any] = {
        "numpy": _numpy(),
        "onnx": ModuleType("onnx"),  # its exporter asks whether there is onnx, which takes half a second to import
        "distutils.version": SimpleNamespace(LooseVersion=Version, StrictVersion=Version),
    }
    # scipy.stats takes as long to import as half of MXNet, which does without it except to quantize.
    left_out = (("scipy", "stats"), ("scipy.stats",))
    writers = ("mxnet.ndarray.register", "mxnet.symbol.register")

    def exec_module(self, module: ModuleType) -> None:
        own = {"__import__": self._import} | ({"exec": _later} if module.__name__ in self.writers else {})
        vars(module)["__builtins__"] = vars(builtins) | own
        super().exec_module(module)

    def _import(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name in self.stand_ins:
            return self.stand_ins[name]
        if level == 0 and (name, *(fromlist or ())) in self.left_out:
            raise ImportError("scipy.stats is left out: see headline_mxnet.numpy1")
        return builtins.__import__(name, globals, locals, fromlist, level)


class Finder(PathFinder):
    """Finds MXNet's modules."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of MXNet is, and what runs it; None for any other."""
        spec = super().find_spec(fullname, path, target) if fullname.partition(".")[0] == "mxnet" else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


@contextmanager
def _finder() -> Iterator[None]:
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _finder():
    import mxnet as mx  # noqa: TID251

__all__ = ["Finder", "mx"]
