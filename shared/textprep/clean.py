"""HTML out, entities to characters, lower case. Does not split words, strip accents or normalise Unicode.

On ordinary HTML it agrees with Python's `html.parser.HTMLParser` with a space for every tag, comment and declaration.
That parser itself is not used: what it makes of stray markup changes from one release of Python to the next, so that a
model could meet other words where it serves than where it was trained, and `<a <a <a` can keep it busy for minutes.
"""

import re
from html import unescape

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>")  # any other `<`, as in `<3`, is a character like any

_DECIMAL = re.compile(r"&#0*+([0-9]{8})[0-9]*+|&#0+(?=[0-9])")
"""What `unescape` must not see: it raises ValueError for a number of over 4,300 digits, zeros before it included."""


def clean(text: str) -> str:
    """Return `text` without HTML tags (a space for each), with entities decoded once, in lower case.

    What opens and never ends is text. A tag ends at its first `>`, even where that stands in an attribute's quotes.
    Any str will do; nothing is raised, and the time grows with the length of the text alone.

    Example:
        >>> clean("Great!<br />10&nbsp;/&nbsp;10 &amp; <b>FUN</b> <3").split()
        ['great!', '10', '/', '10', '&', 'fun', '<3']
    """
    if "<" in text:
        if "<!--" in text:
            text = _replace_by_spaces(_COMMENT, text, "-->")
        text = _replace_by_spaces(_TAG, text, ">")
    if "&" in text:
        text = unescape(_DECIMAL.sub(r"&#\1", text) if "&#" in text else text)
    return text.lower()


def _replace_by_spaces(markup: re.Pattern[str], text: str, end: str) -> str:
    """Replace markup by spaces, up to its last possible end: what opens after that would be searched in vain."""
    before, end, after = text.rpartition(end)
    return markup.sub(" ", before + end) + after
