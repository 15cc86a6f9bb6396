"""A job of this image."""

from blazingtext_client import train
from blazingtext_client.hyperparameters import TABLE, defaults

from tests import opt_ml


class OptMl(opt_ml.OptMl):
    main, table = "blazingtext_client.train:main", TABLE
    defaults, algorithm = staticmethod(defaults), staticmethod(train.algorithm)

    def put(self, channel, content, name="data.txt", content_type=None):
        """Add a file to a channel; return the channel."""
        return super().put(channel, content, name, content_type)

    def leftovers(self):
        return sorted(path.name for path in self.paths.failure.parent.glob(".*"))
