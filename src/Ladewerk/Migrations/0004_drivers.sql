create table billing_account (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  name          text not null,
  company       text,
  street        text,
  postal_code   text,
  city          text,
  country       text not null default 'DE',
  vat_id        text,
  email         text,
  language      text not null default 'de' check (language in ('de', 'en')),
  payment_terms_days int not null default 14,
  customer_number text,
  created_at    timestamptz not null default now()
);

create table driver (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  name               text not null,
  email              text,
  phone              text,
  locale             text not null default 'de',
  status             text not null default 'active' check (status in ('active', 'blocked', 'closed')),
  billing_account_id uuid references billing_account,
  created_at         timestamptz not null default now()
);

-- uid_key is the normalised form by which a badge is found, however a station writes it.
create table id_token (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  uid           text not null,
  uid_key       text not null,
  type          text not null default 'ISO14443',
  status        text not null default 'accepted' check (status in ('accepted', 'blocked', 'expired', 'lost')),
  visual_number text,
  valid_from    timestamptz,
  valid_until   timestamptz,
  driver_id     uuid references driver,
  contract_id   uuid,
  group_id      text,
  note          text,
  concurrent_sessions int not null default 1,
  created_at    timestamptz not null default now(),
  unique (tenant_id, uid_key)
);
create index id_token_driver on id_token (driver_id) where driver_id is not null;

-- Other spellings of a badge that a station was seen to send.
create table id_token_alias (
  tenant_id   uuid not null references tenant,
  alias_key   text not null,
  id_token_id uuid not null references id_token on delete cascade,
  primary key (tenant_id, alias_key)
);
