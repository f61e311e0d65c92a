drop function if exists public.messenger_complete(bigint[], bigint[]);
drop function if exists nova.messenger_outcomes(bigint[], bigint[], bigint[], bigint[], text);
drop function if exists nova.messenger_settle(bigint[], bigint[], boolean);
drop function if exists public.messenger_claim(text, text[], text, integer, interval);
drop function if exists nova.messenger_find_in_time(text, text[], integer, jsonb);
drop function if exists nova.messenger_find(text, text[], integer, jsonb);
drop function if exists nova.messenger_select(text, text[], boolean, integer, jsonb);
do $$
begin
  if to_regclass('nova.messenger_lanes') is not null then
    drop function if exists nova.messenger_share(nova.messenger_lanes[], text[], boolean, integer, jsonb);
    drop function if exists nova.messenger_free(public.messenger_transports);
  end if;
end
$$;
drop function if exists nova.messenger_take_queues(integer, text[], integer, jsonb);
drop function if exists nova.messenger_take(integer, bigint, integer, text[]);
drop function if exists nova.messenger_lower_floors();
drop function if exists nova.messenger_raise_floors(text, text[]);
