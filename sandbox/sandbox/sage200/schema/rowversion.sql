-- Row versions with SQL Server's meaning.
--
-- "OpLock" is 8 bytes and grows with every insert and update of the database. SQL Server takes the
-- value when the row is written, not when the transaction commits, so a later transaction can
-- commit a higher value while an earlier one still holds a lower one back. A reader that only asks
-- for "greater than the last I saw" would skip those rows for ever; it must stop below
-- min_active_rowversion().
--
-- How it is done here: the upper 40 bits are the number of the writing transaction, the lower 24
-- bits the next value of a sequence. PostgreSQL numbers transactions when they first write, and a
-- snapshot knows the lowest number that was still open when it was taken. That number, shifted, is
-- therefore a bound that no row unseen by the same snapshot can lie below: right inside one
-- statement, in a statement of its own, and at every isolation level, without a lock or a registry.
-- Transactions of other databases on the same server share the numbers; those that are known to
-- belong to another database do not hold the bound back.
--
-- A database moved to another server by dump and restore would start lower again: make the
-- company anew there.

create sequence dbo.oplock_seq;

create function dbo.next_rowversion() returns bytea
language sql volatile
return int8send(
    (pg_current_xact_id()::text::bigint << 24) | (nextval('dbo.oplock_seq') & 16777215)
);

create function dbo.min_active_rowversion() returns bytea
language sql stable
return int8send(
    coalesce(
        (
            select min(open_one::text::bigint)
            from pg_snapshot_xip(pg_current_snapshot()) as open_one
            where not exists (
                select
                from pg_stat_activity as activity
                where
                    activity.backend_xid = open_one::xid
                    and activity.datname <> current_database()
            )
        ),
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    ) << 24
);

create function dbo.touch_row() returns trigger
language plpgsql
as $$
begin
    new."OpLock" := dbo.next_rowversion();
    return new;
end
$$;

create function dbo.touch_row_and_time() returns trigger
language plpgsql
as $$
begin
    new."OpLock" := dbo.next_rowversion();
    new."DateTimeUpdated" := dbo.utc_now();
    return new;
end
$$;
