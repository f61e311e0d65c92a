-- Takes all of Symphony Messenger away, with every message: what the document calls the rollback.
-- `nova migrate down --system messenger --all --yes` does the same step by step. Afterwards `nova
-- migrate up --system messenger` makes it again.
do $$
declare
  v_function regprocedure;
begin
  for v_lane in 1..100 loop
    execute format('drop sequence if exists nova.messenger_clock_%s, nova.messenger_floor_%s, '
                   'nova.messenger_floor_next_%s, nova.messenger_floor_xid_%s', v_lane, v_lane, v_lane, v_lane);
  end loop;
  drop view if exists public.messenger_queue_depth, public.messenger_failed_summary, public.messenger_schedules_summary;
  drop table if exists public.messenger_schedules, public.messenger_transports, public.messenger_failed_messages,
    public.messenger_messages cascade;
  for v_function in
    select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where (n.nspname in ('public', 'nova') and p.proname ~ '^messenger_')
        or (n.nspname = 'public' and p.proname ~ '^update_messenger_[a-z_]+_updated_at$')
  loop
    execute format('drop function %s cascade', v_function);
  end loop;
  drop table if exists nova.messenger_batches, nova.messenger_slots, nova.messenger_claims, nova.messenger_delayed,
    nova.messenger_ready, nova.messenger_lanes, nova.messenger_broker_states;
  drop sequence if exists nova.messenger_tokens, nova.messenger_looks, nova.messenger_promotions,
    nova.messenger_promoted, nova.messenger_rescued;
  if to_regclass('nova.schema_migrations') is not null then
    execute 'delete from nova.schema_migrations where system = ''messenger''';
  end if;
end
$$;
