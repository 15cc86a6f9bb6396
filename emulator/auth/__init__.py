"""Who may speak to the emulator: its own access key, signatures, and from where requests come."""
