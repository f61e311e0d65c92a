do $$
begin
  if to_regclass('public.messenger_schedules') is not null then
    drop trigger if exists messenger_plan_schedule on public.messenger_schedules;
    drop function if exists nova.messenger_run_schedule(public.messenger_schedules);
    drop function if exists nova.messenger_refuse_schedule(public.messenger_schedules, text, text);
    drop function if exists nova.messenger_due_slots(public.messenger_schedules);
    drop function if exists nova.messenger_last_slots(public.messenger_schedules, timestamptz, timestamptz, integer);
    drop function if exists nova.messenger_count_slots(public.messenger_schedules, timestamptz, timestamptz);
    drop function if exists nova.messenger_may_overlap(public.messenger_schedules);
    drop function if exists nova.messenger_send_slot(public.messenger_schedules, timestamptz);
    drop function if exists nova.messenger_next_slot(public.messenger_schedules, timestamptz);
    drop function if exists nova.messenger_interval_slot(public.messenger_schedules, timestamptz);
  end if;
end
$$;
drop function if exists public.messenger_run_schedule_now(text);
drop function if exists public.messenger_backfill_schedule(text, timestamptz, timestamptz);
drop function if exists public.messenger_preview_schedule(text, integer, timestamptz);
drop function if exists public.messenger_run_schedules(integer);
drop function if exists nova.messenger_replan_schedules();
drop function if exists nova.messenger_plan_schedule();
