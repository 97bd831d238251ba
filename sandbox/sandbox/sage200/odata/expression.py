"""``$filter`` read into a tree: ``eq ne gt ge lt le``, ``and or``, brackets, three functions.

Strings stand in single quotes with a quote doubled; days and stamps stand bare
(``document_date gt 2016-02-23``, ``date_time_updated gt 2016-02-24T09:52:11.452Z``). Source: the
query-parameters guide of developer.sage.com.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal

from sandbox.sage200.refusal import Refusal

COMPARISONS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
FUNCTIONS = ("contains", "startswith", "endswith")

Literal = str | Decimal | bool | datetime | None


@dataclass(frozen=True)
class Comparison:
    """``field operator literal``."""

    field: str
    operator: str
    literal: Literal


@dataclass(frozen=True)
class TextMatch:
    """``contains(field, 'text')`` and its two sisters."""

    function: str
    field: str
    text: str


@dataclass(frozen=True)
class Junction:
    """Two expressions joined by ``and`` or ``or``."""

    operator: str
    left: Expression
    right: Expression


Expression = Comparison | TextMatch | Junction

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<stamp>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w.-])
      | (?P<word>[A-Za-z_][\w./]*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse_filter(text: str) -> Expression:
    """Read a ``$filter``.

    Raises:
        Refusal: It is not one; the text says where.
    """
    parser = _Parser(text, _tokens(text))
    expression = parser.disjunction()
    parser.expect_end()
    return expression


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None or match.lastgroup is None:
            raise Refusal(f"Syntax error at position {at} in '{text}'.")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0

    def disjunction(self) -> Expression:
        left = self._conjunction()
        while self._take("word", "or"):
            left = Junction("or", left, self._conjunction())
        return left

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error(self._tokens[self._at])

    def _conjunction(self) -> Expression:
        left = self._term()
        while self._take("word", "and"):
            left = Junction("and", left, self._term())
        return left

    def _term(self) -> Expression:
        if self._take("mark", "("):
            inner = self.disjunction()
            self._need("mark", ")")
            return inner
        name = self._need("word").text
        if name in FUNCTIONS:
            return self._function(name)
        operator = self._need("word")
        if operator.text not in COMPARISONS:
            raise self._error(operator)
        return Comparison(name, operator.text, self._literal())

    def _function(self, name: str) -> TextMatch:
        self._need("mark", "(")
        field = self._need("word").text
        self._need("mark", ",")
        text = _unquote(self._need("string").text)
        self._need("mark", ")")
        return TextMatch(name, field, text)

    def _literal(self) -> Literal:
        token = self._need(None)
        if token.kind == "string":
            return _unquote(token.text)
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "stamp":
            return _stamp(token.text)
        if token.kind == "word" and token.text in _WORDS:
            return _WORDS[token.text]
        raise self._error(token)

    def _take(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == kind and token.text == text:
                self._at += 1
                return True
        return False

    def _need(self, kind: str | None, text: str | None = None) -> _Token:
        if self._at >= len(self._tokens):
            raise Refusal(f"Syntax error at position {len(self._text)} in '{self._text}'.")
        token = self._tokens[self._at]
        if (kind and token.kind != kind) or (text and token.text != text):
            raise self._error(token)
        self._at += 1
        return token

    def _error(self, token: _Token) -> Refusal:
        return Refusal(f"Syntax error at position {token.at} in '{self._text}'.")


def _unquote(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _stamp(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(_with_six_digits(text.replace("Z", "+00:00")))
    except ValueError:
        raise Refusal(f"'{text}' is not a date.") from None
    if read.tzinfo is None:
        return read
    return read.astimezone(timezone.utc).replace(tzinfo=None)


def _with_six_digits(text: str) -> str:
    """Pad or cut the fraction of a second, which Python 3.10 reads with 3 or 6 digits only."""
    return re.sub(r"\.(\d+)", lambda match: f".{match[1][:6]:0<6}", text)
