-- A value in each column that a company which has only just begun to trade leaves empty.
update dbo."StockItem" set "StockItemStatusID" = 1, "Barcode" = '5012345678900', "TraceableTypeID" = 1
where "Code" = 'BN-002';

update dbo."ProductGroup" set "TraceableTypeID" = 2, "CanItemLevelsGoNegative" = 1
where "ProductGroupID" = (select min("ProductGroupID") from dbo."ProductGroup");

update dbo."Warehouse" set "WarehouseTypeID" = 1 where "Name" = 'YORK';

update dbo."WarehouseItem" set "QuantityAllocatedBOM" = 1.5, "QuantityReserved" = 2.25
where "WarehouseItemID" = (select min("WarehouseItemID") from dbo."WarehouseItem");

update dbo."BinItem"
set "QuantityAllocatedBOM" = 1.5, "QuantityReserved" = 2.25, "DateOfLastStockCount" = '2026-11-01'
where "BinItemID" = (select min("BinItemID") from dbo."BinItem");

update dbo."TransactionHistory" set "UnitDiscountValue" = 0.12345, "TotalOrderDiscount" = 0.31;

update dbo."SOPPaymentMethod"
set "PaymentBankAccountID" = (select min("CBAccountID") from dbo."CBAccount"),
    "CurrencyID" = (select max("SYSCurrencyID") from dbo."SYSCurrency")
where "SOPPaymentMethodID" = (select min("SOPPaymentMethodID") from dbo."SOPPaymentMethod");

update dbo."SLCustomerAccount" set "AccountIsOnHold" = 1, "SYSAccountStatusID" = 1
where "CustomerAccountNumber" = 'WEBUSD';

update dbo."CustDeliveryAddress"
set "ThisIsDefaultAddress" = 1, "AddressLine2" = 'Unit 2', "AddressLine3" = 'Mill Lane',
    "AddressLine4" = 'Holbeck', "TaxNo" = 'GB123456789'
where "CustDeliveryAddressID" = (select min("CustDeliveryAddressID") from dbo."CustDeliveryAddress");

update dbo."SLPostedCustomerTran" set "DiscountValue" = 1.23, "QueryCode" = 'Q'
where "SLPostedCustomerTranID" = (
  select min("SLPostedCustomerTranID") from dbo."SLPostedCustomerTran"
);

update dbo."NLPostedNominalTran" set "TransactionAnalysisCode" = 'WEB'
where "NLPostedNominalTranID" = (
  select min("NLPostedNominalTranID") from dbo."NLPostedNominalTran"
);

update dbo."NLNominalAccount" set "AccountDepartment" = 'NTH'
where "NLNominalAccountID" = (select min("NLNominalAccountID") from dbo."NLPostedNominalTran");

update dbo."NLNominalAccount"
set "NLAccountReportCategoryID" = 7, "BroughtForwardBalance" = 1234.56, "SYSAccountStatusID" = 1
where "NLNominalAccountID" = (select max("NLNominalAccountID") from dbo."NLNominalAccount");

-- What 2022 brought to despatches, where SQL looks for it and where the stand-in's API keeps it.
alter table dbo."SOPDespatchReceipt"
  add column "CourierID" bigint,
  add column "ConsignmentNo" varchar(60),
  add column "Weight" numeric(18, 4),
  add column "Pieces" integer;

update stand_in.despatch_note set weight = 12.345, pieces = 3;

update dbo."SOPDespatchReceipt" as receipt
set "CourierID" = note.courier_id, "ConsignmentNo" = note.consignment_no, "Weight" = note.weight,
    "Pieces" = note.pieces
from stand_in.despatch_note as note
where note.despatch_id = receipt."SOPDespatchReceiptID";
