"""The table of the data sets, made from the catalogue."""

from driver.data.catalogue import DATASETS


def markdown() -> str:
    """Return a row for each data set."""
    lines = ["| NAME | what | download | from |", "|---|---|---|---|"]
    for dataset in DATASETS.values():
        source = dataset.url or f"the Python package `{dataset.package}`"
        lines.append(f"| `{dataset.name}` | {dataset.about} | {dataset.size} | {source} |")
    return "\n".join(lines) + "\n"
