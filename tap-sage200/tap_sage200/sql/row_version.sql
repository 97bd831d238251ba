-- The lowest row version that an open transaction may still be writing.
-- Reads:  no table.
-- Index:  none needed.
-- Locks:  nothing. It is sent alone and before anything else of a stream: rows at or above this
--         value may belong to a transaction that is not committed yet and are left to the next run.
select min_active_rowversion() as row_version
