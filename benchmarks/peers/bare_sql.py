"""The limit of what Python can read of a database: one psycopg cursor and json, no check, no state.

Usage: python bare_sql.py URL STATEMENT...
"""

from __future__ import annotations

import json
import sys

import psycopg

ROWS = 5_000


def main() -> None:
    """Write every row of every statement as one line."""
    with psycopg.connect(sys.argv[1]) as connection:
        for number, statement in enumerate(sys.argv[2:]):
            with connection.cursor(name=f"rows_{number}") as cursor:
                cursor.itersize = ROWS
                cursor.execute(statement.encode())
                names = [column.name for column in cursor.description or ()]
                while rows := cursor.fetchmany(ROWS):
                    sys.stdout.writelines(
                        json.dumps({"type": "RECORD", "record": dict(zip(names, row))}, default=str)
                        + "\n"
                        for row in rows
                    )


if __name__ == "__main__":
    main()
