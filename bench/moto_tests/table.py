"""The table of docs/emulator.md: what of moto's own tests passes here, and why the rest does not."""

from collections.abc import Mapping

from bench.moto_tests.outcomes import REPOSITORY
from bench.moto_tests.reasons import REASONS

PAGE = REPOSITORY / "docs" / "emulator.md"
MARKERS = ("<!-- made by `make moto` -->\n\n", "\n<!-- end of moto's tests -->")


def write(found: Mapping[str, tuple[int, int, Mapping[str, Mapping[str, str]]]]) -> None:
    """Put it into the page. `found` has for each service how many tests pass, how many ask no server, and the rest."""
    before, start, rest = PAGE.read_text().partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    rows = [
        ["tests", *found],
        ["---", *("---:" for _ in found)],
        ["pass here as in moto", *(f"{passing:,}" for passing, _, _ in found.values())],
        ["look into moto from within, without a server", *(f"{alone:,}" for _, alone, _ in found.values())],
        *([why, *(f"{len(lost.get(why, ())) or ''}" for _, _, lost in found.values())] for why in REASONS),
    ]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    PAGE.write_text(f"{before}{start}{text}\n{end}{after}")
