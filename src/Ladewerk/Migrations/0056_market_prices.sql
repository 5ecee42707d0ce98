-- Prices of the electricity market by quarter hour, net, per kWh in the tenant's currency. What was announced first holds: a row never changes,
-- and one that was announced after its quarter hour prices nothing.
create table market_price (
  tenant_id    uuid not null references tenant (id),
  starts_at    timestamptz not null check (extract(epoch from starts_at)::bigint % 900 = 0),
  price        numeric(14, 7) not null,
  source       text not null,
  announced_at timestamptz not null,
  primary key (tenant_id, starts_at)
);

-- Where a tenant's market prices come from.
create table market_feed (
  tenant_id     uuid primary key references tenant (id),
  kind          text not null check (kind in ('file', 'http')),
  address       text not null,
  secret_sealed text,
  next_at       timestamptz not null,
  fetched_at    timestamptz,
  failed_at     timestamptz,
  failure       text
);

insert into site_scope_rule (table_name, kind) values ('market_price', 'shared'), ('market_feed', 'open');
