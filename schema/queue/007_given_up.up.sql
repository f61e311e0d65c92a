-- Messages that their readers gave up: archived with a reason (header nova_reason), until somebody says that it is
-- known (header nova_dismissed) or sends them again.
create or replace function nova_queue.given_up(only_queue text default null, qty integer default 1000)
returns table (queue_name text, msg_id bigint, archived_at timestamptz, read_ct integer, reason text, message jsonb)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  queue text;
begin
  for queue in select q.queue_name from pgmq.list_queues() q
                where only_queue is null or lower(q.queue_name) = lower(only_queue) order by 1 loop
  begin
    return query execute format(
      'select $1, a.msg_id, a.archived_at, a.read_ct, a.headers ->> ''nova_reason'', a.message
         from (select * from pgmq.%I n where n.archived_at > now() - interval ''7 days''
                order by n.archived_at desc limit 10000) a
        where a.headers ? ''nova_reason'' and not a.headers ? ''nova_dismissed''
        order by a.archived_at desc limit $2', pgmq.format_table_name(queue, 'a')) using queue, qty;
  exception when others then
    null; -- nova_queue.metrics says what is wrong with its tables
  end;
  end loop;
end
$$;
comment on function nova_queue.given_up(text, integer) is
  'Messages that were archived with a reason, of all queues or of one, the newest first: of the last seven days, and '
  'of each queue among the last 10,000 that were archived.';

create or replace function nova_queue.dismiss(queue_name text, ids bigint[] default null) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  changed bigint;
begin
  execute format('update pgmq.%I a set headers = a.headers || ''{"nova_dismissed": true}''
                   where a.headers ? ''nova_reason'' and not a.headers ? ''nova_dismissed''
                     and ($1 is null or a.msg_id = any ($1))',
                 pgmq.format_table_name(queue_name, 'a')) using ids;
  get diagnostics changed = row_count;
  return changed;
end
$$;
comment on function nova_queue.dismiss(text, bigint[]) is
  'Says that messages that were given up are known (null: all of the queue); they stay in the archive. Returns how '
  'many.';

create or replace function nova_queue.send_again(queue_name text, ids bigint[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  sent bigint;
begin
  execute format('with gone as (
                    delete from pgmq.%1$I a where a.msg_id = any ($1) and a.headers ? ''nova_reason''
                    returning a.msg_id, a.message, a.headers - ''nova_reason'' - ''nova_dismissed'' as headers
                  )
                  insert into pgmq.%2$I (msg_id, vt, message, headers)
                  overriding system value
                  select g.msg_id, clock_timestamp(), g.message, nullif(g.headers, ''{}'') from gone g',
                 pgmq.format_table_name(queue_name, 'a'), pgmq.format_table_name(queue_name, 'q')) using ids;
  get diagnostics sent = row_count;
  perform pg_notify('nova_queue', queue_name);
  return sent;
end
$$;
comment on function nova_queue.send_again(text, bigint[]) is
  'Moves messages that were given up back to their queue, under the same ids. Returns how many.';

revoke all on function nova_queue.given_up(text, integer), nova_queue.dismiss(text, bigint[]),
  nova_queue.send_again(text, bigint[]) from public;
