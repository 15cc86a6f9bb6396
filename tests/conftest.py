"""What pytest must know of the whole folder."""

import signal

collect_ignore = ["fixtures"]  # programs that tests run, not tests

# A shell starts background jobs with Ctrl-C ignored, and the programs that tests interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
