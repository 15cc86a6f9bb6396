"""`data`: lists the data sets that the images can be tried with, and makes one ready; and a file of one's own."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from driver.commandline.flags import OutputOptions, add_command, add_json, set_run
from driver.commands import owndata
from driver.data import catalogue, getting
from driver.output import Output, table

DESCRIPTION = """\
Checks and imports files of your own; lists and downloads data sets to try the images with. Each of these becomes a
folder with train/ and test/ (CSV: label, text), unseen/ (the texts of test/ as JSON Lines, for transform) and corpus/
(text to learn word vectors from).

  ./launch.py data check reviews.xlsx
  ./launch.py data import reviews.xlsx --to reviews --split 0.8/0.1/0.1
  ./launch.py data get movie-reviews
  ./launch.py train xgboost-sentiment --name reviews --train run/data/movie-reviews/train
  ./launch.py transform reviews run/data/movie-reviews/unseen --labels run/data/movie-reviews/test/reviews.csv
  ./launch.py data get imdb --from aclImdb_v1.tar.gz --to imdb"""


@dataclass(frozen=True, kw_only=True)
class _GetOptions(OutputOptions):
    name: str
    source: Path | None
    to: Path | None


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `data list`, `get`, `check` and `import`."""
    command = add_command(
        commands, "data", "ACTION ", "check and import your own data; download data sets to try", DESCRIPTION
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    everything = actions.add_parser("list", help="list the data sets", allow_abbrev=False)
    set_run(everything, _list, OutputOptions)
    get = actions.add_parser("get", help="download, check and prepare a data set", allow_abbrev=False)
    get.add_argument("name", metavar="NAME", help=f"data set: one of {', '.join(catalogue.DATASETS)}")
    get.add_argument("--from", dest="source", type=Path, metavar="FILE",
                     help="use this file, or what was unpacked from it, instead of downloading")  # fmt: skip
    get.add_argument("--to", type=Path, metavar="DIR", help="folder to create (default: run/data/NAME)")
    set_run(get, _get, _GetOptions)
    for parser in (everything, get):
        add_json(parser)
    owndata.add(actions)


def _list(options: OutputOptions) -> int:
    places = {name: getting.default_folder(name) for name in catalogue.DATASETS}
    here = {name: getting.is_there(dataset, places[name]) for name, dataset in catalogue.DATASETS.items()}
    facts = [
        {
            "name": name,
            "about": dataset.about,
            "download": dataset.size,
            "folder": str(places[name]),
            "here": here[name],
        }
        for name, dataset in catalogue.DATASETS.items()
    ]
    rows = [
        [name, dataset.size, "yes" if here[name] else "", dataset.about] for name, dataset in catalogue.DATASETS.items()
    ]
    Output(options.json).result(facts, table(["NAME", "DOWNLOAD", "HERE", "WHAT"], rows))
    return 0


def _get(options: _GetOptions) -> int:
    output = Output(options.json)
    dataset = catalogue.find(options.name)
    folder = options.to or getting.default_folder(dataset.name)
    counts = getting.get(dataset, options.source, folder, output.say)
    output.result(
        {"name": dataset.name, "folder": str(folder), "counts": dict(counts)},
        [f"{dataset.name} is ready in {folder}", *(f"  {count:10,} {what}" for what, count in counts.items())],
    )
    return 0
