"""The C code that reads rows of numbers, under sanitizers."""

from pathlib import Path

from tests import sanitizers

SOURCE = Path(__file__).parents[2] / "shared" / "numbers" / "module.c"

HOSTILE = r"""
import random, sys
sys.path.insert(0, sys.argv[1])
import _numbers

generator = random.Random(7)
parts = [",", ",", "0", "1", "12", " ", "\t", ":", "0:1", " 3:2.5", "-", "+", ".", "e", "E5", "1e999", "nan", "\x00",
         "٣", "9" * 40, "0." + "1" * 40, "x", "_", "99999999999:1", "#", "0,0,0,", "\ud800"]
found = 0
for _ in range(60_000):
    line = "".join(generator.choices(parts, k=generator.randrange(12)))
    for read in (_numbers.csv, _numbers.libsvm):
        for zeros in (False, True):
            row = read(line, generator.choice([1, 2, 3, 8, 2**24, 2**40, -1, 0]), zeros)
            found += row is not None
            assert row is None or len(row[0]) == len(row[1])
wide = ",".join("0" * 100_000)
assert _numbers.csv(wide, 100_000, False) == (b"", b"")
assert len(_numbers.csv(wide, 100_000, True)[0]) == 400_000
for wrong in (lambda: _numbers.csv(b"1", 1, False), lambda: _numbers.csv("1"),
              lambda: _numbers.libsvm("1", "1", False)):
    try:
        wrong()
    except TypeError:
        continue
    raise AssertionError("accepted")
print("done" if found > 1_000 else found)
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    sanitizers.build(SOURCE, tmp_path, "_numbers")
    (tmp_path / "hostile.py").write_text(HOSTILE)
    done = sanitizers.run(tmp_path / "hostile.py", tmp_path)
    assert done.stdout == "done\n", done.stderr[-5_000:]
