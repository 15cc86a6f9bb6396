"""Every number of a foreign file's header, and its end, at the edge of what it can be: a sentence or an answer."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, os, random, resource, struct, sys
from pathlib import Path
from blazingtext_client import model
from smcontract.errors import ContractError

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
content = source.read_bytes()
edges = {"<i": (-(2**31), -1, 0, 1, 3, 255, 2**16, 2**24, 2**31 - 1), "<q": (-(2**63), -2, -1, 0, 1, 2**31, 2**62)}
fields = [(8 + 4 * place, "<i") for place in range(12)] + [(64, "<i"), (68, "<i"), (72, "<i"), (76, "<q"), (84, "<q")]
choice = random.Random(0)
fields += [(choice.randrange(92, len(content) - 8), form) for form in ("<i", "<q") for _ in range(4)]

def mutants():
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

for how, mutant in mutants():
    (folder / "model.bin").write_bytes(mutant)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        code = 3
        try:
            code = play()
        finally:
            os._exit(code)
    print(json.dumps([how, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]), flush=True)
"""


@pytest.mark.parametrize("name", ["plain", "subwords", "classifier", "ova", "quantised"])
def test_no_header_crashes_the_library(made, folder, name):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, made / name, folder], capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr[-3000:]
    codes = dict(json.loads(line) for line in done.stdout.splitlines())
    assert {how: code for how, code in codes.items() if code not in (0, 1)} == {}
    assert 40 < list(codes.values()).count(1) < len(codes)
