"""Why some of moto's tests cannot pass against the emulator, by a pattern of the test's name and failure."""

REASONS: dict[str, str] = {}
