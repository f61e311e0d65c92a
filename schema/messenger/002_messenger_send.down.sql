drop function if exists nova.messenger_promote(integer);
drop function if exists nova.messenger_mark(regclass, bigint);
drop function if exists nova.messenger_looked(regclass, bigint, integer);
do $$
begin
  if to_regclass('public.messenger_messages') is not null then
    drop trigger if exists messenger_enqueue_inserted on public.messenger_messages;
    drop trigger if exists messenger_requeue_updated on public.messenger_messages;
    drop trigger if exists messenger_requeue_deleted on public.messenger_messages;
    drop trigger if exists messenger_refuse_key on public.messenger_messages;
    drop trigger if exists messenger_forget_all on public.messenger_messages;
  end if;
  if to_regclass('nova.messenger_lanes') is not null then
    drop function if exists nova.messenger_flow(nova.messenger_lanes, text, text);
    drop function if exists nova.messenger_make_ready(nova.messenger_lanes, integer, bigint[], boolean);
  end if;
end
$$;
drop function if exists public.messenger_send(text, jsonb, jsonb, text, text, integer, timestamptz, interval, integer,
                                              text, interval, timestamptz, text, uuid, text);
drop function if exists public.messenger_send(jsonb[]);
drop function if exists nova.messenger_replace(jsonb[], bigint[]);
drop function if exists nova.messenger_check_messages(jsonb[]);
drop function if exists nova.messenger_expect_open(text[]);
drop function if exists nova.messenger_refuse_key();
drop function if exists nova.messenger_forget_all();
drop function if exists nova.messenger_requeue();
drop function if exists nova.messenger_enqueue_inserted();
drop function if exists nova.messenger_lane(text, text, smallint);
