"""Figures against named references: how fast, how accurate, how big.

The references stand in a folder of their own, which the Makefile makes.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(sys.prefix) / "references"))
