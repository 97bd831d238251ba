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
    from collections.abc import Callable, Sequence

    from sandbox.sql_server.sql_types import SqlType

_LONGEST_NAME = 128
_INT2, _INT4, _INT8, _NUMERIC, _FLOAT8 = 21, 23, 20, 1700, 701
_TEXT, _VARCHAR, _NAME, _BYTEA, _TIMESTAMP, _DATE = 25, 1043, 19, 17, 1114, 1082


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
    expression: exp.Expr
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
    special: dict[str, Callable[[], SqlType]] = {
        "bit": sql_types.bit,
        "rowversion": sql_types.rowversion,
        "varchar": lambda: guesses.text(column.length),
        "datetime": guesses.moment,
        "decimal": lambda: _decimal(origin),
    }
    return special[column.type]() if column.type in special else sql_types.integer(column.type)


def _of_postgresql(origin: Origin, guesses: Guesses) -> SqlType:
    inner = origin.expression.unalias()
    if isinstance(inner, exp.Null):
        # What SQL Server takes a bare null for.
        return sql_types.integer("int")
    if inner.name.lower() == "min_active_rowversion":
        return sql_types.binary(8)
    text = guesses.text(origin.modifier - 4 if origin.modifier > 0 else sql_types.LONGEST_TEXT)
    known = {
        _INT2: sql_types.integer("smallint"),
        _INT4: sql_types.integer("int"),
        _INT8: sql_types.integer("bigint"),
        _FLOAT8: sql_types.real(),
        _TEXT: text,
        _VARCHAR: text,
        _NAME: sql_types.nvarchar(_LONGEST_NAME),
        _BYTEA: sql_types.varbinary(sql_types.LONGEST_BYTES),
        _TIMESTAMP: guesses.moment(),
        _DATE: sql_types.day(),
    }
    if origin.type == _NUMERIC:
        return _decimal(origin)
    if origin.type not in known:
        raise Refusal(50_004, f"SQL Server has no type for PostgreSQL's {origin.type} of {inner}.")
    return known[origin.type]


def _decimal(origin: Origin) -> SqlType:
    if origin.modifier > 0:
        precision, scale = divmod(origin.modifier - 4, 1 << 16)
        return sql_types.decimal(precision, scale)
    scales = [-int(value.as_tuple().exponent) for value in origin.values if value is not None]
    return sql_types.decimal(38, max([0, *scales]))
