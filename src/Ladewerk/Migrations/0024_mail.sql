-- Mail that waits to be sent. What it says is encrypted and erased as soon as it was sent or is no longer worth sending.
create table mail (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  kind         text not null,
  recipient    text not null,
  body         text,
  created_at   timestamptz not null,
  available_at timestamptz not null,
  expires_at   timestamptz,
  attempts     int not null default 0,
  sent_at      timestamptz,
  parked_at    timestamptz,
  last_error   text
);
create index mail_due on mail (available_at) where sent_at is null and parked_at is null;
create index mail_recent on mail (tenant_id, created_at desc, id desc);
create index mail_recipient on mail (tenant_id, lower(recipient));
create index mail_parked on mail (tenant_id) where parked_at is not null;
