-- What is seen by someone whose role counts only for some sites.
--
-- Such a request reads through the schema site_scope, where each table that hangs on a site has a view of the same name that shows the
-- rows of the request's sites alone (setting ladewerk.sites). The views are made anew after every migration by build_site_scope():
-- a table with a column site_id or station_id gets one by itself; what any other table is to such a reader stands in site_scope_rule.
create table site_scope_rule (
  table_name text primary key,
  -- shared: read but not written; hidden: neither; open: as if there were no scope; rows: those of the predicate, in which #sites# is the
  -- array of the sites' ids, #stations# a query of their stations' ids and #table# the table.
  kind       text not null check (kind in ('shared', 'hidden', 'open', 'rows')),
  predicate  text check ((kind = 'rows') = (predicate is not null)),
  -- Whether a new row must fulfil the predicate at once; not where the rows that it looks at are written later.
  checked    boolean not null default true
);

insert into site_scope_rule (table_name, kind) values
  -- The installation's own.
  ('schema_migration', 'hidden'), ('site_scope_rule', 'hidden'), ('commit_mark', 'hidden'), ('data_protection_key', 'hidden'), ('outbox', 'open'),
  ('tenant', 'shared'), ('idempotency_key', 'open'),
  -- Accounts: lists of them ask for a permission that counts for the whole tenant only; one's own is everybody's.
  ('account', 'open'), ('account_secret', 'open'), ('api_key', 'hidden'), ('audit_entry', 'open'),
  -- Badges and drivers come to every site.
  ('driver', 'open'), ('id_token', 'open'), ('id_token_alias', 'open'), ('billing_account', 'open'),
  -- Catalogues and settings of the operator.
  ('tariff', 'shared'), ('tariff_version', 'shared'), ('tariff_assignment', 'shared'),
  ('security_settings', 'shared'), ('certificate_authority', 'shared'), ('trusted_certificate', 'shared'),
  ('quirk_profile', 'shared'), ('station_template', 'shared'), ('watch_policy', 'shared'),
  ('firmware', 'shared'), ('bad_firmware_version', 'shared'),
  ('refused_connection', 'hidden'),
  -- Bills are of the whole operator.
  ('number_series', 'hidden'), ('invoice', 'hidden'), ('invoice_line', 'hidden'), ('invoice_document', 'hidden'), ('invoice_run', 'hidden');

insert into site_scope_rule (table_name, kind, predicate, checked) values
  ('site', 'rows', 'id = any (#sites#)', true),
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
  sites    constant text := '(select nullif(current_setting(''ladewerk.sites'', true), '''')::uuid[])';
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
      coalesce(r.checked, true) as checked
    from pg_class c
    cross join lateral (select array_agg(attname::text) as columns from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) a
    left join site_scope_rule r on r.table_name = c.relname
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  loop
    continue when rule.kind = 'open';
    condition := case rule.kind when 'shared' then 'true' when 'hidden' then 'false' else rule.predicate end;
    condition := replace(replace(replace(condition, '#table#', 't'), '#sites#', sites), '#stations#', stations);
    execute format('create view site_scope.%I as select t.* from public.%I t where %s%s', rule.name, rule.name, condition,
      case when rule.kind = 'rows' and rule.checked then ' with local check option' else '' end);
    if rule.kind in ('shared', 'hidden') then
      execute format('create trigger refuse instead of insert or update or delete on site_scope.%I for each row execute function public.refuse_outside_scope()', rule.name);
    end if;
  end loop;
end
$$;
