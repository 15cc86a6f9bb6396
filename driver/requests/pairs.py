"""`NAME=VALUE` on a command line."""

from collections.abc import Iterable

from driver.errors import DriverError, quote


def pairs(given: Iterable[str] | None, flag: str) -> dict[str, str]:
    """Return the texts as a dict; what comes later replaces what came before. Raises DriverError for another form.

    Example:
        >>> pairs(["mode=cbow", "epochs=3"], "--set")
        {'mode': 'cbow', 'epochs': '3'}
    """
    result: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise DriverError(f"{flag} {quote(text)}: expected NAME=VALUE")
        result[name] = value
    return result
