-- The template that a person gave a station; null: the one that fits its introduction. It stands with the station, because it has a say in
-- how the station is taken from its first message on. charging_station.quirk_profile is the operator's word alone, over the template's.
alter table charging_station add column template text;
update charging_station s set template = t.assigned from station_template_state t where t.station_id = s.id and t.assigned is not null;
alter table station_template_state drop column assigned;

-- A static limit in watts, for stations that take limits so; at most one of limit_a and limit_w is set.
alter table charging_station add column limit_w bigint;
