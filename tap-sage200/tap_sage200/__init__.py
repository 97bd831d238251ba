"""Singer tap for Sage 200: stock, customers and sales documents, read gently by SQL.

``tap`` holds the settings, ``streams`` what Singer sees, ``columns`` the record contract;
``bookmark`` and ``demand`` decide what is due (pure); ``connection``, ``session`` and ``database``
talk to SQL Server; ``sql/`` holds every statement that reaches the ERP.
"""
