"""Every number of a foreign file's header, and its end, at the edge of what it can be: a sentence or an answer."""

import subprocess
import sys

PROGRAM = """
import json, random, signal, struct, sys
from pathlib import Path
from blazingtext_client import model
from smcontract.errors import ContractError

folder, *sources = map(Path, sys.argv[1:])
edges = {"<i": (-(2**31), -1, 0, 1, 3, 255, 2**16, 2**24, 2**31 - 1), "<q": (-(2**63), -2, -1, 0, 1, 2**31, 2**62)}

def mutants(content):
    fields = [(8 + 4 * place, "<i") for place in range(12)]
    fields += [(64, "<i"), (68, "<i"), (72, "<i"), (76, "<q"), (84, "<q")]
    choice = random.Random(0)
    fields += [(choice.randrange(92, len(content) - 8), form) for form in ("<i", "<q") for _ in range(4)]
    for place, form in fields:
        for value in edges[form]:
            packed = struct.pack(form, value)
            yield f"{place}={value}", content[:place] + packed + content[place + len(packed) :]
    for place in sorted(choice.sample(range(len(content)), 12)):
        yield f"cut at {place}", content[:place]

def play():
    try:
        loaded = model.load(folder)
        records = [loaded.records.from_json(text) for text in ("a wonderful film", "wonderful", "", "電影 é")]
        loaded.predict(records)
    except ContractError:
        return 1
    return 0

for source in sources:
    for how, mutant in mutants(source.read_bytes()):
        (folder / "model.bin").write_bytes(mutant)
        signal.setitimer(signal.ITIMER_PROF, 10)
        print(json.dumps([source.name, how]), end=" ", flush=True)
        print(play())
"""


def test_no_header_crashes_the_library(made, folder):
    sources = sorted(made / name for name in ("plain", "subwords", "classifier", "ova", "quantised"))
    command = [sys.executable, "-c", PROGRAM, folder, *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"{lines[-1:]}\n{done.stderr[-3000:]}"
    for source in sources:
        codes = [line[-1] for line in lines if line.startswith(f'["{source.name}", ')]
        assert 40 < codes.count("1") < len(codes)
