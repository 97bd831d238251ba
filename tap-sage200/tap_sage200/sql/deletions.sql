-- Rows that Sage deleted and noted, for synchronisation.
-- Reads:  DeleteLog.
-- Index:  its primary key DeleteLogID, walked from :after_key to :upto_key. OpLock has no index in
--         Sage 200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  deletion."DeleteLogID" as deletion_id,
  deletion."EntityName" as entity_name,
  deletion."ForeignID" as foreign_id,
  deletion."ParentKey" as parent_key, -- optional
  deletion."DateTimeCreated" as deleted_at,
  deletion."DateTimeUpdated" as updated_at, -- optional
  deletion."OpLock" as op_lock
from {schema}."DeleteLog" as deletion
where deletion."DeleteLogID" > :after_key
  and deletion."DeleteLogID" <= :upto_key
  and deletion."OpLock" > :after
  and deletion."OpLock" < :below
order by deletion."DeleteLogID"
offset 0 rows fetch next :batch_size rows only
