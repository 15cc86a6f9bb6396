"""Reviews to be exported in many forms, and commands that are given them."""

import itertools

import pandas

GOOD = ("wonderful", "superb", "moving", "brilliant", "charming")
BAD = ("awful", "dull", "tedious", "terrible", "clumsy")


def reviews(count: int = 20) -> list[tuple[str, str]]:
    """Labels and texts by turns; every text is another one."""
    pairs = itertools.cycle(itertools.product(range(5), range(5)))
    return [
        (label, f"Film {number} has a {words[first]} story, and the actors are {words[second]}.")
        for number, (first, second) in zip(range(count), pairs, strict=False)
        for label, words in ([("neg", BAD)] if number % 2 else [("pos", GOOD)])
    ]


def frame(count: int = 20, label: str = "sentiment", text: str = "review") -> pandas.DataFrame:
    return pandas.DataFrame(reviews(count), columns=[label, text])
