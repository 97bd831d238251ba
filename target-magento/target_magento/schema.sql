-- What target-magento remembers. Safe to run at every start: everything is "if not exists".

create schema if not exists sync;

-- The last level that Sage reported for each item in each warehouse.
create table if not exists sync.stock_level (
  warehouse_item_id bigint primary key,
  item_code text not null,
  warehouse_name text not null,
  for_sale boolean not null,
  free_quantity numeric not null,
  allocated_to_web_quantity numeric not null,
  unallocated_web_demand_quantity numeric not null,
  read_at timestamptz not null
);

create index if not exists stock_level_item on sync.stock_level (item_code);

-- The last figures that Sage reported for each goods line of a document with a customer's number.
create table if not exists sync.stock_order_line (
  sales_document_line_id bigint primary key,
  sales_document_id bigint not null,
  customer_document_no text not null,
  item_code text not null,
  warehouse_name text,
  line_quantity numeric not null,
  despatched_quantity numeric not null,
  read_at timestamptz not null
);

create index if not exists stock_order_line_document
on sync.stock_order_line (customer_document_no);

-- One row per source item (one SKU in one source).
--   quantity: what Magento holds as far as we know: last published, or found equal; null if never.
--   wanted_quantity: what the formula gives. held_quantity: what Magento held when last seen.
--   state: published (Magento holds wanted_quantity), due (to be sent, or a run broke off),
--     refused (Magento said no), skipped (must not be written), stale, stopped (guard),
--     planned (dry run). checked_at: when the last comparison that changed this row was made.
create table if not exists sync.published_stock (
  source_code text not null,
  sku text not null,
  quantity numeric(19, 4),
  wanted_quantity numeric(19, 4) not null,
  held_quantity numeric(19, 4),
  sage_free numeric not null,
  allocated_to_web numeric not null,
  shipped_not_despatched numeric not null,
  buffer numeric not null,
  state text not null check (
    state in ('published', 'due', 'refused', 'skipped', 'stale', 'stopped', 'planned')
  ),
  cause text,
  error text,
  published_at timestamptz,
  checked_at timestamptz not null default now(),
  primary key (source_code, sku)
);

-- Which SKUs Magento has, and of which type, so that it is not asked again at each run.
create table if not exists sync.magento_product (
  sku_key text primary key,
  sku text,
  type_id text,
  checked_at timestamptz not null
);

-- One row per run.
create table if not exists sync.stock_run (
  id bigint generated always as identity primary key,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text not null default 'running',
  levels_read integer not null default 0,
  compared integer not null default 0,
  different integer not null default 0,
  published integer not null default 0,
  refused integer not null default 0,
  skipped integer not null default 0,
  stale integer not null default 0,
  message text
);
