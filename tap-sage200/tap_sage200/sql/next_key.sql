-- The first key above :after_key: where the next range begins, or that there is nothing more.
-- Reads:  the table a stream walks, whose names take the place of {table} and {key}; one row.
-- Index:  its primary key, sought once.
-- Locks:  a shared row lock on that row, given back as soon as it is read.
-- End:    it is asked after the upper bound of row versions was taken. A row whose version lies
--         below that bound was committed before, so its key is found; a key that comes later
--         carries a version above the bound and belongs to the next run.
select walked."{key}" as next_key
from {schema}."{table}" as walked
where walked."{key}" > :after_key
order by walked."{key}"
offset 0 rows fetch next 1 row only
