-- Which job sent a command; null: a person or another system did.
alter table station_command add column job_id uuid;
create index station_command_availability on station_command (station_id, requested_at desc) where command in ('change-availability', 'ChangeAvailability');
