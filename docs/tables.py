"""The tables of the documentation that are made from code. `python -m docs.tables` writes them into the pages again.

A table is between `<!-- table: NAME -->` and `<!-- end -->`; tests/docs fails when one differs from the code. The
policies in a template are, too, behind YAML's sign of comments; tests/deploy checks those.
"""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from smcontract.serving import settings

from docs import datasets, flags, policies, supported
from driver import images
from examples.scaling import cost

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = (
    "docs/contract.md",
    "docs/operations.md",
    "docs/driver.md",
    "docs/data.md",
    "docs/scaling.md",
    *(f"images/{name}/README.md" for name in images.find_own()),
)
TEMPLATES = ("deploy/role.yaml",)
TABLES: Mapping[str, Callable[[], str]] = {
    "server settings": settings.markdown,
    "data sets": datasets.markdown,
    "cost of hosts": cost.markdown,
    "emulator operations": supported.operations,
    "emulator lacking": supported.lacking,
    "emulator members": supported.members,
    **{f"{name} hyperparameters": image.table.markdown for name, image in images.find_own().items()},
    **flags.tables(),
    **{f"policy {name}": functools.partial(policies.cloudformation, name) for name in policies.names()},
}
_PLACE = re.compile(r"(<!-- table: (.+?) -->\n).*?((?:[ ]*# )?<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    """Return a page's text with its tables as the code has them; KeyError for a table that does not exist.

    Example:
        >>> renewed("no table here")
        'no table here'
    """

    def filled(place: re.Match[str]) -> str:
        blank = "\n" if place[3].startswith("<") else ""  # which Markdown needs
        return f"{place[1]}{blank}{TABLES[place[2]]()}\n{place[3]}"

    return _PLACE.sub(filled, page)


def main() -> None:
    """Renew every page and template."""
    for page in (*PAGES, *TEMPLATES):
        path = REPOSITORY / page
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
