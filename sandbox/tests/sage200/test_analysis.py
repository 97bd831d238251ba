"""Analysis codes that must be given, and the values they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def define(sage: Any, class_name: str, *, mandatory: int, free: int) -> None:
    with psycopg.connect(sage.company_url) as connection:
        connection.execute(
            'insert into dbo."AnalysisCode"'
            ' ("AnalysisCodeID", "Name", "AllowOvertype", "AllowNewOnEntry")'
            " values (900001, 'Channel', 0, %s)",
            (free,),
        )
        connection.execute(
            'insert into dbo."AnalysisCodeValue" ("AnalysisCodeValueID", "AnalysisCodeID", "Value")'
            " values (900001, 900001, 'Web')"
        )
        connection.execute(
            'insert into dbo."AnalysisCodeMapping" ("AnalysisCodeMappingID", "ClassName",'
            ' "PropertyName", "SlotIndex", "AnalysisCodeID", "IsMandatory")'
            " values (900001, %s, 'AnalysisCode5', 5, 900001, %s)",
            (class_name, mandatory),
        )


@pytest.mark.parametrize(
    ("class_name", "mandatory", "free", "value", "refusal"),
    [
        ("SOPOrderReturn", 1, 0, None, "'Channel' must be entered"),
        ("SOPOrderReturn", 0, 0, None, None),
        ("SOPOrderReturn", 1, 0, "web", None),
        ("SOPOrderReturn", 0, 0, "Shop", "'Channel' has no value 'Shop'"),
        ("SOPOrderReturn", 0, 1, "Shop", None),
        ("SOPOrderReturnLine", 1, 0, None, "'Channel' must be entered"),
        ("SOPOrderReturnLine", 1, 0, "Web", None),
    ],
)
def test_code_is_wanted_and_takes_its_values(
    play: Callable[..., Any],
    new_company: Callable[[], str],
    class_name: str,
    mandatory: int,
    free: int,
    value: str | None,
    refusal: str | None,
) -> None:
    sage = play(new_company()).sign_in()
    define(sage, class_name, mandatory=mandatory, free=free)
    code = {} if value is None else {"analysis_code_5": value}
    on_line = class_name == "SOPOrderReturnLine"
    line = sage.free_text("2") | (code if on_line else {})
    body = sage.order(line) | ({} if on_line else code)
    if refusal is None:
        assert sage.post(body)["document_no"]
    else:
        assert refusal in sage.refusal(body)
