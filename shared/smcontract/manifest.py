"""manifest.json, the last file of every artefact: what the model is, which files belong to it, how to check it.

It says nothing of how the model files are to be read: that is the image's knowledge.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, Self

from smcontract.errors import AlgorithmError, UserError, shown
from smcontract.files import read_object, sha256, write_object
from smcontract.records import RecordType

NAME = "manifest.json"
BESIDE = ("model.tar.gz", "output.tar.gz", "code/")
"""What the SDK leaves beside a model: its local mode the archives, `entry_point` a script (see `serving.modelcode`)."""
FORMAT = 2
READABLE = (1, 2)  # 1 differs in what the image keeps beside it: its preprocessing, see `textprep.tokens`
_KINDS = {"image": str, "version": str, "fingerprint": str, "labels": list, "settings": dict, "libraries": dict,
          "metrics": dict, "golden": list, "files": dict, "format": int,
          "baseline": dict}  # fmt: skip
TOLERANCE = 1e-6  # absolute, of larger numbers relative: float32 has about seven digits


@dataclass(frozen=True)
class Manifest:
    """What an artefact says of itself.

    `fingerprint` is that of the preprocessing; `golden` holds `{"record": ..., "prediction": ...}` objects;
    `files` maps each file's name, relative to the artefact, to `{"sha256": ..., "size": bytes}`; `baseline` is what
    requests are compared with (`smcontract.monitoring.baseline`), empty where there is none.
    """

    image: str
    version: str
    fingerprint: str = ""
    labels: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    golden: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    format: int = FORMAT
    baseline: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, image: str, libraries: Iterable[str], hyperparameters: Mapping[str, Any], /, fingerprint: str = "",
        labels: Iterable[str] = (), **settings: Any,
    ) -> Self:  # fmt: skip
        """Describe a model that is trained here: with the versions installed, without hyperparameters that are None."""
        given = {name: value for name, value in hyperparameters.items() if value is not None}
        return cls(
            image=image,
            version=version(image),
            fingerprint=fingerprint,
            labels=tuple(labels),
            settings={"hyperparameters": given, **settings},
            libraries={name: version(name) for name in libraries},
        )


class Model(Protocol):
    """A loaded model; `smcontract.serving.handler` says what its members do."""

    @property
    def manifest(self) -> Manifest:
        """What the artefact says of itself."""

    @property
    def records(self) -> RecordType:
        """What a record is."""

    @property
    def predict(self) -> Callable[..., list[dict[str, Any]]]:
        """The method `predict(records, explain=False, **options)`: one prediction a record, in order."""


def write(folder: Path, manifest: Manifest) -> Manifest:
    """Write manifest.json over the files now in `folder` and return the manifest with their checksums."""
    paths = {name: folder / name for name in _names(folder)}
    listed = {name: {"sha256": sha256(path), "size": path.stat().st_size} for name, path in paths.items()}
    complete = replace(manifest, files=listed)
    write_object(folder / NAME, {each.name: getattr(complete, each.name) for each in fields(Manifest)})
    return complete


def read(folder: Path, image: str | None = None, *, optional: Collection[str] = ()) -> Manifest:
    """Return the manifest of the artefact in `folder`, its files checked against it.

    Raises UserError when there is none, when it is malformed or of another format, when it was made by an image other
    than `image` (if given), and when a file is foreign, changed or, unless it is one of `optional`, missing.
    """
    path = folder / NAME
    if not path.exists():
        raise UserError(
            f"{folder} does not contain {NAME}, so it is not a complete model of this image: check ModelDataUrl"
        )
    manifest = _parse(path, read_object(path))
    if image is not None and manifest.image != image:
        raise UserError(f"the model was trained by the image {shown(manifest.image)}; serve it there, not in {image}")
    _check_files(folder, manifest, optional)
    return manifest


def check_fingerprint(folder: Path, manifest: Manifest, fingerprint: str) -> None:
    """Raise UserError when the preprocessing found in `folder` is not the one that the model was trained with."""
    if fingerprint != manifest.fingerprint:
        raise UserError(
            f"the preprocessing in {folder} has the fingerprint {fingerprint}, the model was trained with "
            f"{manifest.fingerprint}: deploy the whole model.tar.gz of one training job"
        )


def check_golden(manifest: Manifest, predict: Callable[[list[Any]], Sequence[Any]]) -> None:
    """Score the golden records again; raises AlgorithmError when an answer differs by more than 1e-6."""
    if not manifest.golden:
        return
    answers = predict([example["record"] for example in manifest.golden])
    if len(answers) != len(manifest.golden):
        raise AlgorithmError(f"{len(manifest.golden)} golden records gave {len(answers)} predictions")
    for number, (example, answer) in enumerate(zip(manifest.golden, answers, strict=True), start=1):
        if not _same(example["prediction"], answer):
            raise AlgorithmError(
                f"golden record {number} gives {shown(answer)} here, but gave {shown(example['prediction'])} when the "
                "model was trained: serve it with the library versions of its manifest"
            )


def _names(folder: Path) -> list[str]:
    relative = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    hidden = {path for path in relative if any(part.startswith(".") for part in path.parts)}
    return sorted(path.as_posix() for path in relative if path not in hidden and path.as_posix() != NAME)


def _parse(path: Path, value: dict[str, Any]) -> Manifest:
    number = value.get("format")
    if number not in READABLE:
        raise UserError(
            f"{path} has format number {shown(number)}, this image reads {' and '.join(map(str, READABLE))}: "
            "train the model again"
        )
    value.setdefault("baseline", {})  # of an artefact from before there was one
    for name, kind in _KINDS.items():
        if not isinstance(value.get(name), kind):
            raise UserError(f"{path} is malformed: {name} is {shown(value.get(name))}; train the model again")
    if not all(isinstance(label, str) for label in value["labels"]):
        raise UserError(f"{path} is malformed: labels is {shown(value['labels'])}; train the model again")
    entries = [("files", entry, {"sha256", "size"}) for entry in value["files"].values()]
    entries += [("golden", entry, {"record", "prediction"}) for entry in value["golden"]]
    for name, entry, needed in entries:
        if not isinstance(entry, dict) or not needed <= entry.keys():
            raise UserError(f"{path} is malformed: {name} holds {shown(entry)}; train the model again")
    known = {name: value[name] for name in _KINDS}
    return Manifest(**{**known, "labels": tuple(value["labels"]), "golden": tuple(value["golden"])})


def _check_files(folder: Path, manifest: Manifest, optional: Collection[str]) -> None:
    there = _names(folder)
    missing = sorted(manifest.files.keys() - set(there) - set(optional))
    foreign = [name for name in there if name not in manifest.files and not _is_beside(name)]
    if missing:
        raise UserError(f"the model in {folder} is incomplete: {', '.join(missing)} missing")
    if foreign:
        raise UserError(f"{folder} contains files that do not belong to the model: remove {', '.join(foreign)}")
    for name in sorted(manifest.files.keys() & set(there)):
        if sha256(folder / name) != manifest.files[name]["sha256"]:
            raise UserError(f"{folder / name} has changed since training: its checksum differs from the manifest's")


def _is_beside(name: str) -> bool:
    return any(name == beside or (beside.endswith("/") and name.startswith(beside)) for beside in BESIDE)


def _same(expected: object, actual: object) -> bool:
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(_same, expected, actual))
    if isinstance(expected, float) and isinstance(actual, float | int):
        return math.isclose(expected, actual, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return expected == actual
