do $$
begin
  if to_regclass('public.messenger_messages') is not null then
    drop trigger if exists messenger_leave_batch on public.messenger_messages;
    drop trigger if exists messenger_join_batches on public.messenger_messages;
    drop trigger if exists messenger_check_transport on public.messenger_transports;
  end if;
end
$$;
drop function if exists nova.messenger_leave_batch();
drop function if exists nova.messenger_join_batches();
drop function if exists nova.messenger_count_batches(uuid[], boolean);
drop function if exists nova.messenger_finish_batches(uuid[]);
drop function if exists public.messenger_batch_close(uuid);
drop function if exists public.messenger_batch(jsonb);
drop function if exists nova.messenger_check_transport();
drop table if exists nova.messenger_batches;
