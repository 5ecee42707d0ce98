create table account (
  id                  uuid primary key,
  tenant_id           uuid not null references tenant,
  email               text not null,
  normalized_email    text not null unique,
  email_confirmed     boolean not null default false,
  user_name           text not null,
  normalized_user_name text not null unique,
  display_name        text not null,
  locale              text check (locale in ('de', 'en')),
  role                text not null,
  password_hash       text,
  security_stamp      text not null,
  concurrency_stamp   text,
  two_factor_enabled  boolean not null default false,
  lockout_end         timestamptz,
  lockout_enabled     boolean not null default true,
  access_failed_count int not null default 0,
  created_at          timestamptz not null,
  last_sign_in_at     timestamptz,
  disabled_at         timestamptz
);
create index account_tenant on account (tenant_id, normalized_email);

-- Only the SHA-256 of a key is kept: its 256 random bits need no salt and no slow hash.
create table api_key (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  name         text not null,
  hint         text not null,
  secret_hash  bytea not null unique check (length(secret_hash) = 32),
  permissions  text[] not null,
  created_at   timestamptz not null,
  created_by   text not null,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
create index api_key_tenant on api_key (tenant_id, created_at);

create table data_protection_key (
  name       text primary key,
  xml        text not null,
  created_at timestamptz not null default now()
);

create table audit_entry (
  id         bigint generated always as identity primary key,
  tenant_id  uuid not null references tenant,
  at         timestamptz not null,
  actor_kind text not null,
  actor      text not null,
  address    text,
  action     text not null,
  subject    text not null,
  subject_id text not null,
  before     jsonb,
  after      jsonb
);
create index audit_entry_recent on audit_entry (tenant_id, id desc);
create index audit_entry_subject on audit_entry (tenant_id, subject, subject_id, id desc);

-- Answers to writes with an Idempotency-Key, for 24 hours. No status: the first request still runs.
create table idempotency_key (
  tenant_id    uuid not null references tenant,
  key          text not null,
  request_hash bytea not null,
  started_at   timestamptz not null,
  status       int,
  content_type text,
  location     text,
  body         bytea,
  primary key (tenant_id, key)
);
create index idempotency_key_age on idempotency_key (started_at);
