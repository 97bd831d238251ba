"""The mapping tables that operations own, read once and checked as a whole."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from target_magento.exceptions import MappingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class WarehouseRow:
    """A Sage warehouse that feeds a Magento source.

    Attributes:
        warehouse: Name in Sage.
        source_code: Source in Magento.
        buffer: Quantity of each item that is never offered from this warehouse.
    """

    warehouse: str
    source_code: str
    buffer: Decimal


@dataclass(frozen=True)
class Mappings:
    """All tables together. Look-ups ignore upper and lower case, as Sage and Magento do.

    Attributes:
        warehouses: Rows of ``warehouses.csv`` by the warehouse's name in lower case.
        sku_to_code: Sage code by Magento SKU in lower case, where ``skus.csv`` names one.
        code_to_skus: Magento SKUs by Sage code in lower case, where ``skus.csv`` names any.
        store_warehouses: Warehouse names by Magento store id, where ``stores.csv`` names any; a
            store that sells in several currencies may have several.
        sku_patterns: SKUs with wildcards and their Sage codes. They name what orders call a
            product (custom options make SKUs of their own), not products that have stock.
    """

    warehouses: Mapping[str, WarehouseRow]
    sku_to_code: Mapping[str, str] = field(default_factory=dict)
    code_to_skus: Mapping[str, Sequence[str]] = field(default_factory=dict)
    store_warehouses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sku_patterns: Sequence[tuple[str, str]] = ()

    def warehouse(self, name: str) -> WarehouseRow | None:
        """Return the row of a Sage warehouse, or None where it is not published."""
        return self.warehouses.get(name.casefold())

    def sage_code(self, sku: str) -> str:
        """Return Sage's stock code of a Magento SKU; the same text unless mapped."""
        key = sku.casefold()
        if key in self.sku_to_code:
            return self.sku_to_code[key]
        matching = (
            code
            for pattern, code in self.sku_patterns
            if key == pattern or fnmatchcase(key, pattern)
        )
        return next(matching, sku)

    def skus(self, code: str) -> Sequence[str]:
        """Return the Magento SKUs that sell a Sage item; the same text unless mapped.

        A SKU that is mapped to another item is not sold from the item that bears its name.
        """
        named = self.code_to_skus.get(code.casefold())
        if named is not None:
            return named
        return () if code.casefold() in self.sku_to_code else (code,)

    def likely_warehouses(self, store_id: str | None) -> list[str]:
        """Return where a store's goods come from: its warehouses, else every mapped one."""
        named = self.store_warehouses.get(store_id or "")
        return list(named) if named else [row.warehouse for row in self.warehouses.values()]

    @property
    def sources(self) -> list[str]:
        """The Magento sources that are published, each once, sorted."""
        return sorted({row.source_code for row in self.warehouses.values()})


def read_mappings(folder: Path) -> Mappings:
    """Read ``warehouses.csv``, and ``skus.csv`` and ``stores.csv`` where they exist.

    Raises:
        MappingError: A table is missing or a row cannot be understood.
    """
    codes, skus, patterns = _skus(folder / "skus.csv")
    return Mappings(
        warehouses=_warehouses(folder / "warehouses.csv"),
        sku_to_code=codes,
        code_to_skus=skus,
        store_warehouses=_store_warehouses(folder / "stores.csv"),
        sku_patterns=patterns,
    )


def _warehouses(path: Path) -> dict[str, WarehouseRow]:
    if not path.is_file():
        raise MappingError(
            f"{path} is missing; set mappings_dir to the folder that holds warehouses.csv with "
            "the columns sage_warehouse, magento_source and buffer_quantity."
        )
    found: dict[str, WarehouseRow] = {}
    for number, row in _rows(path, ("sage_warehouse", "magento_source", "buffer_quantity")):
        name = _filled(path, number, row, "sage_warehouse")
        source = _filled(path, number, row, "magento_source")
        if name.casefold() in found:
            raise MappingError(
                f'{path} line {number}, column sage_warehouse: "{name}" is already mapped above; '
                "keep one line for each warehouse."
            )
        buffer = _quantity(path, number, row, "buffer_quantity")
        found[name.casefold()] = WarehouseRow(name, source, buffer)
    if not found:
        raise MappingError(f"{path} maps no warehouse; add a line such as LEEDS,leeds_wh,0.")
    return found


def _skus(
    path: Path,
) -> tuple[dict[str, str], dict[str, Sequence[str]], list[tuple[str, str]]]:
    """Codes by SKU, SKUs by code, and the rows with wildcards."""
    codes: dict[str, str] = {}
    skus: dict[str, list[str]] = defaultdict(list)
    patterns: list[tuple[str, str]] = []
    if not path.is_file():
        return codes, {}, patterns
    for number, row in _rows(path, ("magento_sku", "sage_code")):
        sku = _filled(path, number, row, "magento_sku")
        code = _filled(path, number, row, "sage_code")
        if sku.casefold() in codes:
            raise MappingError(
                f'{path} line {number}, column magento_sku: "{sku}" is already mapped above; '
                "keep one line for each SKU."
            )
        if not WILDCARDS.isdisjoint(sku):
            patterns.append((sku.casefold(), code))
            continue
        codes[sku.casefold()] = code
        skus[code.casefold()].append(sku)
    return codes, dict(skus), patterns


def _store_warehouses(path: Path) -> dict[str, Sequence[str]]:
    """Warehouses of each store, once each, in the order of the file: one row a currency."""
    found: dict[str, list[str]] = defaultdict(list)
    if not path.is_file():
        return {}
    for _, row in _rows(path, ("store_id", "warehouse")):
        warehouses, name = found[row["store_id"].strip()], row["warehouse"].strip()
        if name and name not in warehouses:
            warehouses.append(name)
    return dict(found)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and row; comment and empty lines are left out.

    Raises:
        MappingError: It is no UTF-8, lacks a column, or a line has too few or too many values.
    """
    header: list[str] | None = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for values in reader:
                line = reader.line_num
                if not any(value.strip() for value in values) or values[0].startswith("#"):
                    continue
                if header is None:
                    header = [value.strip() for value in values]
                    _check_header(path, line, header, columns)
                    continue
                if len(values) != len(header):
                    raise MappingError(
                        f"{path} line {line} has {len(values)} values for the {len(header)} "
                        f"columns {', '.join(header)}; quote a value that holds a comma."
                    )
                yield line, dict(zip(header, values, strict=True))
    except UnicodeDecodeError:
        raise MappingError(f"{path} is not UTF-8 text; save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise MappingError(
            f"{path} line {reader.line_num} is no CSV ({error}); correct it."
        ) from error
    if header is None:
        raise MappingError(f"{path} is empty; its first line must name {', '.join(columns)}.")


def _check_header(path: Path, line: int, header: list[str], columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in header:
            raise MappingError(
                f"{path} line {line} lacks the column {column}; its first line must name "
                f"{', '.join(columns)}."
            )


def _filled(path: Path, line: int, row: Mapping[str, str], column: str) -> str:
    value = row[column].strip()
    if not value:
        raise MappingError(f"{path} line {line}, column {column} is empty; fill it in.")
    return value


def _quantity(path: Path, line: int, row: Mapping[str, str], column: str) -> Decimal:
    text = row[column].strip() or "0"
    try:
        quantity = Decimal(text)
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or quantity < 0:
        raise MappingError(
            f'{path} line {line}, column {column}: "{text}" is no quantity; write 0 or a number '
            "above, such as 2."
        )
    return quantity
