-- Badges that were made or bought together.
create table badge_batch (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  name        text not null,
  note        text,
  created_at  timestamptz not null,
  created_by  text not null,
  unique (tenant_id, name)
);
create index badge_batch_list on badge_batch (tenant_id, created_at desc);

alter table id_token add column batch_id uuid references badge_batch on delete set null;
create index id_token_batch on id_token (batch_id) where batch_id is not null;
create index id_token_group on id_token (tenant_id, group_id) where group_id is not null;

-- Sent to a driver, who says with its number that it has come; until then it is blocked.
alter table id_token add column awaits_activation boolean not null default false;

-- Whether drivers may order badges. No row: they may not.
create table badge_order_rules (
  tenant_id     uuid primary key references tenant,
  is_open       boolean not null,
  price_de      text,
  price_en      text,
  by_driver     boolean not null,
  most_open     int not null check (most_open between 1 and 10)
);

create table badge_order (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  driver_id     uuid not null references driver on delete cascade,
  recipient     text not null,
  company       text,
  street        text not null,
  postal_code   text not null,
  city          text not null,
  country       text not null,
  state         text not null check (state in ('ordered', 'sent', 'active', 'cancelled')),
  ordered_at    timestamptz not null,
  sent_at       timestamptz,
  sent_by       text,
  activated_at  timestamptz,
  cancelled_at  timestamptz,
  id_token_id   uuid references id_token on delete set null
);
create index badge_order_list on badge_order (tenant_id, state, id desc);
create index badge_order_driver on badge_order (driver_id);
create index badge_order_badge on badge_order (id_token_id) where id_token_id is not null;

-- Badges and drivers come to every site.
insert into site_scope_rule (table_name, kind) values ('badge_batch', 'open'), ('badge_order_rules', 'shared'), ('badge_order', 'open');
