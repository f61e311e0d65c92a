-- A read of a message in doubt that failed for a moment is due again after a pause that the reader names, not after the whole
-- minute for which its claim hides the message.

create or replace function nova.postpone_refetches(p_inbox_id uuid[], p_id text[], p_delay_ms bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  with given as materialized (
    select g.inbox_id, g.id collate "C" as id, min(g.delay_ms) as delay_ms
      from unnest(p_inbox_id, p_id, p_delay_ms) g (inbox_id, id, delay_ms)
     group by 1, 2),
  locked as materialized (
    select m.inbox_id, m.nylas_message_id, now() + least(greatest(g.delay_ms, 0), 3600000) * interval '1 millisecond' as due
      from given g join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id
     where m.refetch_claimed_at is not null and m.refetch_at > now()
     order by m.inbox_id, m.nylas_message_id for no key update of m)
  update public.flux_email_messages m set refetch_at = l.due
    from locked l
   where m.inbox_id = l.inbox_id and m.nylas_message_id = l.nylas_message_id and m.refetch_at > l.due;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.postpone_refetches is
  'Makes messages, whose read failed, due again after that many milliseconds. Only ever earlier than they are due: what was settled or is in new doubt meanwhile stays as it is. Returns how many.';
revoke all on function nova.postpone_refetches(uuid[], text[], bigint[]) from public;
