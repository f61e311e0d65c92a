do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.messenger_plan_schedule()',
      'public.messenger_run_schedules(integer)',
      'public.messenger_preview_schedule(text, integer, timestamptz)',
      'public.messenger_backfill_schedule(text, timestamptz, timestamptz)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if not exists (select from pg_catalog.pg_trigger t
                  where t.tgname = 'messenger_plan_schedule'
                    and t.tgrelid = to_regclass('public.messenger_schedules')) then
    raise exception 'the trigger messenger_plan_schedule is missing';
  end if;
end
$$;
