-- Links that go out by mail: only the SHA-256 of the token is kept; each works once, and not for long.
create table account_link (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  account_id    uuid not null references account on delete cascade,
  purpose       text not null check (purpose in ('verify', 'reset', 'invite', 'changeEmail')),
  token_hash    bytea not null unique check (length(token_hash) = 32),
  email         text not null,
  password_hash text,
  browser_hash  bytea check (length(browser_hash) = 32),
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  used_at       timestamptz
);
create index account_link_account on account_link (account_id, created_at);

-- Accounts so far were made by administrators, who answer for the address.
update account set email_confirmed = true;

create table account_passkey (
  credential_id bytea primary key,
  user_id       uuid not null references account on delete cascade,
  data          jsonb not null
);
create index account_passkey_account on account_passkey (user_id);

-- Every open sign-in, so that its owner can see and end it.
create table account_sign_in (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  account_id   uuid not null references account on delete cascade,
  device       text not null,
  address      text,
  created_at   timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at     timestamptz
);
create index account_sign_in_account on account_sign_in (account_id, last_seen_at);

-- Providers of OpenID Connect whom an operator trusts with signing people in; the secret is encrypted by the key ring.
create table identity_provider (
  id                uuid primary key,
  tenant_id         uuid not null references tenant,
  name              text not null,
  issuer            text not null,
  client_id         text not null,
  client_secret     text not null,
  scopes            text not null,
  link_by_email     boolean not null default false,
  create_accounts   boolean not null default false,
  email_domains     text[] not null default '{}',
  role_claim        text,
  roles             jsonb not null default '[]',
  default_role      text,
  enabled           boolean not null default true,
  created_at        timestamptz not null,
  unique (tenant_id, name)
);

-- The provider's name for a person (issuer's subject), and whose account that is.
create table account_login (
  login_provider        text not null,
  provider_key          text not null,
  provider_display_name text,
  user_id               uuid not null references account on delete cascade,
  primary key (login_provider, provider_key)
);
create index account_login_account on account_login (user_id);

-- A sign-in that is under way at a provider. Taken away by the answer, so that an answer counts once.
create table external_sign_in (
  state_hash  bytea primary key check (length(state_hash) = 32),
  tenant_id   uuid not null references tenant,
  provider_id uuid not null references identity_provider on delete cascade,
  account_id  uuid references account on delete cascade,
  secrets     text not null,
  return_url  text,
  expires_at  timestamptz not null
);
