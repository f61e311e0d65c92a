drop function if exists nova_queue.release_unread(bigint, text, bigint[]);
drop function if exists nova_queue.release_reader(bigint);
drop function if exists nova_queue.read_as(bigint, text, integer, integer, integer);
create or replace function nova_queue.claim(queue_name text, visibility interval, qty integer, conditional jsonb default '{}',
                                            after bigint default 0)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, last_read_at timestamptz, vt timestamptz,
               message jsonb, headers jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ids bigint[] := nova_queue.lock_ready(queue_name, qty, conditional, after);
  newer boolean := nova_queue.has_last_read(queue_name);
begin
  if ids = '{}' then
    return;
  end if;
  return query execute format(
    'with taken as (
       update pgmq.%I q set vt = clock_timestamp() + $2, read_ct = q.read_ct + 1 %s where q.msg_id = any ($1)
       returning q.msg_id, q.read_ct, q.enqueued_at, %s, q.vt, q.message, q.headers
     )
     select * from taken order by 1',
    pgmq.format_table_name(queue_name, 'q'), case when newer then ', last_read_at = clock_timestamp()' end,
    case when newer then 'q.last_read_at' else 'null::timestamptz' end)
    using ids, visibility;
end
$$;
comment on function nova_queue.claim(text, interval, integer, jsonb, bigint) is
  'Leases what lock_ready() finds: the core of pgmq.read and nova_queue.read.';
create or replace function nova_queue.extend_leased(queue_name text, ids bigint[], read_cts integer[], seconds integer)
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute format('update pgmq.%I q set vt = clock_timestamp() + make_interval(secs => $2) where q.msg_id = any ($1)',
                 pgmq.format_table_name(queue_name, 'q'))
    using held_ids, seconds;
  if seconds <= 0 and held <> '{}' then
    perform pg_notify('nova_queue', queue_name);
  end if;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.extend_leased(text, bigint[], integer[], integer) is
  'Messages whose lease is still the caller''s are visible again after so many seconds; 0 gives them back and wakes a reader. Answers as delete_leased does.';
