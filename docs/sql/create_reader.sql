-- The login tap-sage200 reads with: SELECT on exactly the tables its statements use, nothing else.
--
-- Run by a DBA on Sage 200's SQL Server, in the company's database (USE [your company database]).
-- Choose the password first. Running it again does no harm. The tap writes nothing.
--
-- With a Windows account instead (the tap then runs as that account, without username and
-- password), let the two statements that make login and user be
--     CREATE LOGIN [DOMAIN\tap_sage200] FROM WINDOWS;
--     CREATE USER tap_sage200 FOR LOGIN [DOMAIN\tap_sage200];

IF OBJECT_ID(N'dbo.SOPOrderReturn') IS NULL
BEGIN
    RAISERROR (N'This is no company database of Sage 200: nothing was made. Choose one with USE.', 16, 1);
    SET NOEXEC ON;
END
GO

IF NOT EXISTS (SELECT 1 FROM sys.server_principals WHERE name = N'tap_sage200')
    CREATE LOGIN tap_sage200 WITH PASSWORD = N'<a long random password>';
IF NOT EXISTS (SELECT 1 FROM sys.database_principals WHERE name = N'tap_sage200')
    CREATE USER tap_sage200 FOR LOGIN tap_sage200;

GRANT SELECT ON dbo.BinItem TO tap_sage200;
GRANT SELECT ON dbo.CustDeliveryAddress TO tap_sage200;
GRANT SELECT ON dbo.CustomerDiscountGroup TO tap_sage200;
GRANT SELECT ON dbo.DeleteLog TO tap_sage200;
GRANT SELECT ON dbo.NLAccountReportCategory TO tap_sage200;
GRANT SELECT ON dbo.NLHistoricalNominalTran TO tap_sage200;
GRANT SELECT ON dbo.NLNominalAccount TO tap_sage200;
GRANT SELECT ON dbo.NLPostedNominalTran TO tap_sage200;
GRANT SELECT ON dbo.PriceBand TO tap_sage200;
GRANT SELECT ON dbo.ProductGroup TO tap_sage200;
GRANT SELECT ON dbo.SLAllocationHeader TO tap_sage200;
GRANT SELECT ON dbo.SLAllocationTran TO tap_sage200;
GRANT SELECT ON dbo.SLCustomerAccount TO tap_sage200;
GRANT SELECT ON dbo.SLHistoricalCustomerTran TO tap_sage200;
GRANT SELECT ON dbo.SLPostedCustomerTran TO tap_sage200;
GRANT SELECT ON dbo.SOPDespatchReceipt TO tap_sage200;
GRANT SELECT ON dbo.SOPDespatchReceiptLine TO tap_sage200;
GRANT SELECT ON dbo.SOPInvCredTaxItem TO tap_sage200;
GRANT SELECT ON dbo.SOPInvoiceCredit TO tap_sage200;
GRANT SELECT ON dbo.SOPInvoiceCreditLine TO tap_sage200;
GRANT SELECT ON dbo.SOPInvoiceCreditType TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturn TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturnArch TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturnLine TO tap_sage200;
GRANT SELECT ON dbo.SOPOrderReturnLineArch TO tap_sage200;
GRANT SELECT ON dbo.SOPPaymentMethod TO tap_sage200;
GRANT SELECT ON dbo.SOPStandardItemLink TO tap_sage200;
GRANT SELECT ON dbo.SYSAccountingPeriod TO tap_sage200;
GRANT SELECT ON dbo.SYSCountryCode TO tap_sage200;
GRANT SELECT ON dbo.SYSCurrency TO tap_sage200;
GRANT SELECT ON dbo.SYSCurrencyISOCode TO tap_sage200;
GRANT SELECT ON dbo.SYSFinancialYear TO tap_sage200;
GRANT SELECT ON dbo.SYSModule TO tap_sage200;
GRANT SELECT ON dbo.SYSModuleAccountingPeriod TO tap_sage200;
GRANT SELECT ON dbo.SYSModulePostingStatus TO tap_sage200;
GRANT SELECT ON dbo.SYSTaxRate TO tap_sage200;
GRANT SELECT ON dbo.StockItem TO tap_sage200;
GRANT SELECT ON dbo.StockItemPrice TO tap_sage200;
GRANT SELECT ON dbo.TransactionHistory TO tap_sage200;
GRANT SELECT ON dbo.TransactionType TO tap_sage200;
GRANT SELECT ON dbo.Warehouse TO tap_sage200;
GRANT SELECT ON dbo.WarehouseItem TO tap_sage200;

-- Advice: these columns are sought by, and no index begins with them. Each such statement then reads
-- the whole table. Nothing is made here; an index in Sage's database is for you and Sage to decide.
SELECT N'No index begins with dbo.' + wanted.table_name + N'.' + wanted.column_name AS advice
FROM (
    VALUES
        (N'SLAllocationTran', N'SLAllocationHeaderID'),
        (N'SOPDespatchReceipt', N'SOPOrderID'),
        (N'SOPDespatchReceiptLine', N'SOPDespatchReceiptID'),
        (N'SOPInvCredTaxItem', N'SOPInvoiceCreditID'),
        (N'SOPInvoiceCreditLine', N'SOPInvoiceCreditID'),
        (N'SOPOrderReturn', N'CustomerID'),
        (N'SOPOrderReturnLine', N'SOPOrderReturnID'),
        (N'SOPStandardItemLink', N'SOPOrderReturnLineID'),
        (N'SYSAccountingPeriod', N'SYSFinancialYearID'),
        (N'SYSModuleAccountingPeriod', N'SYSAccountingPeriodID'),
        (N'StockItemPrice', N'ItemID'),
        (N'StockItemPrice', N'PriceBandID'),
        (N'WarehouseItem', N'ItemID'),
        (N'WarehouseItem', N'WarehouseID')
) AS wanted (table_name, column_name)
WHERE NOT EXISTS (
    SELECT 1
    FROM sys.index_columns AS indexed
    JOIN sys.columns AS named
        ON named.object_id = indexed.object_id AND named.column_id = indexed.column_id
    WHERE indexed.object_id = OBJECT_ID(N'dbo.' + wanted.table_name)
        AND indexed.key_ordinal = 1
        AND named.name = wanted.column_name
);
GO

SET NOEXEC OFF;
