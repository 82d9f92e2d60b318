"""CSV files with a heading; separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
from itertools import islice

from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import Log
from queuetwin.model.logs.tabular import CHUNK, TableReader
from queuetwin.model.logs.text_source import Text, refusal

KIND = "CSV"
_SEPARATORS = ",;\t"


def recognises(text: Text) -> bool:
    """Any text may be a table; so this reader is asked last."""
    return not text.is_archive


def read(text: Text, columns: LogColumns) -> Log:
    """The log of a CSV file.

    Raises ScenarioError, with file and row.
    """
    heading = text.head[0]
    separator = max(_SEPARATORS, key=heading.count)
    reader = csv.reader(text.lines(), delimiter=separator)
    try:
        names = [name.strip() for name in next(row for row in reader if row)]
        table = TableReader(text.name, names, columns)
        while rows := list(islice(reader, CHUNK)):
            table.take(rows)
    except csv.Error as fault:
        raise refusal(text.name, f"is not CSV: {fault}", row=reader.line_num) from None
    return table.log(KIND)
