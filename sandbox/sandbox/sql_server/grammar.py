"""What of a statement SQL Server would refuse although PostgreSQL takes it. Pure.

It knows the kind of statements that readers send: one SELECT. What it lets pass is not thereby
right in T-SQL; what it refuses is wrong there.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from sandbox.sql_server.refusal import Refusal
from sandbox.sql_server.reserved import RESERVED

_NOT_TSQL = {TokenType.DCOLON, TokenType.DPIPE, TokenType.LIMIT, TokenType.ILIKE, TokenType.USING}
_NOT_TSQL_WORDS = {
    *("array", "filter", "ilike", "interval", "lateral", "natural", "nulls", "recursive"),
    *("similar",),
}
_QUOTED = {TokenType.STRING, TokenType.IDENTIFIER}
_FUNCTIONS = {
    *("abs", "avg", "cast", "coalesce", "concat", "convert", "count", "datalength", "exists"),
    *("len", "lower", "ltrim", "max", "min", "min_active_rowversion", "nullif", "replace"),
    *("round", "row_number", "rtrim", "substring", "sum", "trim", "upper"),
}
_TYPES = {
    *("BIGINT", "BINARY", "BIT", "CHAR", "DATE", "DATETIME", "DATETIME2", "DECIMAL", "FLOAT"),
    *("INT", "NCHAR", "NVARCHAR", "SMALLINT", "UTINYINT", "VARBINARY", "VARCHAR"),
}
_PREDICATES = (exp.Predicate, exp.And, exp.Or, exp.Not, exp.Escape)


@lru_cache(maxsize=256)
def checked(text: str) -> exp.Query:
    """Return a statement's tree.

    Raises:
        Refusal: With SQL Server's error for what it would refuse.
    """
    try:
        for token in sqlglot.tokenize(text, dialect="tsql"):
            is_word = token.token_type not in _QUOTED
            if token.token_type in _NOT_TSQL or (is_word and token.text.lower() in _NOT_TSQL_WORDS):
                raise _near(token.text)
        trees = sqlglot.parse(text, dialect="tsql")
    except SqlglotError as error:
        raise Refusal(102, f"Incorrect syntax: {error}", 15, at_compile_time=True) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise Refusal(50_001, f"This stand-in runs one SELECT at a time, not: {text}")
    tree = trees[0]
    for node in tree.walk():
        _check_node(node)
        _check_condition(node)
    return tree


def _near(what: str) -> Refusal:
    return Refusal(102, f"Incorrect syntax near '{what}'.", 15, at_compile_time=True)


def _check_node(node: exp.Expr) -> None:
    match node:
        case exp.Boolean():
            words = f"Invalid column name '{node.name or str(node.this).lower()}'."
            raise Refusal(207, words, at_compile_time=True)
        case exp.Cast():
            if node.to.this.name not in _TYPES:
                words = f"Type {node.to.this.name.lower()} is not a defined system type."
                raise Refusal(243, words, at_compile_time=True)
        case exp.Func() if not isinstance(node, (exp.And, exp.Or, exp.Case, exp.If)):
            name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
            if name not in _FUNCTIONS:
                words = f"'{name}' is not a recognized built-in function name."
                raise Refusal(195, words, 15, at_compile_time=True)
        case exp.Query():
            _check_query(node)
        case exp.Tuple() if not isinstance(node.parent, exp.In):
            raise _near(",")
        case exp.Lock():
            raise _near("for")
        case exp.Identifier() if not node.args.get("quoted") and node.name.lower() in RESERVED:
            words = f"Incorrect syntax near the keyword '{node.name}'."
            raise Refusal(156, words, 15, at_compile_time=True)


def _check_query(query: exp.Query) -> None:
    ordered, offset = query.args.get("order"), query.args.get("offset")
    limit = query.args.get("limit")
    if isinstance(limit, exp.Fetch) and offset is None:
        words = "Invalid usage of the option next in the FETCH statement."
        raise Refusal(153, words, 15, at_compile_time=True)
    if offset is not None and ordered is None:
        raise _near("offset")
    inside = query.parent is not None
    if inside and ordered is not None and offset is None and limit is None:
        words = (
            "The ORDER BY clause is invalid in views, inline functions, derived tables, "
            "subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also "
            "specified."
        )
        raise Refusal(1033, words, 15, at_compile_time=True)
    derived = isinstance(query.parent, exp.Subquery) and isinstance(
        query.parent.parent, (exp.From, exp.Join)
    )
    if derived and isinstance(query.parent, exp.Subquery):
        if not query.parent.alias:
            raise _near(")")
        if not all(each.alias_or_name for each in query.selects):
            words = f"No column name was specified for a column of '{query.parent.alias}'."
            raise Refusal(8155, words, at_compile_time=True)
    group = query.args.get("group")
    if group is not None and any(isinstance(each, exp.Literal) for each in group.expressions):
        words = "Each GROUP BY expression must contain at least one column."
        raise Refusal(164, words, 15, at_compile_time=True)


def _is_condition(node: exp.Expr) -> bool:
    """Return whether T-SQL wants a condition here."""
    parent = node.parent
    if isinstance(parent, (exp.Where, exp.Having, exp.And, exp.Or, exp.Not)):
        return True
    if isinstance(parent, exp.Join):
        return node.arg_key == "on"
    if isinstance(parent, exp.Escape):
        return node.arg_key == "this"
    if isinstance(parent, exp.If) and node.arg_key == "this":
        case = parent.parent
        return not (isinstance(case, exp.Case) and case.this is not None)
    if isinstance(parent, exp.Paren):
        return _is_condition(parent)
    return False


def _check_condition(node: exp.Expr) -> None:
    """Conditions are no values in T-SQL, and values no conditions."""
    if isinstance(node, exp.Paren):
        return
    predicate = isinstance(node, _PREDICATES)
    if predicate and not _is_condition(node):
        raise _near(node.key)
    if not predicate and _is_condition(node):
        words = (
            "An expression of non-boolean type specified in a context where a condition is "
            f"expected, near '{node.sql(dialect='tsql')}'."
        )
        raise Refusal(4145, words, 15, at_compile_time=True)
