do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.acknowledge_thread_job(bigint, uuid, text, integer, boolean, text)',
      'nova.try_complete_backfill(uuid, text)', 'nova.move_backfill(uuid, text, text, text)', 'nova.count_threads()',
      'nova.check_backfill_move()'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if (select count(*) from pg_catalog.pg_trigger t where not t.tgisinternal
        and t.tgname in ('check_backfill_move', 'start_backfill_stats', 'count_inserted_threads',
                         'count_updated_threads', 'count_deleted_threads')
        and t.tgrelid in (to_regclass('public.queued_threads'), to_regclass('public.flux_inbox_configurations'))) <> 5
  then
    raise exception 'a trigger of the backfill tables is missing';
  end if;
end
$$;
