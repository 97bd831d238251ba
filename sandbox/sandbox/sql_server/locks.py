"""Which rows a reader of SQL Server would wait for under READ COMMITTED. Pure.

Readers of PostgreSQL never wait for writers. So the rows of the table a statement walks, in the
range of keys it walks, are locked for a moment before it runs. Rows that another transaction has
inserted, and rows of joined tables, are not waited for.
"""

from __future__ import annotations

from sqlglot import exp


def lock_of_walked_rows(tree: exp.Query) -> str | None:
    """Return a statement that waits for the writers of a statement's rows, with ``@`` parameters.

    Args:
        tree: The statement.

    Returns:
        None where it reads no table of Sage's, or no range of one.
    """
    start, where = tree.args.get("from_"), tree.args.get("where")
    table = start.this if start is not None else None
    if not isinstance(table, exp.Table) or not table.db or table.db == "INFORMATION_SCHEMA":
        return None
    conditions = [
        each
        for each in (where.this.flatten() if where is not None else ())
        if _is_of_key(each, table.alias)
    ]
    if not conditions:
        return None
    wanted = exp.select("1").from_(table.copy()).where(*conditions)
    for each in list(wanted.find_all(exp.Parameter)):
        each.replace(exp.Var(this=f"@{each.name}"))
    return f"{wanted.sql(dialect='postgres')} for share of {table.alias}"


def _is_of_key(condition: exp.Expression, alias: str) -> bool:
    """Return whether a condition bounds the table's rows without looking into them."""
    if not isinstance(condition, (exp.GT, exp.LTE, exp.EQ, exp.In)):
        return False
    columns = list(condition.find_all(exp.Column))
    return all(each.table == alias and each.name != "OpLock" for each in columns)
