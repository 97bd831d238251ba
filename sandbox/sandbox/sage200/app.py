"""The Sage 200 stand-in as an ASGI application: the sign-in and the API over one company."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from sandbox.contract_journal import journal_folder
from sandbox.faults import FaultInjector, Meddling
from sandbox.sage200.api.handlers import Api, Call
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.contract.recorder import ContractRecorder
from sandbox.sage200.counter import Counter
from sandbox.sage200.database import Database
from sandbox.sage200.resources.reader import Reader
from sandbox.sage200.sage_id.grants import revoke_access_tokens
from sandbox.sage200.sage_id.routes import SageId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from sandbox.faults import Fault

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def create_app(
    database_url: str, behaviour: Behaviour | None = None, faults: Iterable[Fault] = ()
) -> Starlette:
    """Return the application over a company that ``create_company`` has made.

    Its connections are closed with ``app.state.database.close()``, or when it is forgotten.

    Args:
        database_url: libpq URL of the company's database.
        behaviour: Switches; a Professional 2024 R1 by default.
        faults: What goes wrong from the start (see sandbox.faults).

    Raises:
        LookupError: The database holds no company.
    """
    chosen = behaviour or Behaviour()
    database = Database(database_url)
    reader = Reader(
        date_time_updated=_has_date_time_updated(database), professional=chosen.professional
    )
    api = Api(database, Counter(database), reader, chosen)

    async def resources(request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it; nothing was done
        call = Call(
            method=request.method,
            path="/" + request.path_params["path"],
            query=dict(request.query_params),
            headers=request.headers,
            body=body,
        )
        return await run_in_threadpool(api.answer, call)

    routes = [
        *SageId(database, chosen).routes(),
        Route(f"{chosen.base_path}/{{path:path}}", resources, methods=_METHODS),
    ]
    meddling = Meddling(
        headers={
            "expired_token": {"Authorization": "Bearer a-token-that-has-ended"},
            "wrong_company": {"X-Company": "0"},
        },
        revoke_tokens=partial(_revoke_tokens, database),
    )
    injector = Middleware(FaultInjector, faults=tuple(faults), meddling=meddling)
    app = Starlette(routes=routes, middleware=[*_recorder(chosen), injector])
    app.state.database = database
    weakref.finalize(app, database.close)
    return app


def _revoke_tokens(database: Database) -> None:
    with database.transaction() as connection:
        revoke_access_tokens(connection)


def _recorder(behaviour: Behaviour) -> list[Middleware]:
    """Return what writes the contract journal; it stands before the faults, so it sees all."""
    folder = journal_folder()
    return [Middleware(ContractRecorder, behaviour=behaviour, folder=folder)] if folder else []


def _has_date_time_updated(database: Database) -> bool:
    with database.transaction() as connection:
        columns = connection.execute(
            "select column_name from information_schema.columns where table_schema = 'dbo'"
            " and table_name = 'SOPOrderReturn'"
        ).fetchall()
    if not columns:
        database.close()
        raise LookupError("The database holds no Sage company. Make one with create_company.")
    return ("DateTimeUpdated",) in columns
