-- Stored delivery addresses of customers.
-- Reads:  CustDeliveryAddress, SYSCountryCode.
-- Index:  the primary key of each: CustDeliveryAddress is walked from :after_key to :upto_key, the
--         others are sought by key. No index on OpLock is counted on; it filters rows reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  address."CustDeliveryAddressID" as customer_delivery_address_id,
  address."CustomerID" as customer_id,
  address."Description" as description,
  address."ThisIsDefaultAddress" as is_default,
  address."PostalName" as postal_name,
  address."AddressLine1" as address_1,
  address."AddressLine2" as address_2,
  address."AddressLine3" as address_3,
  address."AddressLine4" as address_4,
  address."City" as city, -- optional
  address."County" as county, -- optional
  address."Postcode" as postcode,
  country."Code" as country_code,
  address."Contact" as contact,
  address."TelephoneNo" as telephone,
  address."EmailAddress" as email,
  address."TaxNo" as tax_number,
  address."TaxCodeID" as tax_code_id,
  address."DateTimeCreated" as created_at,
  address."DateTimeUpdated" as updated_at, -- optional
  address."OpLock" as op_lock
from {schema}."CustDeliveryAddress" as address
left join {schema}."SYSCountryCode" as country
  on country."SYSCountryCodeID" = address."CountryCodeID"
where address."CustDeliveryAddressID" > :after_key
  and address."CustDeliveryAddressID" <= :upto_key
  and address."OpLock" > :after
  and address."OpLock" < :below
order by address."CustDeliveryAddressID"
offset 0 rows fetch next :batch_size rows only
