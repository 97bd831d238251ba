-- What the stand-in must keep and no table of the contract holds: which company this is (Sage keeps
-- that in its configuration database), the sign-in's clients, users and tokens (Sage keeps them at
-- id.sage.com), the notes on orders, couriers and what despatch notes say of them, whose tables are in
-- no source. Tokens and secrets are kept
-- as SHA-256 digests.

create schema stand_in;

create table stand_in.site (
    site_id text not null,
    company_id integer not null,
    site_name text not null,
    site_short_name text not null,
    company_name text not null,
    primary key (site_id, company_id)
);

create table stand_in.app_user (
    user_number integer primary key,
    user_name text not null unique,
    modules text[] not null,
    full_order_warehouse_id bigint
);

create table stand_in.client (
    client_id text primary key,
    secret_digest bytea not null,
    redirect_uris text[] not null
);

create table stand_in.authorization_code (
    digest bytea primary key,
    client_id text not null references stand_in.client,
    user_number integer not null references stand_in.app_user,
    redirect_uri text not null,
    code_challenge text,
    expires_at timestamptz not null
);

create table stand_in.refresh_token (
    digest bytea primary key,
    client_id text not null references stand_in.client,
    user_number integer not null references stand_in.app_user,
    expires_at timestamptz not null,
    access_expires_at timestamptz
);

create table stand_in.access_token (
    digest bytea primary key,
    user_number integer not null references stand_in.app_user,
    expires_at timestamptz not null
);

create table stand_in.order_memo (
    memo_id bigint primary key,
    order_id bigint not null,
    note varchar(1000) not null,
    is_active smallint not null default 1,
    created_by varchar(20) not null,
    created_at timestamp(3) not null default dbo.utc_now(),
    updated_at timestamp(3) not null default dbo.utc_now()
);

create index on stand_in.order_memo (order_id);

create table stand_in.courier (
    courier_id bigint primary key,
    name varchar(60) not null unique,
    created_at timestamp(3) not null default dbo.utc_now(),
    updated_at timestamp(3) not null default dbo.utc_now()
);

create table stand_in.despatch_note (
    despatch_id bigint primary key,
    courier_id bigint references stand_in.courier,
    consignment_no varchar(60) not null,
    weight numeric(18, 4),
    pieces integer
);
