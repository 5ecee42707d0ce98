-- Money of a charge that goes back to the payer, because a document leaves a credit: it was cancelled, corrected, or paid twice.
create table invoice_refund (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  charge_id   uuid not null references invoice_charge,
  -- The document on which the credit stands.
  invoice_id  uuid not null references invoice,
  amount      numeric not null check (amount > 0),
  state       text not null check (state in ('asked', 'done', 'failed')),
  provider_id text unique,
  asked_at    timestamptz not null,
  done_at     timestamptz,
  last_error  text
);
create index invoice_refund_charge on invoice_refund (charge_id);
create index invoice_refund_invoice on invoice_refund (invoice_id);

insert into invoice_refund (id, tenant_id, charge_id, invoice_id, amount, state, provider_id, asked_at, done_at)
select id, tenant_id, id, invoice_id, amount, case when refunded > 0 then 'done' else 'failed' end, case when refunded > 0 then refund_id end, coalesce(finished_at, created_at), coalesce(finished_at, created_at)
from invoice_charge where refund_id is not null;
alter table invoice_charge drop column refund_id;

-- Documents on which something is owed to the customer.
create index invoice_credit on invoice (tenant_id, billing_account_id)
  where kind in ('invoice', 'correction') and paid > case when state = 'cancelled' then 0 else gross end;

insert into site_scope_rule (table_name, kind) values ('invoice_refund', 'hidden');
