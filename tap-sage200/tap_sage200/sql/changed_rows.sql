-- What changed in a table whose changes send another stream's rows again, such as the headers of
-- lines: gathered once for a window of row versions. The stream's rows are then read by its own
-- statement, with the values found here in the place of the window.
-- Reads:  the watched table, whose names take the place of {table}, {key} and {column}.
-- Index:  its primary key, walked from :after_key to :upto_key. No index on OpLock is counted on;
--         it filters rows already reached.
-- Locks:  shared row locks, each given back as soon as its row is read; nothing is held between
--         statements. It ends at :batch_size rows or at :upto_key, which is moved so that a
--         statement takes about a quarter of a second.
select
  watched."{key}" as watched_key,
  watched."{column}" as named_id
from {schema}."{table}" as watched
where watched."{key}" > :after_key
  and watched."{key}" <= :upto_key
  and watched."OpLock" > :after
  and watched."OpLock" < :below
order by watched."{key}"
offset 0 rows fetch next :batch_size rows only
