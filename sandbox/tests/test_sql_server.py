"""The stand-in of SQL Server: what it refuses, and that it waits where SQL Server would."""

# ruff: noqa: ANN001 (parameters are typed where they are made)
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import psycopg
import pytest
from sandbox.sql_server import sql_types
from sandbox.sql_server.grammar import checked
from sandbox.sql_server.locks import lock_of_walked_rows
from sandbox.sql_server.login import Encryption, agreed_encryption, client_encryption
from sandbox.sql_server.parameters import read_parameter
from sandbox.sql_server.reading import ProtocolError, Reader, skip_headers
from sandbox.sql_server.refusal import Refusal, of_postgresql
from sandbox.sql_server.requests import read_calls
from sandbox.sql_server.translation import declared, translated


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("select a from t limit 1", 102),
        ("select a::int from t", 102),
        ("select a || b from t", 102),
        ("select a from t where a ilike 'b'", 102),
        ("select a from t offset 0 rows", 102),
        ("select a from t offset 0 rows fetch next 1 rows only", 102),
        ("select a from t order by a fetch next 1 rows only", 153),
        ("select a from t order by a nulls last", 102),
        ("select a from t for update", 102),
        ("select a from t join u using (a)", 102),
        ("select a from t natural join u", 102),
        ("select count(*) filter (where a = 1) from t", 102),
        ("select a from t where (a, b) = (1, 2)", 102),
        ("select a from t, lateral (select 1 as b) as u", 102),
        ("select a from (select a from t)", 102),
        ("select a from (select sum(a) from t) as u", 8155),
        ("select a from (select a from t order by a) as u", 1033),
        ("select sum(a) from t group by 1", 164),
        ("select true", 207),
        ("select a from t where b is true", 207),
        ("select a = b as c from t", 102),
        ("select a in (1) as c from t", 102),
        ("select not a from t", 102),
        ("select a from t where b", 4145),
        ("select case when a then 1 end from t", 4145),
        ("select a from t where b = 1 or c", 4145),
        ("select now()", 195),
        ("select date_trunc('day', a) from t", 195),
        ("select greatest(a, b) from t", 195),
        ("select cast(a as text) from t", 243),
        ("select cast(a as boolean) from t", 243),
        ("select key from t", 156),
        ("select a as user from t", 156),
        ("select o.a from t as open", 156),
        ("delete from t", 50_001),
        ("select 1; select 2", 50_001),
    ],
)
def test_what_sql_server_refuses_is_refused(statement, number) -> None:
    with pytest.raises(Refusal) as refused:
        checked(statement)
    assert refused.value.number == number


@pytest.mark.parametrize(
    "statement",
    [
        'select a."Key" as name from "dbo"."T" as a where a."Key" > @P1',
        "select a from t where a like 'b~%' escape '~' and not (a = 1 or b is null)",
        "select case a when 1 then 2 else 3 end as b from t",
        "select case when a = 1 and b <> 2 then 2 end as b from t",
        "select a from t order by a offset 0 rows fetch next @P1 rows only",
        "select a from t where exists (select 1 from u where u.a = t.a)",
        "select s.b from (select sum(a) as b from t group by c having sum(a) > 1) as s",
        "select cast(null as varchar(20)) as a, null as b, coalesce(a, b) as c from t",
        "select a from t where a in (select 1 where 1 != 1)",
        "select 'limit :: || true' as a, lower(b) as c from t",
    ],
)
def test_what_sql_server_takes_is_taken(statement) -> None:
    assert checked(statement).selects


def test_parameters_become_postgresql_s() -> None:
    types = declared("@P1 bigint,@P2 varbinary(8), @P3 decimal(18,2),@P4 nvarchar(max)")
    assert types == {"@P1": "bigint", "@P2": "varbinary", "@P3": "decimal", "@P4": "nvarchar"}
    given = translated("select '@P9', \"@P8\" -- @P7\nwhere a > @P2 or b = @P1 or @P2 = c", types)
    assert given.sql == (
        "select '@P9', \"@P8\" -- @P7\nwhere a > ($1::bytea) or b = ($2::bigint) or ($1::bytea) = c"
    )
    assert given.names == ("@P2", "@P1")


@pytest.mark.parametrize(
    ("text", "types", "number"),
    [
        ("select @P1", "", 137),
        ("select @P1", "@P1 xml", 50_003),
        ("select @@version", "", 50_002),
        ("select @P1", "@P1", 102),
    ],
)
def test_a_parameter_that_is_not_declared_is_refused(text, types, number) -> None:
    with pytest.raises(Refusal) as refused:
        translated(text, declared(types))
    assert refused.value.number == number


WALKING = (
    'select a."X" as x from "dbo"."T" as a join "dbo"."U" as b on b."K" = a."K" '
    'where a."K" > @P1 and a."K" <= @P2 and a."OpLock" > @P3 and b."K" = 1'
)


@pytest.mark.parametrize(
    ("statement", "lock"),
    [
        (
            WALKING,
            'SELECT 1 FROM "dbo"."T" AS a WHERE a."K" > @P1 AND a."K" <= @P2 for share of a',
        ),
        ('select a."X" as x from "dbo"."T" as a', None),
        ("select min_active_rowversion() as v", None),
        ("select c.TABLE_NAME as n from INFORMATION_SCHEMA.COLUMNS as c where c.X = @P1", None),
    ],
)
def test_the_rows_a_statement_walks_are_waited_for(statement, lock) -> None:
    assert lock_of_walked_rows(checked(statement)) == lock


class Failed(psycopg.Error):
    """An error of PostgreSQL with a state of the test's choice."""

    def __init__(self, state: str) -> None:
        super().__init__('relation "T" of it')
        self.sqlstate = state


@pytest.mark.parametrize(
    ("state", "number"),
    [
        ("55P03", 1222),
        ("40P01", 1205),
        ("40001", 3960),
        ("42P01", 208),
        ("42703", 207),
        ("42501", 229),
        ("22012", 50_000),
    ],
)
def test_postgresql_s_errors_are_sql_server_s(state, number) -> None:
    refusal = of_postgresql(Failed(state))
    assert refusal.number == number
    assert ("'T'" in refusal.words) is (number in {207, 208, 229})


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        (sql_types.integer("bigint"), -2, "08feffffffffffffff"),
        (sql_types.integer("tinyint"), 255, "01ff"),
        (sql_types.integer("int"), None, "00"),
        (sql_types.bit(), 1, "0101"),
        (sql_types.decimal(18, 2), Decimal("-1.5"), "09" + "00" + "9600000000000000"),
        (sql_types.decimal(9, 0), 3, "050103000000"),
        (sql_types.nvarchar(3), "ä", "0200e400"),
        (sql_types.varchar(3), "€", "010080"),
        (sql_types.nvarchar(None), "a", "0200000000000000" + "02000000" + "6100" + "00000000"),
        (sql_types.nvarchar(None), None, "ff" * 8),
        (sql_types.rowversion(), bytes(8), "0800" + "00" * 8),
        (sql_types.varbinary(8), None, "ffff"),
        (sql_types.day(), date(1, 1, 2), "03010000"),
        (sql_types.date_and_time(), datetime(1900, 1, 2), "08" + "01000000" + "00000000"),  # noqa: DTZ001
        (
            sql_types.date_and_time(),
            datetime(1899, 12, 31, 23, 59, 59, 999_000),  # noqa: DTZ001
            "08" + "00000000" + "00000000",
        ),
        (
            sql_types.date_and_time_2(3),
            datetime(1, 1, 1, 0, 0, 1, 234_000),  # noqa: DTZ001
            "07" + "d2040000" + "000000",
        ),
    ],
)
def test_values_are_written_as_the_protocol_says(kind, value, sent) -> None:
    assert kind.encode(value).hex() == sent


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (sql_types.bit(), 2),
        (sql_types.decimal(5, 2), 1000),
        (sql_types.decimal(5, 2), Decimal("0.001")),
        (sql_types.nvarchar(1), "ab"),
        (sql_types.varchar(1), "Ω"),
        (sql_types.rowversion(), b"short"),
        (sql_types.integer("smallint"), 2**15),
    ],
)
def test_what_a_type_cannot_hold_is_an_error_of_the_stand_in(kind, value) -> None:
    with pytest.raises((ValueError, OverflowError)):
        kind.encode(value)


@pytest.mark.parametrize(
    ("asked", "can_encrypt", "agreed"),
    [
        (Encryption.ALL, True, Encryption.ALL),
        (Encryption.REQUIRED, True, Encryption.ALL),
        (Encryption.LOGIN_ONLY, True, Encryption.LOGIN_ONLY),
        (Encryption.NOT_SUPPORTED, True, Encryption.NOT_SUPPORTED),
        (Encryption.ALL, False, Encryption.NOT_SUPPORTED),
    ],
)
def test_both_sides_agree_on_encryption(asked, can_encrypt, agreed) -> None:
    assert agreed_encryption(asked, can_encrypt=can_encrypt) is agreed


@pytest.mark.parametrize(
    "read",
    [
        lambda: client_encryption(b"\xff"),
        lambda: skip_headers(
            Reader(bytes.fromhex("17000000120000000200") + bytes(8) + b"\2\0\0\0")
        ),
        lambda: read_calls(bytes.fromhex("04000000" + "ffff" + "6300" + "0000")),
        lambda: read_parameter(Reader(b"\0\0\x99")),
        lambda: Reader(b"ab").take(3),
    ],
)
def test_what_the_protocol_does_not_allow_is_an_error(read) -> None:
    with pytest.raises(ProtocolError):
        read()
