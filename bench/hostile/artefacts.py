"""Models that were damaged after training, with the manifest's checksums as they were or made to match the damage."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smcontract.files import sha256

from bench.hostile import channels
from bench.hostile.cases import Ended, Tally, rng_of, run, tally
from bench.hostile.jobs import of
from bench.hostile.mutations import NUMBERS, TEXTS, damaged, flip, number

VALUES: tuple[Any, ...] = (None, True, -1, 0, 1e308, [], {}, [[[]]], "x", *TEXTS, *NUMBERS)


def measure(image: str, count: int, seed: int, folder: Path) -> Tally:
    """Serve `count` damaged models; each is refused in a sentence, or serves its request."""
    jobs = {job.name: job for job in of(image)}
    for name, job in jobs.items():
        channels.write(folder / "good" / "cases" / name, *channels.whole(job))
    good = run(image, "train", folder / "good")
    for number_ in range(count):
        rng = rng_of(seed, "artefact", image, number_)
        case, made = folder / "cases" / f"{number_:06}", rng.choice(good)
        shutil.copytree(made.folder / "model", case / "model")
        name, request = jobs[made.case].request
        (case / name).write_bytes(request)
        damage(case / "model", rng)
    return tally("artefacts", image, run(image, "serve", folder), judge, kind)


def damage(model: Path, rng: random.Random) -> None:
    """Change one file, or what the manifest says; then make the checksums match in half of the cases."""
    path = rng.choice(sorted(path for path in model.rglob("*") if path.is_file()))
    way = rng.choice(("content",) * 6 + ("gone", "folder", "link", "extra", "manifest", "manifest"))
    if way == "content":
        content = path.read_bytes()
        path.write_bytes(rng.choice((damaged, flip, number))(rng, content))
    elif way == "manifest":
        card = json.loads((model / "manifest.json").read_bytes())
        spoil(card, rng)
        (model / "manifest.json").write_text(json.dumps(card))
    elif way == "extra":
        (model / rng.choice(("extra", "model.tar.gz", ".hidden", "nested"))).write_bytes(rng.randbytes(9))
    else:
        path.unlink()
        if way == "folder":
            path.mkdir()
        elif way == "link":
            path.symlink_to("/etc/passwd")
    if rng.random() < 0.5:
        match(model)


def spoil(value: Any, rng: random.Random) -> None:
    """Replace one value, somewhere in a JSON value, with another that does not belong there."""
    while isinstance(value, dict | list) and value:
        key = rng.choice(sorted(value)) if isinstance(value, dict) else rng.randrange(len(value))
        if not isinstance(value[key], dict | list) or not value[key] or rng.random() < 0.3:
            value[key] = rng.choice(VALUES)
            return
        value = value[key]


def match(model: Path) -> None:
    """Write the checksums of the files as they are now, as who tampers with a model would."""
    try:
        card = json.loads((model / "manifest.json").read_bytes())
        for name, facts in card["files"].items():
            facts |= {"sha256": sha256(model / name), "size": (model / name).stat().st_size}
        (model / "manifest.json").write_text(json.dumps(card))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # the manifest itself is what was damaged
        return


def judge(ended: Ended) -> Iterator[str]:
    """Refused in a sentence, or healthy and able to answer."""
    if ended.answered and (ended.status is None or ended.status >= 500):
        yield f"is healthy, and answers {ended.status}"
    if ended.answered and ended.code:
        yield f"served, and ended with {ended.code}"
    if not ended.answered and not ended.code:
        yield "ended as if nothing were wrong"
    if not ended.answered and not ended.log.strip():
        yield "said nothing"


def kind(ended: Ended) -> str:
    """What is counted."""
    return "served" if ended.answered else "refused"
