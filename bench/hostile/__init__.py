"""Hostile input for the images and the emulator, from seeds: every case can be made again from its name."""
