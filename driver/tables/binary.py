"""Tables that are not text: Excel workbooks and Parquet, by pandas' readers."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from driver.errors import ChoiceError, DriverError, quote
from driver.tables.delimited import Row
from driver.tables.grid import Origin, to_table
from driver.tables.table import Choices, Table, cell

_INDEX = re.compile(r"__index_level_\d+__")  # pandas' name for an index without one


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are an Excel workbook, .xlsx."""
    return data[:4] == b"PK\x03\x04" and b"xl/" in data and b"[Content_Types].xml" in data


def is_parquet(data: bytes) -> bool:
    """Whether the bytes are a Parquet file."""
    return data[:5] == b"PAR1\x15"


def read_workbook(data: bytes, name: str, choices: Choices) -> Table:
    """Return the table of the only sheet that has rows, or of the one chosen. Raises DriverError, ChoiceError."""
    import pandas

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and the like, which do not matter here
            sheets = pandas.read_excel(
                io.BytesIO(data), sheet_name=None, header=None, dtype=object, keep_default_na=False, engine="openpyxl"
            )
    except Exception as error:  # whatever a damaged workbook makes openpyxl raise
        raise _damaged(name, "an Excel workbook", error) from error
    filled = {str(title): sheet for title, sheet in sheets.items() if len(sheet)}
    if choices.sheet is not None:
        if choices.sheet not in filled:
            raise ChoiceError(
                f"{name} has no sheet {quote(choices.sheet)} with rows", _ways(filled) or [["--sheet", "Sheet1"]]
            )
        filled = {choices.sheet: filled[choices.sheet]}
    if not filled:
        raise DriverError(f"{name} is an Excel workbook without rows: look at it, and export it again")
    if len(filled) > 1:
        raise ChoiceError(f"{name} has {len(filled)} sheets with rows: name one", _ways(filled))
    ((title, sheet),) = filled.items()
    rows = [Row(number, [cell(value) for value in values]) for number, values in enumerate(sheet.to_numpy(), 1)]
    return to_table(rows, Origin(name, "row"), {"format": f"Excel, sheet {quote(title)}"}, choices.header)


def read_parquet(data: bytes, name: str) -> Table:
    """Return the table. Raises DriverError for a damaged file."""
    import pandas
    from pyarrow.parquet import ParquetFile

    try:
        # One thread: pyarrow's pools may still run when the process ends, and abort it then.
        read = ParquetFile(io.BytesIO(data), pre_buffer=False).read(use_threads=False)
        columns = {
            name: list(map(cell, values.to_pylist()))  # not by a data frame, which makes 1.0 of 1 beside a missing one
            for name, values in zip(read.column_names, read.columns, strict=True)
            if not _INDEX.fullmatch(name)
        }
    except Exception as error:  # whatever a damaged file makes pyarrow raise, some of it only while its cells are read
        raise _damaged(name, "a Parquet file", error) from error
    cells = pandas.DataFrame(columns, dtype=object)
    positions = [f"{name} record {number}" for number in range(1, len(cells) + 1)]
    found = {"format": "Parquet", "header": ", ".join(columns)}
    return Table(name=name, frame=cells, positions=positions, found=found)


def _ways(sheets: dict[str, Any]) -> list[list[str]]:
    return [["--sheet", title] for title in sheets]


def _damaged(name: str, form: str, error: Exception) -> DriverError:
    return DriverError(f"{name} is {form} that cannot be read ({str(error)[:200]}): export it again")
