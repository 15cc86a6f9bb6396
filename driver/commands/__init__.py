"""The commands of launch.py, one module each: `add` makes the parser, `run` does it and returns the exit code."""
