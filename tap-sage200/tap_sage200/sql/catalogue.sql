-- Which of the tables and columns this tap uses exist in this release of Sage 200, for this login.
-- Reads:  INFORMATION_SCHEMA.COLUMNS, once a run.
-- Index:  the system catalogue's own.
-- Locks:  shared schema locks, for the milliseconds the statement takes.
select
  table_columns.TABLE_NAME as table_name,
  table_columns.COLUMN_NAME as column_name
from INFORMATION_SCHEMA.COLUMNS as table_columns
where table_columns.TABLE_SCHEMA = :schema_name
  and table_columns.TABLE_NAME in :table_names
