-- The queue of documents on their way from Magento to Sage 200, and its audit log.
-- Safe to run at every start: everything is "if not exists".

create schema if not exists sync;

create table if not exists sync.outbox (
  id bigint generated always as identity primary key,
  kind text not null,
  source text not null,
  source_key text not null,
  source_id bigint,
  state text not null check (
    state in (
      'waiting', 'ready', 'in_flight', 'posted', 'rejected', 'in_doubt', 'ignored', 'superseded'
    )
  ),
  cause text,
  error text,
  detail jsonb not null default '{}',
  amount numeric(19, 4),
  currency text,
  source_document jsonb not null,
  source_hash text not null,
  source_updated_at timestamptz,
  needs_decision boolean not null default true,
  decision_basis text,
  decided_at timestamptz,
  document jsonb,
  content_hash text,
  refused_hash text,
  trimmed jsonb not null default '[]',
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  lease_owner text,
  sage_id bigint,
  sage_document_no text,
  sage_net numeric(19, 2),
  sage_tax numeric(19, 2),
  sage_gross numeric(19, 2),
  first_seen_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  posted_at timestamptz,
  amended_at timestamptz,
  unique (kind, source, source_key)
);

-- Columns of later versions, so that a queue made by an earlier one goes on.
alter table sync.outbox add column if not exists group_key text;
alter table sync.outbox add column if not exists route text;
alter table sync.outbox add column if not exists decided_hash text;
-- Counts what came in, so that a decision that was made meanwhile does not end the need for one.
alter table sync.outbox add column if not exists revision integer not null default 0;
-- What Sage 200 answered where it took a document and that can't be found: never sent again by itself.
alter table sync.outbox add column if not exists accepted jsonb;
-- When Sage 200 was asked for the number last; only then a document may leave.
alter table sync.outbox add column if not exists looked_up_at timestamptz;

update sync.outbox set group_key = source_key where group_key is null;

-- Posted before changes were compared: what changed since must be looked at once.
update sync.outbox set decided_hash = case when amended_at is null then source_hash else '' end
where decided_hash is null and state = 'posted';

-- Documents of one order share a group; no two of them are under way at one time.
create unique index if not exists outbox_one_of_a_group_at_a_time
on sync.outbox (source, group_key)
where state in ('in_flight', 'in_doubt');

-- A document of Sage 200 belongs to one row. Changes of documents name the document they change.
do $$
begin
  create unique index if not exists outbox_one_row_a_sage_document
  on sync.outbox (route, sage_id)
  where sage_id is not null and kind in ('sales_order', 'credit_note', 'receipt', 'customer');
exception when unique_violation then
  raise warning 'sync.outbox has documents of Sage 200 that two rows name: see duplicated_in_sage';
end
$$;

create index if not exists outbox_ready on sync.outbox (kind, source, id) where state = 'ready';

create index if not exists outbox_amended on sync.outbox (kind, source)
where state = 'posted' and source_hash <> decided_hash;

create index if not exists outbox_due on sync.outbox (kind, due_at)
where state in ('ready', 'in_flight', 'in_doubt');

create index if not exists outbox_undecided on sync.outbox (kind, source)
where state in ('waiting', 'ready', 'rejected');

create index if not exists outbox_source_id on sync.outbox (kind, source, source_id);

create table if not exists sync.outbox_attempt (
  id bigint generated always as identity primary key,
  outbox_id bigint not null references sync.outbox (id),
  started_at timestamptz not null default now(),
  action text not null,
  request jsonb,
  response jsonb,
  status_code integer,
  outcome text not null,
  duration_ms integer
);

create index if not exists outbox_attempt_row on sync.outbox_attempt (outbox_id, id);

-- What Magento's payment gateways reported: the proof of money that order totals are not.
create table if not exists sync.payment_transaction (
  source text not null,
  transaction_id bigint not null,
  order_id bigint not null,
  txn_type text not null,
  txn_id text,
  parent_txn_id text,
  is_closed boolean,
  created_at timestamptz,
  primary key (source, transaction_id)
);

create index if not exists payment_transaction_order on sync.payment_transaction (source, order_id);

-- What custom options are called: orders name only their ids.
create table if not exists sync.product_option (
  source text not null,
  option_id bigint not null,
  title text not null,
  choices jsonb not null default '{}',
  primary key (source, option_id)
);
