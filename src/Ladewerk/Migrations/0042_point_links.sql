-- The key under which an operator's codes on charge points are signed.
create table point_link_key (
  tenant_id  uuid primary key references tenant,
  key_sealed text not null,
  created_at timestamptz not null
);
insert into site_scope_rule (table_name, kind) values ('point_link_key', 'hidden');
alter table payment_settings add column signed_links_only boolean not null default false;
