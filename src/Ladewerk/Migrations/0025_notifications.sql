-- What happened that somebody wants to know, once for each key.
create table notice (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  event       text not null,
  key         text not null,
  driver_id   uuid references driver on delete cascade,
  site_id     uuid references site on delete set null,
  station_id  uuid references charging_station on delete set null,
  session_id  uuid,
  facts       jsonb not null default '{}',
  href        text,
  occurred_at timestamptz not null,
  created_at  timestamptz not null,
  told_at     timestamptz,
  unique (tenant_id, key)
);
create index notice_waiting on notice (tenant_id, event, created_at) where told_at is null;
create index notice_told on notice (tenant_id, event, told_at desc) where told_at is not null;

-- What the driver of a session has been told of it.
create table session_notice (
  session_id uuid primary key references charging_session on delete cascade,
  tenant_id  uuid not null references tenant,
  phase      text not null,
  since      timestamptz not null,
  told       text[] not null default '{}',
  settled    boolean not null default false
);
create index session_notice_open on session_notice (tenant_id) where not settled;

-- A message to one person: an account, or a driver without one. It stands in the feed; mails are made of it when they are due.
create table notification (
  id         uuid primary key,
  tenant_id  uuid not null references tenant,
  person_id  uuid not null,
  event      text not null,
  count      int not null,
  items      jsonb not null,
  href       text,
  in_feed    boolean not null,
  created_at timestamptz not null,
  read_at    timestamptz,
  mail_at    timestamptz
);
create index notification_feed on notification (tenant_id, person_id, created_at desc, id desc) where in_feed;
create index notification_unread on notification (tenant_id, person_id) where in_feed and read_at is null;
create index notification_mail on notification (tenant_id, mail_at) where mail_at is not null;
create index notification_age on notification (tenant_id, created_at);

create table notification_preference (
  tenant_id uuid not null references tenant,
  person_id uuid not null,
  settings  jsonb not null,
  primary key (tenant_id, person_id)
);

create table notification_rules (
  tenant_id uuid primary key references tenant,
  settings  jsonb not null
);

-- Where other systems want to hear of things.
create table webhook (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  name             text not null,
  url              text not null,
  events           text[] not null default '{}',
  protected_secret text not null,
  is_on            boolean not null default true,
  failing_since    timestamptz,
  paused_at        timestamptz,
  rests_until      timestamptz,
  created_at       timestamptz not null,
  created_by       text not null
);
create index webhook_tenant on webhook (tenant_id, created_at);

-- One row for each message to one of them; its body is what is sent, unchanged, however often.
create table webhook_delivery (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  webhook_id   uuid not null references webhook on delete cascade,
  sequence     bigint not null generated always as identity,
  event_id     uuid not null,
  event        text not null,
  body         text not null,
  is_replay    boolean not null default false,
  created_at   timestamptz not null,
  available_at timestamptz not null,
  attempts     int not null default 0,
  delivered_at timestamptz,
  failed_at    timestamptz,
  status       int,
  answer       text,
  took_ms      int
);
create index webhook_delivery_due on webhook_delivery (webhook_id, sequence) where delivered_at is null and failed_at is null;
create index webhook_delivery_log on webhook_delivery (tenant_id, webhook_id, sequence desc);
create index webhook_delivery_age on webhook_delivery (created_at);

-- The keys by which a browser's push service knows the operator (RFC 8292), and the browsers that want messages.
create table push_key (
  tenant_id     uuid primary key references tenant,
  public_key    text not null,
  protected_key text not null,
  created_at    timestamptz not null
);

create table push_subscription (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  account_id   uuid not null references account on delete cascade,
  endpoint     text not null,
  public_key   bytea not null,
  secret       bytea not null,
  label        text,
  created_at   timestamptz not null,
  last_sent_at timestamptz,
  unique (tenant_id, endpoint)
);
create index push_subscription_account on push_subscription (tenant_id, account_id);

create table push_message (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  subscription_id uuid not null references push_subscription on delete cascade,
  body            text not null,
  is_urgent       boolean not null,
  available_at    timestamptz not null,
  expires_at      timestamptz not null,
  attempts        int not null default 0
);
create index push_message_due on push_message (available_at);

-- What these tables are to someone whose role counts for some sites only: one's own messages are one's own, the rest is the operator's.
do $$
begin
  if to_regclass('public.site_scope_rule') is not null then
    insert into site_scope_rule (table_name, kind) values
      ('mail', 'open'), ('notification', 'open'), ('notification_preference', 'open'), ('push_key', 'open'), ('push_subscription', 'open'), ('push_message', 'open'),
      ('notification_rules', 'shared'), ('notice', 'open'), ('session_notice', 'open'), ('webhook', 'hidden'), ('webhook_delivery', 'hidden');
  end if;
end
$$;
