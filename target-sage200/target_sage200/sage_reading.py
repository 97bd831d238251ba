"""Reading one record of Sage 200 so that "it is gone" is a fact and no misread address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage200_client.exceptions import FixRequest
from sage200_client.odata import eq

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage200_client.client import Sage200Client

NOT_FOUND = 404


def read_record(client: Sage200Client, resource: str, record_id: int) -> Mapping[str, Any] | None:
    """Read one record; ``None`` where Sage has it no more.

    A 404 alone is no proof: a gateway or a wrong ``api_url`` answers it, too. So the list is asked,
    and only a list that answers and does not hold the record says that it is gone.

    Raises:
        Sage200Error: Sage can't be asked, or list and record contradict each other.
    """
    try:
        answer = client.get(f"{resource}/{record_id}")
    except FixRequest as error:
        if error.status == NOT_FOUND and _is_not_listed(client, resource, record_id):
            return None
        raise
    return answer if isinstance(answer, dict) else None


def _is_not_listed(client: Sage200Client, resource: str, record_id: int) -> bool:
    listed = client.get(resource, filter=eq("id", record_id), select=["id"], top=1)
    return isinstance(listed, list) and not listed
