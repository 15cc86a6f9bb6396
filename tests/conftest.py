"""What pytest must know of the whole folder."""

collect_ignore = ["fixtures"]  # programs that tests run, not tests
