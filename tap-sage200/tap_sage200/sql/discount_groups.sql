-- Customer discount groups.
-- Reads:  CustomerDiscountGroup.
-- Index:  its primary key CustomerDiscountGroupID, walked from :after_key to :upto_key. OpLock has
--         no index in Sage 200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  discount_group."CustomerDiscountGroupID" as discount_group_id,
  discount_group."Name" as discount_group_name,
  discount_group."Description" as description,
  discount_group."IsSingleCustomerGroup" as is_single_customer, -- optional
  discount_group."DateTimeCreated" as created_at,
  discount_group."DateTimeUpdated" as updated_at, -- optional
  discount_group."OpLock" as op_lock
from {schema}."CustomerDiscountGroup" as discount_group
where discount_group."CustomerDiscountGroupID" > :after_key
  and discount_group."CustomerDiscountGroupID" <= :upto_key
  and discount_group."OpLock" > :after
  and discount_group."OpLock" < :below
order by discount_group."CustomerDiscountGroupID"
offset 0 rows fetch next :batch_size rows only
