-- Other systems (CRM, ERP) that keep billing accounts and invoices in step, and what was sent to them.
create table sync_target (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  name             text not null,
  account_url      text,
  account_method   text not null default 'PUT' check (account_method in ('POST', 'PUT', 'PATCH')),
  account_map      jsonb not null default '[]',
  invoice_url      text,
  invoice_method   text not null default 'PUT' check (invoice_method in ('POST', 'PUT', 'PATCH')),
  invoice_map      jsonb not null default '[]',
  header_name      text not null default 'Authorization',
  -- The header's value under the installation's keys.
  protected_secret text,
  is_on            boolean not null default true,
  failing_since    timestamptz,
  paused_at        timestamptz,
  rests_until      timestamptz,
  created_at       timestamptz not null,
  created_by       text not null
);
create index sync_target_tenant on sync_target (tenant_id);

create table sync_item (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  target_id    uuid not null references sync_target on delete cascade,
  -- The order in which a target gets them.
  sequence     bigint generated always as identity,
  object       text not null check (object in ('billingAccount', 'invoice')),
  object_id    uuid not null,
  -- What people know it by: the invoice's number, the customer's.
  label        text,
  method       text not null,
  url          text not null,
  body         text,
  digest       bytea not null,
  is_replay    boolean not null default false,
  attempts     int not null default 0,
  status       int,
  answer       text,
  took_ms      int,
  created_at   timestamptz not null,
  delivered_at timestamptz,
  failed_at    timestamptz
);
create index sync_item_waiting on sync_item (target_id, sequence) where delivered_at is null and failed_at is null;
create index sync_item_list on sync_item (target_id, sequence desc);
create index sync_item_object on sync_item (target_id, object_id, sequence desc);
create index sync_item_old on sync_item (created_at) where delivered_at is not null;
insert into site_scope_rule (table_name, kind) values ('sync_target', 'hidden'), ('sync_item', 'hidden');

-- Whoever changes an account (a page, the API, an import, an erasure): who keeps it in step hears of it, with the change or not at all.
create function tell_of_billing_account() returns trigger language plpgsql as $$
declare
  account record;
begin
  if tg_op = 'DELETE' then account := old; else account := new; end if;
  if exists (select from public.sync_target t where t.tenant_id = account.tenant_id and t.is_on and t.account_url is not null) then
    insert into public.outbox (tenant_id, type, payload)
    values (account.tenant_id, 'billingAccountChanged', jsonb_build_object('billingAccountId', account.id, 'removed', tg_op = 'DELETE'));
  end if;
  return null;
end $$;
create trigger billing_account_told after insert or update or delete on billing_account for each row execute function tell_of_billing_account();
