do $$
begin
  if to_regclass('public.messenger_messages') is not null then
    drop trigger if exists messenger_unstick_status on public.messenger_messages;
    drop trigger if exists messenger_unstick_lease on public.messenger_messages;
  end if;
end
$$;
drop function if exists nova.messenger_unstick();
drop function if exists nova.messenger_rescue_in_passing();
drop function if exists public.messenger_prune(integer);
drop function if exists public.messenger_extend(bigint[], bigint[], interval);
drop index if exists public.messenger_failed_messages_oldest;
drop function if exists public.messenger_retry_failed(uuid[], text, boolean, text, interval, interval);
drop function if exists public.messenger_rescue(text[], integer);
drop function if exists public.messenger_release(bigint[], bigint[], interval);
drop function if exists public.messenger_fail(bigint[], bigint[], text[], text[], text[], interval[]);
drop function if exists nova.messenger_bury(bigint[], bigint[], text, text, integer, text[], text[]);
drop function if exists nova.messenger_add_error(jsonb, integer, text, text, text);
drop function if exists nova.messenger_backoff(integer, interval, double precision, interval, double precision);
drop function if exists nova.messenger_policy(text, text);
