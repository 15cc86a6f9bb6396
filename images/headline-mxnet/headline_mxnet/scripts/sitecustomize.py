"""Python runs this before a user's script, whose `import mxnet` then gives what `headline_mxnet.numpy1` makes of MXNet.

Nothing is imported until the script imports MXNet.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Finder(MetaPathFinder, Loader):
    """Finds MXNet once; not in `find_spec`, after which Python would take a module that is there for another."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname == "mxnet" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        sys.meta_path.remove(self)
        numpy1 = importlib.import_module("headline_mxnet.numpy1")
        sys.meta_path.insert(0, numpy1.Finder())  # for what MXNet imports only when it is used
        module: ModuleType = numpy1.mx
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module has run."""


if __name__ == "sitecustomize":  # and not a module that is only looked at
    sys.meta_path.insert(0, _Finder())
