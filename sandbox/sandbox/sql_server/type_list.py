"""``sp_datatype_info_100``: what drivers are told of the server's types. Pure.

pyodbc asks it how long text and bytes may be, and how it should send a moment.
"""

from __future__ import annotations

import re

from sandbox.sql_server.refusal import Refusal
from sandbox.sql_server.sql_types import LONGEST_BYTES, LONGEST_TEXT, integer, nvarchar
from sandbox.sql_server.tokens import ResultColumn, result

PROCEDURE = "sp_datatype_info_100"
_AS_BATCH = re.compile(rf"\s*(?:exec\s+)?{PROCEDURE}\s+(-?\d+)\s*,\s*\d+\s*", re.IGNORECASE)
_SMALL, _INT, _NAME = integer("smallint"), integer("int"), nvarchar(128)
_COLUMNS = [
    ResultColumn(name, kind)
    for name, kind in (
        ("TYPE_NAME", _NAME),
        ("DATA_TYPE", _SMALL),
        ("PRECISION", _INT),
        ("LITERAL_PREFIX", _NAME),
        ("LITERAL_SUFFIX", _NAME),
        ("CREATE_PARAMS", _NAME),
        ("NULLABLE", _SMALL),
        ("CASE_SENSITIVE", _SMALL),
        ("SEARCHABLE", _SMALL),
        ("UNSIGNED_ATTRIBUTE", _SMALL),
        ("MONEY", _SMALL),
        ("AUTO_INCREMENT", _SMALL),
        ("LOCAL_TYPE_NAME", _NAME),
        ("MINIMUM_SCALE", _SMALL),
        ("MAXIMUM_SCALE", _SMALL),
        ("SQL_DATA_TYPE", _SMALL),
        ("SQL_DATETIME_SUB", _SMALL),
        ("NUM_PREC_RADIX", _INT),
        ("INTERVAL_PRECISION", _SMALL),
        ("USERTYPE", _SMALL),
    )
]
# ODBC's number of a type: its name and most characters, bytes or digits.
_TYPES = {
    12: ("varchar", LONGEST_BYTES),
    -9: ("nvarchar", LONGEST_TEXT),
    -3: ("varbinary", LONGEST_BYTES),
    93: ("datetime2", 27),
}


def asked_by_batch(text: str) -> int | None:
    """Return the type a batch asks about; None where it asks something else."""
    match = _AS_BATCH.fullmatch(text)
    return int(match[1]) if match else None


def type_list(number: object) -> tuple[bytes, int]:
    """Return what is said of a type, as a result and how many rows it has.

    Raises:
        Refusal: If no driver was seen to ask about it.
    """
    if not isinstance(number, int) or number not in _TYPES:
        raise Refusal(50_007, f"This stand-in says nothing of ODBC's type {number}.")
    name, most = _TYPES[number]
    row = [name, number, most, "'", "'", None, 1, 0, 3, None, 0, None, name, None, None, number]
    return result(_COLUMNS, [[*row, None, None, None, 0]]), 1
