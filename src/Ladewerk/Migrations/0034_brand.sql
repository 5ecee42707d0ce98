-- How an operator looks and is reached: apart from the company's data, which stand on invoices. The picture is read by itself.
alter table tenant
  add column brand jsonb not null default '{}',
  add column logo_type text check (logo_type in ('image/svg+xml', 'image/png', 'image/jpeg')),
  add column logo bytea check (octet_length(logo) <= 400000),
  add constraint tenant_logo check ((logo is null) = (logo_type is null));

update tenant set
  brand = jsonb_strip_nulls(jsonb_build_object('colour', profile -> 'brandColour', 'accent', profile -> 'accentColour')),
  logo = case when profile ->> 'logoSvg' <> '' then convert_to(profile ->> 'logoSvg', 'UTF8') end,
  logo_type = case when profile ->> 'logoSvg' <> '' then 'image/svg+xml' end,
  profile = profile - 'brandColour' - 'accentColour' - 'logoSvg';
