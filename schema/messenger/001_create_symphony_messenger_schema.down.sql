drop view if exists public.messenger_queue_depth, public.messenger_failed_summary, public.messenger_schedules_summary;
do $$
begin
  for v_lane in 1..100 loop
    execute format('drop sequence if exists nova.messenger_clock_%s, nova.messenger_floor_%s, '
                   'nova.messenger_floor_next_%s, nova.messenger_floor_xid_%s', v_lane, v_lane, v_lane, v_lane);
  end loop;
end
$$;
drop table if exists public.messenger_schedules, public.messenger_transports, public.messenger_failed_messages,
  public.messenger_messages, nova.messenger_slots, nova.messenger_claims, nova.messenger_delayed, nova.messenger_ready,
  nova.messenger_lanes;
drop sequence if exists nova.messenger_tokens, nova.messenger_looks, nova.messenger_promotions, nova.messenger_promoted,
  nova.messenger_rescued;
drop function if exists public.update_messenger_messages_updated_at();
drop function if exists public.update_messenger_transports_updated_at();
drop function if exists public.update_messenger_schedules_updated_at();
do $$
begin
  if exists (select from pg_catalog.pg_extension e
              where e.extname = 'uuid-ossp' and obj_description(e.oid, 'pg_extension') ~ '^Made by Nova') then
    drop extension "uuid-ossp";
  end if;
exception when dependent_objects_still_exist then
  raise notice 'extension uuid-ossp stays: something else uses it';
end
$$;
