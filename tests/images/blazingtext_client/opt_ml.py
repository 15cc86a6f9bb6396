"""A job of this image, and what BlazingText's own definitions of metrics find in its log."""

import re
from pathlib import Path

from blazingtext_client import train
from blazingtext_client.hyperparameters import TABLE, defaults

from tests import opt_ml

README = Path(__file__).parents[3] / "images/blazingtext-client/README.md"


def documented_metrics(log):
    """The metrics that the regular expressions of the README find in a log."""
    table = re.findall(r"^\| `([a-z]+:[a-z_]+)` \| `(.*?)` \|", README.read_text("utf-8"), re.MULTILINE)
    assert len(table) == 3
    return {name: match[1] for name, regex in table if (match := re.search(regex, log))}


class OptMl(opt_ml.OptMl):
    main, table = "blazingtext_client.train:main", TABLE
    defaults, algorithm = staticmethod(defaults), staticmethod(train.algorithm)

    def put(self, channel, content, name="data.txt", content_type=None):
        """Add a file to a channel; return the channel."""
        return super().put(channel, content, name, content_type)

    def leftovers(self):
        return sorted(path.name for path in self.paths.failure.parent.glob(".*"))
