-- Time and ids. Stamps are UTC, to the millisecond, without a zone, as SQL Server's datetime is.

create function dbo.utc_now() returns timestamp
language sql volatile
return date_trunc('milliseconds', timezone('utc', clock_timestamp()));

-- Ids come from Sage's central counter, one row per table; they are neither dense nor unique across
-- tables. A block is taken at a time, outside the business transaction where the caller can.
create function dbo.next_ids(counter_name text, how_many bigint default 1)
returns bigint
language plpgsql
as $$
declare
    first_id bigint;
begin
    update dbo."Counter"
    set "NextValue" = "NextValue" + how_many
    where "CounterName" = counter_name
    returning "NextValue" - how_many into first_id;
    if first_id is null then
        raise exception 'Counter has no row named %', counter_name;
    end if;
    return first_id;
end
$$;
