-- The operator's own style sheet for documents, in versions; what was saved never changes, one of them (or none) is in use.
create table invoice_template (
  tenant_id  uuid not null references tenant,
  version    int not null check (version > 0),
  css        text not null,
  comment    text,
  is_active  boolean not null default false,
  created_at timestamptz not null,
  created_by text not null,
  primary key (tenant_id, version)
);
create unique index invoice_template_active on invoice_template (tenant_id) where is_active;
create trigger invoice_template_final before update or delete on invoice_template for each row execute function refuse_change_of_issued('is_active');

-- Everything that gives a document its looks, as it was: with the page's source a document can be made again.
create table invoice_look (
  tenant_id     uuid not null references tenant,
  digest        text not null,
  product       text not null,
  product_style text not null,
  colour        text not null,
  second        text not null,
  logo          text,
  style         text,
  template      int,
  created_at    timestamptz not null,
  primary key (tenant_id, digest)
);
create trigger invoice_look_final before update or delete on invoice_look for each row execute function refuse_change_of_issued();

-- The page that was printed, without its looks, compressed.
alter table invoice_document add column source bytea;
insert into site_scope_rule (table_name, kind) values ('invoice_template', 'hidden'), ('invoice_look', 'hidden');
