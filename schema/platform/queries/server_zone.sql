-- In which time zone a session begins that says nothing of it, and which one the server's log has. Nova's own sessions
-- are in UTC (set_session), so what counts is what was set for role and database, else what this session began with.
-- Returns: zone text, zone of the log text, whether the first is UTC boolean, whether sessions of others count days by
-- it boolean (public.current_day_usage)
with begins as (
  select coalesce(
           (select split_part(said, '=', 2)
              from pg_db_role_setting s cross join unnest(s.setconfig) said
             where said ilike 'timezone=%'
               and s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
               and s.setrole in (0, (select r.oid from pg_roles r where r.rolname = session_user))
             order by s.setrole = 0, s.setdatabase = 0 limit 1),
           (select p.reset_val from pg_settings p where p.name = 'TimeZone')) as zone
)
select b.zone, current_setting('log_timezone'),
       not exists (select from (values (timestamp '2026-01-01'), (timestamp '2026-07-01')) half (at)
                    where half.at at time zone b.zone <> half.at at time zone 'UTC'),
       to_regclass('public.current_day_usage') is not null
  from begins b
