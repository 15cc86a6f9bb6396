"""What pytest must know of the whole folder."""

import signal

from hypothesis import settings

collect_ignore = ["fixtures"]  # programs that tests run, not tests

settings.register_profile("patient", deadline=None)  # on a busy machine any example may take long
settings.load_profile("patient")

# A shell starts background jobs with Ctrl-C ignored, and the programs that tests interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
