"""Damage: bytes that people and machines really send, and bytes that nobody should. All of it follows from a seed."""

import gzip
import random
import struct
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes], bytes]

TEXTS = (
    "", " ", "\n", "\0", "\ufeff", "\x85", "\u2028", "\x1b]52;c;aGk=\x07", "\u202etxt", "İİİ", "क्षि", "می‌خواهم",
    "👩‍👩‍👧", "e\u0301" * 50, "&#" + "1" * 4301 + ";", "&#xD800;", "&#0;", "&amp" * 100, "<" * 200, "<!--", "<![CDATA[",
    "</s>", "__label__a,b", "<a href='" + "x" * 300, '"', '""', "'", ",", ";", "\t", "\\", "\\u0000", "a,b,c",
    "1" * 4301, "1e999", "-0", "nan", "inf", "True", "None", "0x10", "1_000", "٣", "../../etc/passwd",
    "${jndi:ldap://x}", "%s%n", "{{7*7}}", "'; DROP TABLE x; --", "A" * 5_000, "a " * 2_000,
)  # fmt: skip
BYTES = (
    b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80", b"\x00" * 9, b"\r", b"\r\n", b"\n\n\n",
    b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08",
)  # fmt: skip
NUMBERS = (-1, 0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Return `content` after one to four mutations."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        content = rng.choice(MUTATIONS)(rng, content)
    return content


def flip(rng: random.Random, content: bytes) -> bytes:
    """Change single bits."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 30)) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, content: bytes) -> bytes:
    """Leave out the end, or a piece from the middle."""
    start = rng.randint(0, len(content))
    return content[:start] + (content[rng.randint(start, len(content)) :] if rng.random() < 0.5 else b"")


def repeat(rng: random.Random, content: bytes) -> bytes:
    """Repeat a piece, up to 200,000 bytes in all."""
    start = rng.randint(0, len(content))
    piece = content[start : rng.randint(start, len(content))]
    return (content[:start] + piece * min(rng.choice((2, 50, 2_000)), 200_000 // (len(piece) + 1)) + content[start:])[
        :1_000_000
    ]


def insert(rng: random.Random, content: bytes) -> bytes:
    """Put a hostile text or hostile bytes somewhere."""
    at = rng.randint(0, len(content))
    piece = rng.choice(TEXTS).encode() if rng.random() < 0.7 else rng.choice(BYTES)
    return content[:at] + piece + content[at:]


def number(rng: random.Random, content: bytes) -> bytes:
    """Overwrite four bytes with a number at the edge of its type."""
    if len(content) < 4:
        return content
    at = rng.randrange(len(content) - 3)
    return content[:at] + struct.pack("<I", rng.choice(NUMBERS) & 0xFFFFFFFF) + content[at + 4 :]


def swap(rng: random.Random, content: bytes) -> bytes:
    """Replace each byte of one kind with another: delimiters, quotes, line ends."""
    signs = [b",", b"\n", b'"', b":", b"{", b"}", b" ", b";", b"\t", b"\r", b"\0"]
    return content.replace(rng.choice(signs), rng.choice(signs))


def shuffle(rng: random.Random, content: bytes) -> bytes:
    """Change the order of lines."""
    lines = content.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def wrap(rng: random.Random, content: bytes) -> bytes:
    """Encode the whole otherwise: gzip, UTF-16, a byte order mark, nothing at all."""
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: gzip.compress(content, mtime=0),
        lambda: gzip.compress(content, mtime=0)[: -rng.randint(1, 9)],
        lambda: content.decode("utf-8", "replace").encode("utf-16"),
        lambda: b"\xef\xbb\xbf" + content,
        lambda: content + b"\n" * 100,
        lambda: b"",
        lambda: rng.randbytes(rng.choice((1, 100, 10_000))),
    )
    return rng.choice(ways)()


MUTATIONS: tuple[Mutation, ...] = (flip, cut, repeat, insert, insert, number, swap, shuffle, wrap)
