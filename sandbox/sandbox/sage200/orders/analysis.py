"""Analysis codes: which must be given, and which values they take.

Source: analysis_code_mappings say which code a slot of a class holds and whether it is mandatory
(Professional); a value must exist already unless the code allows another. The names of the two
classes are inferred from the tables' names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sage200.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

    from sandbox.sage200.orders.wanted import Value

ORDER, LINE = "SOPOrderReturn", "SOPOrderReturnLine"
_CODES = """
    select m."ClassName", m."SlotIndex", a."Name", m."IsMandatory" = 1,
      a."AllowOvertype" = 1 or a."AllowNewOnEntry" = 1,
      array(select lower(v."Value") from dbo."AnalysisCodeValue" v
            where v."AnalysisCodeID" = a."AnalysisCodeID")
    from dbo."AnalysisCodeMapping" m join dbo."AnalysisCode" a using ("AnalysisCodeID")
    where m."ClassName" in ('SOPOrderReturn', 'SOPOrderReturnLine')
    order by m."ClassName", m."SlotIndex"
"""


def check_analysis(
    connection: psycopg.Connection,
    header: Mapping[str, Value],
    lines: Iterable[Mapping[str, Value]],
) -> None:
    """Make sure that mandatory codes are given, and only values that codes take.

    Raises:
        Refusal: A code is missing or has a value it does not take.
    """
    stored = {ORDER: [header], LINE: list(lines)}
    for class_name, slot, name, mandatory, free, values in connection.execute(_CODES):
        for columns in stored[class_name]:
            value = str(columns.get(f"AnalysisCode{slot}") or "")
            if mandatory and not value:
                raise Refusal(f"The analysis code '{name}' must be entered.")
            if value and not free and value.lower() not in values:
                raise Refusal(f"The analysis code '{name}' has no value '{value}'.")
