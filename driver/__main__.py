"""`python -m driver`: the command line, in an environment that has boto3 already."""

import sys

from driver.cli import main

if __name__ == "__main__":
    sys.exit(main())
