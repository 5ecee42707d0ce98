-- Customers of the operator to whom sites belong: landlords, municipalities, employers.
create table organisation (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  name        text not null,
  legal_name  text,
  street      text,
  postal_code text,
  city        text,
  country     text not null default 'DE',
  email       text,
  phone       text,
  website     text,
  vat_id      text,
  note        text,
  contacts    jsonb not null default '[]',
  created_at  timestamptz not null
);
create unique index organisation_name on organisation (tenant_id, lower(name));
alter table site add column organisation_id uuid references organisation;
create index site_organisation on site (organisation_id) where organisation_id is not null;

-- Roles that an operator has made; the built-in ones are code.
create table own_role (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  name        text not null,
  description text,
  permissions text[] not null,
  created_at  timestamptz not null
);
create unique index own_role_name on own_role (tenant_id, lower(name));

-- Who holds which role, and for what.
create table role_assignment (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  account_id      uuid not null references account on delete cascade,
  built_in        text,
  own_role_id     uuid references own_role,
  scope           text not null check (scope in ('platform', 'tenant', 'organisation', 'site')),
  organisation_id uuid references organisation,
  site_id         uuid references site on delete cascade,
  created_at      timestamptz not null,
  created_by      text not null,
  check ((built_in is null) <> (own_role_id is null)),
  check ((scope = 'organisation') = (organisation_id is not null)),
  check ((scope = 'site') = (site_id is not null))
);
create unique index role_assignment_once on role_assignment (account_id, coalesce(built_in, own_role_id::text), coalesce(site_id, organisation_id, '00000000-0000-0000-0000-000000000000'::uuid));
create index role_assignment_tenant on role_assignment (tenant_id, built_in);
create index role_assignment_role on role_assignment (own_role_id) where own_role_id is not null;

insert into role_assignment (id, tenant_id, account_id, built_in, scope, created_at, created_by)
select gen_random_uuid(), tenant_id, id, role, case role when 'platformAdmin' then 'platform' else 'tenant' end, created_at, 'system' from account;

-- A key counts for these sites and the sites of these organisations; both null: for the whole tenant.
alter table api_key add column site_ids uuid[], add column organisation_ids uuid[];
update api_key set permissions = permissions || '{platform.read,platform.write}' where permissions @> '{settings.write,audit.read,billing.write}' and created_by = 'system';

-- What is seen by someone whose role counts only for some sites.
--
-- Such a request reads through the schema site_scope, where each table that hangs on a site has a view of the same name that shows the
-- rows of the request's sites alone (setting ladewerk.sites). The views are made anew after every migration by build_site_scope():
-- a table with a column site_id or station_id gets one by itself; what any other table is to such a reader stands in site_scope_rule.
create table site_scope_rule (
  table_name text primary key,
  -- shared: read (the rows of the predicate, where there is one) but not written; hidden: neither; open: as if there were no scope; rows: those of the predicate, in which #sites# is the
  -- array of the sites' ids, #stations# a query of their stations' ids and #table# the table.
  kind       text not null check (kind in ('shared', 'hidden', 'open', 'rows')),
  predicate  text check (kind <> 'rows' or predicate is not null),
  -- Whether a new row must fulfil the predicate at once; not where the rows that it looks at are written later.
  checked    boolean not null default true
);

insert into site_scope_rule (table_name, kind) values
  -- The installation's own.
  ('schema_migration', 'hidden'), ('site_scope_rule', 'hidden'), ('commit_mark', 'hidden'), ('data_protection_key', 'hidden'), ('outbox', 'open'),
  ('tenant', 'shared'), ('idempotency_key', 'open'),
  -- Accounts: lists of them ask for a permission that counts for the whole tenant only; one's own is everybody's.
  ('account', 'open'), ('account_secret', 'open'), ('api_key', 'hidden'), ('own_role', 'hidden'), ('role_assignment', 'hidden'), ('audit_entry', 'open'),
  ('account_link', 'open'), ('account_passkey', 'open'), ('account_sign_in', 'open'), ('account_login', 'open'), ('external_sign_in', 'open'), ('identity_provider', 'shared'),
  -- Badges and drivers come to every site.
  ('contract_driver', 'open'), ('vehicle', 'open'),
  ('people_import', 'open'), ('people_import_row', 'open'), ('registration_rules', 'shared'), ('registration_invitation', 'open'), ('registration', 'open'),
  ('driver', 'open'), ('id_token', 'open'), ('id_token_alias', 'open'), ('billing_account', 'open'),
  -- Catalogues and settings of the operator.
  ('tariff', 'shared'), ('tariff_version', 'shared'),
  ('security_settings', 'shared'), ('certificate_authority', 'shared'), ('trusted_certificate', 'shared'),
  ('quirk_profile', 'shared'), ('station_template', 'shared'), ('watch_policy', 'shared'),
  ('firmware', 'shared'), ('bad_firmware_version', 'shared'),
  ('refused_connection', 'hidden'),
  -- Bills are of the whole operator.
  ('number_series', 'hidden'), ('invoice', 'hidden'), ('invoice_line', 'hidden'), ('invoice_document', 'hidden'), ('invoice_run', 'hidden');

insert into site_scope_rule (table_name, kind, predicate, checked) values
  ('organisation', 'shared', 'id in (select s.organisation_id from public.site s where s.id = any (#sites#))', true),
  ('site', 'rows', 'id = any (#sites#)', true),
  ('tariff_assignment', 'shared', 'level in (''tenant'', ''group'', ''contract'') or (level = ''site'' and target in (select x::text from unnest(#sites#) x)) or (level in (''station'', ''evse'') and (lower(split_part(target, ''/'', 1)) in (select lower(c.identity) from public.charging_station c where c.site_id = any (#sites#)) or target in (select e.evse_id from public.evse e where e.station_id in (#stations#))))', true),
  ('contract', 'shared', 'sites = ''{}'' or sites && #sites#', true),
  -- Codes that open the sites alone are made and seen there; others are the operator's.
  ('code_batch', 'rows', 'sites <> ''{}'' and sites <@ #sites#', true),
  ('charge_code', 'rows', 'sites <> ''{}'' and sites <@ #sites#', true),
  ('code_use', 'rows', 'code_id in (select c.id from public.charge_code c where c.sites <> ''{}'' and c.sites <@ #sites#)', true),
  -- A session stays with the site at which it was.
  ('charging_session', 'rows', 'site_id = any (#sites#)', true),
  ('charge_detail_record', 'rows', 'session_id in (select s.id from public.charging_session s where s.site_id = any (#sites#))', true),
  ('finding_action', 'rows', 'finding_id in (select f.id from public.finding f where f.station_id in (#stations#))', true),
  ('uptime_exclusion', 'rows', '(station_id in (#stations#) or site_id = any (#sites#))', true),
  ('local_list_setting', 'rows', '(station_id in (#stations#) or site_id = any (#sites#))', true),
  -- A job or campaign that goes beyond the sites is another's: its name and figures would tell of their stations.
  ('job', 'rows', 'exists (select from public.job_station j where j.job_id = #table#.id) and not exists (select from public.job_station j where j.job_id = #table#.id and j.station_id not in (#stations#))', false),
  ('firmware_campaign', 'rows', 'exists (select from public.campaign_station c where c.campaign_id = #table#.id) and not exists (select from public.campaign_station c where c.campaign_id = #table#.id and c.station_id not in (#stations#))', false);

create function refuse_outside_scope() returns trigger language plpgsql as $$
begin
  raise exception 'Only who is responsible for the whole operator may change %.', tg_table_name using errcode = 'LW403';
end
$$;

create function build_site_scope() returns void language plpgsql as $$
declare
  sites    constant text := '((select nullif(current_setting(''ladewerk.sites'', true), ''''))::uuid[])';
  stations constant text := 'select s.id from public.charging_station s where s.site_id = any ' || sites;
  rule record;
  condition text;
begin
  drop schema if exists site_scope cascade;
  create schema site_scope;
  for rule in
    select c.relname as name,
      coalesce(r.kind, case when a.columns && '{site_id,station_id}' then 'rows' else 'shared' end) as kind,
      coalesce(r.predicate, case when 'site_id' = any (a.columns) then 'site_id = any (#sites#)' else 'station_id in (#stations#)' end) as predicate,
      coalesce(r.checked, true) as checked, r.predicate as shown
    from pg_class c
    cross join lateral (select array_agg(attname::text) as columns from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) a
    left join site_scope_rule r on r.table_name = c.relname
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  loop
    continue when rule.kind = 'open';
    condition := case rule.kind when 'shared' then coalesce(rule.shown, 'true') when 'hidden' then 'false' else rule.predicate end;
    condition := replace(replace(replace(condition, '#table#', 't'), '#sites#', sites), '#stations#', stations);
    execute format('create view site_scope.%I as select t.* from public.%I t where %s%s', rule.name, rule.name, condition,
      case when rule.kind = 'rows' and rule.checked then ' with local check option' else '' end);
    if rule.kind in ('shared', 'hidden') then
      execute format('create trigger refuse instead of insert or update or delete on site_scope.%I for each row execute function public.refuse_outside_scope()', rule.name);
    end if;
  end loop;
end
$$;
