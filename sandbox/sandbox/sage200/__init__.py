"""The Sage 200 stand-in: Sage's own tables in PostgreSQL, and Sage's REST API over them.

``contract`` is what the published specification says, ``schema`` the database, ``seed`` a company
from CSV files, ``odata`` the query options, ``resources`` the API's fields as SQL, ``orders`` what
Sage does with a sales order, ``sage_id`` the sign-in, ``api`` the requests, ``app`` the server and
``command`` its command line.
"""

from sandbox.sage200.app import create_app
from sandbox.sage200.behaviour import Behaviour
from sandbox.sage200.seed.company import create_company

__all__ = ["Behaviour", "create_app", "create_company"]
