"""Texts that a program may stumble over; each is a text like any other."""

TEXTS = (
    "&#" + "1" * 4301 + "; great",  # int() takes 4,300 digits
    "&#" + "0" * 5000 + "65; film",
    "half \ud83d a character, \udc00\ud800",
    "a NUL \x00 and \x1c controls \x85 of lines \u2028 here \u2029 a\x0bb",
    "İSTANBUL &#x130;",
    "\u0301\u200d",
    "a" + "\u0315\u0316" * 20_000,
    "y" * 20_000,
    "<" * 20_000 + "<!--" * 5000 + "&" * 20_000,
    "<b " * 10_000 + ">",
    "\U0010ffff\ufffe \ufeff \ufdd0",
)
