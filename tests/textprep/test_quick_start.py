"""The quick start of shared/README.md: it runs as it is printed, and prints what its comments say."""

import os
import re
import subprocess
import sys
from pathlib import Path


def test_the_quick_start_prints_what_it_says(tmp_path):
    page = (Path(__file__).parents[2] / "shared" / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in program.splitlines() if line]) <= 10
    said = re.findall(r"^print\(.*  # (\(.*?\)|\[.*?\])", program, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(sys.prefix) / "references")},  # where pandas is
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == said
    assert len(said) == 2
