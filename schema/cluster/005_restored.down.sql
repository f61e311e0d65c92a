drop function if exists nova.after_restore();
drop function if exists nova.refresh_views(), nova.advance_sequences(), nova.before_restore(text[]), nova.own_tables(),
  nova.restored();
do $$
begin
  if to_regprocedure('nova.fencing_base()') is not null then
    -- As 002 made it.
    create or replace function nova.fencing_base() returns bigint
    language sql volatile set search_path = pg_catalog, pg_temp as $f$
  -- The timeline grows when a standby is promoted, whose counters may be behind what the old server gave out.
  select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint << 40
$f$;
  end if;
end
$$;
drop function if exists nova.server_identity();
drop table if exists nova.database_identity;
