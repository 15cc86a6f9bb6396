"""Proves a built image from outside: `python3 -m emulator.check IMAGE --sample FOLDER`, one line for each check."""
