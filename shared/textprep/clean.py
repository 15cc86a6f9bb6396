"""HTML out, entities to characters, lower case. Does not split words, strip accents or normalise Unicode.

On ordinary HTML it agrees with Python's `html.parser.HTMLParser` with a space for every tag, comment and declaration.
That parser itself is not used: what it makes of stray markup changes from one release of Python to the next, so that a
model could meet other words where it serves than where it was trained, and `<a <a <a` can keep it busy for minutes.
"""

import re
from html import unescape

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>")  # any other `<`, as in `<3`, is a character like any


def clean(text: str) -> str:
    """Return `text` without HTML tags (a space for each), with entities decoded once, in lower case.

    What opens and never ends is text. A tag ends at its first `>`, even where that stands in an attribute's quotes.

    Example:
        >>> clean("Great!<br />10&nbsp;/&nbsp;10 &amp; <b>FUN</b> <3").split()
        ['great!', '10', '/', '10', '&', 'fun', '<3']
    """
    if "<" in text:
        if "<!--" in text:
            text = _spaced(_COMMENT, text, "-->")
        text = _spaced(_TAG, text, ">")
    if "&" in text:
        text = unescape(text)
    return text.lower()


def _spaced(markup: re.Pattern[str], text: str, end: str) -> str:
    """Replace markup by spaces, up to its last possible end: what opens after that would be searched in vain."""
    before, end, after = text.rpartition(end)
    return markup.sub(" ", before + end) + after
