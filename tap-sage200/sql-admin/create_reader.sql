-- The login tap-sage200 reads with: SELECT on exactly the tables its statements use, nothing else.
--
-- Run by a DBA on Sage 200's SQL Server, in the company's database (USE [your company database]).
-- Choose the password first. Running it again does no harm. The tap writes nothing.

IF NOT EXISTS (SELECT 1 FROM sys.server_principals WHERE name = N'tap_sage200')
    CREATE LOGIN tap_sage200 WITH PASSWORD = N'<a long random password>';
IF NOT EXISTS (SELECT 1 FROM sys.database_principals WHERE name = N'tap_sage200')
    CREATE USER tap_sage200 FOR LOGIN tap_sage200;

GRANT SELECT ON dbo.SLCustomerAccount TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturn TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturnLine TO tap_sage200;
GRANT SELECT ON dbo.SOPStandardItemLink TO tap_sage200;
GRANT SELECT ON dbo.StockItem TO tap_sage200;
GRANT SELECT ON dbo.SYSCurrency TO tap_sage200;
GRANT SELECT ON dbo.SYSCurrencyISOCode TO tap_sage200;
GRANT SELECT ON dbo.SYSTaxRate TO tap_sage200;
GRANT SELECT ON dbo.Warehouse TO tap_sage200;
GRANT SELECT ON dbo.WarehouseItem TO tap_sage200;
