-- Rows that Sage deleted and noted, for synchronisation.
-- Reads:  DeleteLog.
-- Index:  its primary key DeleteLogID, walked upwards from :after_key. OpLock has no index in
--         Sage 200; it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. A full read takes milliseconds a batch. Where few rows changed, one
--         statement walks on until it has :batch_size of them or the table ends: one reading of
--         it at most.
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
  and deletion."OpLock" > :after
  and deletion."OpLock" < :below
order by deletion."DeleteLogID"
offset 0 rows fetch next :batch_size rows only
