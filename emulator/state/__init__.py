"""The state folder: what outlives the emulator's process."""
