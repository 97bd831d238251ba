"""The type SQL Server would give a column of a result.

Where a column is one of Sage's, the contract says its type, but for what no published source
tells: whether text is varchar or nvarchar, whether a moment is a datetime or a datetime2. Those two
a test chooses. A column that is worked out gets a type by that of PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.sage200.contract.tables import tables
from sandbox.sql_server import sql_types
from sandbox.sql_server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.sql_server.sql_types import SqlType

INT2, INT4, INT8, NUMERIC, FLOAT8 = 21, 23, 20, 1700, 701
TEXT, VARCHAR, NAME, BYTEA, TIMESTAMP, DATE = 25, 1043, 19, 17, 1114, 1082
_LONGEST_NAME = 128


@dataclass(frozen=True)
class Guesses:
    """What is known of no published source, so that tests read Sage's tables either way.

    Attributes:
        unicode: Text is nvarchar, not varchar.
        datetime2: Moments are datetime2(7), not datetime.
    """

    unicode: bool = True
    datetime2: bool = False

    def text(self, length: int | None) -> SqlType:
        """Return the type of text of so many characters."""
        return sql_types.nvarchar(length) if self.unicode else sql_types.varchar(length)

    def moment(self) -> SqlType:
        """Return the type of a day with its time."""
        return sql_types.date_and_time_2(7) if self.datetime2 else sql_types.date_and_time()


@dataclass(frozen=True)
class Origin:
    """A column of a result as PostgreSQL describes it.

    Attributes:
        type: Number of its type.
        modifier: Length or precision; -1 for none.
        table: The table it comes from; None where it is worked out.
        column: The column it is.
        expression: What the statement says.
        values: All its values.
    """

    type: int
    modifier: int
    table: str | None
    column: str | None
    expression: exp.Expression
    values: Sequence[Any]


def type_of(origin: Origin, guesses: Guesses) -> SqlType:
    """Return SQL Server's type for a column.

    Raises:
        Refusal: If PostgreSQL gives what SQL Server has no type for.
    """
    known = _of_contract(origin, guesses)
    return known or _of_postgresql(origin, guesses)


def _of_contract(origin: Origin, guesses: Guesses) -> SqlType | None:
    table = tables().get(origin.table or "")
    column = table.columns.get(origin.column or "") if table else None
    if column is None:
        return None
    match column.type:
        case "bit":
            return sql_types.bit()
        case "rowversion":
            return sql_types.rowversion()
        case "varchar":
            return guesses.text(column.length)
        case "datetime":
            return guesses.moment()
        case "decimal":
            return _decimal(origin)
        case name:
            return sql_types.integer(name)


def _of_postgresql(origin: Origin, guesses: Guesses) -> SqlType:
    inner = origin.expression.unalias()
    if isinstance(inner, exp.Null):
        # What SQL Server takes a bare null for.
        return sql_types.integer("int")
    if inner.name.lower() == "min_active_rowversion":
        return sql_types.binary(8)
    match origin.type:
        case 21 | 23 | 20:
            names = {INT2: "smallint", INT4: "int", INT8: "bigint"}
            return sql_types.integer(names[origin.type])
        case 1700:
            return _decimal(origin)
        case 701:
            return sql_types.real()
        case 25 | 1043:
            length = origin.modifier - 4 if origin.modifier > 0 else sql_types.LONGEST_TEXT
            return guesses.text(length)
        case 19:
            return sql_types.nvarchar(_LONGEST_NAME)
        case 17:
            return sql_types.varbinary(sql_types.LONGEST_BYTES)
        case 1114:
            return guesses.moment()
        case 1082:
            return sql_types.day()
    raise Refusal(50_004, f"SQL Server has no type for PostgreSQL's {origin.type} of {inner}.")


def _decimal(origin: Origin) -> SqlType:
    if origin.modifier > 0:
        precision, scale = divmod(origin.modifier - 4, 1 << 16)
        return sql_types.decimal(precision, scale)
    scales = [-int(value.as_tuple().exponent) for value in origin.values if value is not None]
    return sql_types.decimal(38, max([0, *scales]))
