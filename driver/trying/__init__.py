"""Pages in the browser, served on this machine alone: one to try a model, and the emulator's console."""
