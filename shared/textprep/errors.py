"""The one exception of this package. It does not cover programming mistakes, which stay ordinary Python errors."""


class DataError(ValueError):
    """Bad text, labels or saved pipeline. The message is a sentence for people: what is wrong, where, what to do."""
