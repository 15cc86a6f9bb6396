"""moto's own tests, run against the emulator: nothing that they show to work in moto may fail here without a reason."""
