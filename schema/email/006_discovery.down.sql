drop function if exists nova.discover_again(text, text, text);
drop function if exists nova.fail_discovery(bigint, uuid, text);
drop function if exists nova.give_up_window(uuid, bigint, bigint, text, text);
drop function if exists nova.restart_window(uuid, bigint, bigint);
drop function if exists nova.record_page(
  uuid, bigint, bigint, text, text, text[], bigint[], text[], text[], boolean, integer);
do $$
begin
  -- Their types go with the tables.
  if to_regclass('public.backfill_windows') is not null then
    drop function if exists nova.turn_page(
      public.flux_inbox_configurations, bigint, bigint, text, text, integer, integer);
    drop function if exists nova.end_pass(public.flux_inbox_configurations);
    drop function if exists nova.finish_discovery(public.flux_inbox_configurations);
    drop function if exists nova.queue_threads(
      public.flux_inbox_configurations, text[], bigint[], text[], text[], boolean);
    drop function if exists nova.plan_windows(public.flux_inbox_configurations);
    drop function if exists nova.claim_window(bigint, uuid, bigint, text);
    drop function if exists nova.begin_discovery(bigint, uuid);
  end if;
end
$$;
drop function if exists nova.add_gap(uuid, text, timestamptz, timestamptz, text, text);
drop function if exists nova.stored_of(uuid, uuid, text[], text[], boolean);
drop function if exists nova.passes_max();
drop function if exists nova.discovery_overlap();
drop function if exists nova.hold_discovery(bigint, uuid);
