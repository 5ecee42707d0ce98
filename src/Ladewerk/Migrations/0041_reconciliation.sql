-- The receipt over a small amount that a guest's payment came to.
alter table payment add column receipt_id uuid, add column receipt_number text;

-- Each night the provider's movements are held against the ledger.
create table payment_reconciliation (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  day         date not null,
  state       text not null check (state in ('running', 'done', 'failed')),
  from_at     timestamptz not null,
  to_at       timestamptz not null,
  movements   int not null default 0,
  matched     int not null default 0,
  findings    jsonb not null default '[]',
  error       text,
  started_at  timestamptz not null,
  finished_at timestamptz,
  unique (tenant_id, day)
);
insert into site_scope_rule (table_name, kind) values ('payment_reconciliation', 'hidden');
