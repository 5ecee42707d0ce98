-- How people become drivers of an operator by themselves. No row: they do not.
create table registration_rules (
  tenant_id   uuid primary key references tenant,
  mode        text not null check (mode in ('closed', 'open', 'invitation', 'approval')),
  terms_url   text,
  privacy_url text,
  consents    jsonb not null default '[]'
);

-- Only the SHA-256 of an invitation's code is kept.
create table registration_invitation (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  email        text,
  name         text,
  number       text,
  language     text not null check (language in ('de', 'en')),
  code_hash    bytea not null unique check (length(code_hash) = 32),
  max_uses     int not null check (max_uses > 0),
  uses         int not null default 0,
  created_at   timestamptz not null,
  created_by   text not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz
);
create index registration_invitation_list on registration_invitation (tenant_id, created_at desc);

create table registration (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  account_id    uuid not null unique references account on delete cascade,
  name          text not null,
  email         text not null,
  locale        text not null,
  invitation_id uuid references registration_invitation on delete set null,
  consents      jsonb not null default '[]',
  state         text not null check (state in ('unverified', 'waiting', 'accepted', 'refused')),
  created_at    timestamptz not null,
  verified_at   timestamptz,
  decided_at    timestamptz,
  decided_by    text,
  reason        text
);
create index registration_list on registration (tenant_id, state, created_at desc);
