-- Messages know who reads them, so that those of a reader that is gone are given back at once.

create or replace function nova_queue.claim(queue_name text, visibility interval, qty integer, conditional jsonb default '{}',
                                            after bigint default 0)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, last_read_at timestamptz, vt timestamptz,
               message jsonb, headers jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ids bigint[] := nova_queue.lock_ready(queue_name, qty, conditional, after);
  newer boolean := nova_queue.has_last_read(queue_name);
  reader bigint := nullif(current_setting('nova_queue.reader', true), '');
begin
  if ids = '{}' then
    return;
  end if;
  return query execute format(
    'with taken as (
       update pgmq.%I q set vt = clock_timestamp() + $2, read_ct = q.read_ct + 1 %s %s where q.msg_id = any ($1)
       returning q.msg_id, q.read_ct, q.enqueued_at, %s, q.vt, q.message, q.headers
     )
     select * from taken order by 1',
    pgmq.format_table_name(queue_name, 'q'), case when newer then ', last_read_at = clock_timestamp()' end,
    case when reader is not null then ', headers = coalesce(q.headers, ''{}'') || jsonb_build_object(''nova_reader'', $3)' end,
    case when newer then 'q.last_read_at' else 'null::timestamptz' end)
    using ids, visibility, reader;
end
$$;
comment on function nova_queue.claim(text, interval, integer, jsonb, bigint) is
  'Leases what lock_ready() finds: the core of pgmq.read and nova_queue.read.';

create or replace function nova_queue.read_as(reader bigint, queue_name text, vt integer, qty integer, read_limit integer default null)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt_until timestamptz, message jsonb, headers jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- For this transaction only: the next reader of a pooled session is another.
  perform set_config('nova_queue.reader', coalesce(nullif(reader, 0)::text, ''), true);
  return query select * from nova_queue.read(queue_name, vt, qty, read_limit);
  perform set_config('nova_queue.reader', '', true);
end
$$;
comment on function nova_queue.read_as(bigint, text, integer, integer, integer) is
  'As nova_queue.read, with the reader (the epoch of a node; 0: none) written into the header nova_reader by the same update.';

create or replace function nova_queue.release_reader(reader bigint) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queue text;
  released bigint;
  total bigint := 0;
begin
  for queue in select q.queue_name from pgmq.list_queues() q order by 1 loop
    begin
      execute format('update pgmq.%I q set vt = clock_timestamp() where q.vt > clock_timestamp() and q.headers @> jsonb_build_object(''nova_reader'', $1)',
                     pgmq.format_table_name(queue, 'q')) using reader;
      get diagnostics released = row_count;
    exception when syntax_error_or_access_rule_violation or raise_exception then
      -- A queue without its table must not keep a node from being declared dead.
      raise warning 'queue "%" is left out: %', queue, sqlerrm;
      continue;
    end;
    if released > 0 then
      perform pg_notify('nova_queue', queue);
      total := total + released;
    end if;
  end loop;
  return total;
end
$$;
comment on function nova_queue.release_reader(bigint) is 'Makes visible what that reader had leased, in all queues, and wakes others. The try is counted. Returns how many.';
create or replace function nova_queue.extend_leased(queue_name text, ids bigint[], read_cts integer[], seconds integer)
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute format('update pgmq.%I q set vt = clock_timestamp() + make_interval(secs => $2), headers = q.headers - ''nova_reader'' where q.msg_id = any ($1)',
                 pgmq.format_table_name(queue_name, 'q'))
    using held_ids, seconds;
  if seconds <= 0 and held <> '{}' then
    perform pg_notify('nova_queue', queue_name);
  end if;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.extend_leased(text, bigint[], integer[], integer) is
  'Messages whose lease is still the caller''s are visible again after so many seconds; 0 gives them back and wakes a reader. They are with nobody until then. Answers as delete_leased does.';

create or replace function nova_queue.release_unread(reader bigint, queue_name text, held bigint[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  released bigint;
begin
  execute format('update pgmq.%I q set vt = clock_timestamp(), headers = q.headers - ''nova_reader''
                   where q.vt > clock_timestamp() and q.headers @> jsonb_build_object(''nova_reader'', $1) and q.msg_id <> all ($2)',
                 pgmq.format_table_name(queue_name, 'q')) using reader, held;
  get diagnostics released = row_count;
  return released;
end
$$;
comment on function nova_queue.release_unread(bigint, text, bigint[]) is
  'Makes visible what a reader leased in a queue without learning of it, because the connection was lost: all but what it says that it holds. The try is counted. Returns how many.';
revoke all on function nova_queue.claim(text, interval, integer, jsonb, bigint), nova_queue.read_as(bigint, text, integer, integer, integer),
  nova_queue.release_reader(bigint), nova_queue.release_unread(bigint, text, bigint[]) from public;
