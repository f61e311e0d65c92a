-- Sending, reading, acknowledging: the functions of pgmq for messages, where Nova made schema pgmq.
--
-- How a read finds its messages. The contract is "visible messages in order of msg_id". Walking the
-- primary key is fast while the front of the queue is ready, and slow behind 200,000 delayed
-- messages; walking the index on vt is the reverse. So a read looks at the first 256 rows of the
-- primary key, which is the whole queue or enough of it nearly always. Only when they gave too few
-- does it go on behind them: through the index on vt when few are visible, else along the primary
-- key.

create or replace function nova_queue.lock_ready(queue_name text, qty integer, conditional jsonb default '{}',
                                                 after bigint default 0)
returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp
-- The plans must not depend on statistics, which are wrong in a table that fills and drains by the
-- second. What is forbidden carries a cost that would start the JIT compiler.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off
as $$
declare
  qtable text := pgmq.format_table_name(queue_name, 'q');
  seen_at timestamptz := clock_timestamp();
  query text := format('select array(select q.msg_id from pgmq.%I q where %%1$s > $3 and %%1$s <= $4 and q.vt <= $1 %s
                                     order by %%1$s limit $2 for update skip locked)',
                       qtable, case when conditional <> '{}' then 'and q.message @> $5' end);
  front_end bigint;
  front_rows integer;
  ready bigint[];
  behind bigint[];
  visible integer;
begin
  execute format('select max(f.msg_id), count(*)
                    from (select q.msg_id from pgmq.%I q where q.msg_id > $1 order by q.msg_id limit 256) f', qtable)
    into front_end, front_rows using after;
  if front_rows = 0 then
    return '{}';
  end if;
  execute format(query, 'q.msg_id') into ready using seen_at, qty, after, front_end, conditional;
  if cardinality(ready) >= qty or front_rows < 256 then
    return ready;
  end if;
  execute format('select count(*) from (select from pgmq.%I q where q.vt <= $1 order by q.vt limit 5001) v', qtable)
    into visible using seen_at;
  if visible > cardinality(ready) then
    -- No index is good for an expression: that leaves the one on vt.
    execute format(query, case when visible > 5000 then 'q.msg_id' else 'q.msg_id + 0' end)
      into behind using seen_at, qty - cardinality(ready), front_end, 9223372036854775807, conditional;
  end if;
  return ready || behind;
end
$$;
comment on function nova_queue.lock_ready(text, integer, jsonb, bigint) is
  'Locks up to qty visible messages (null: all) with msg_id above "after" and returns their ids in order; '
  'skips what others have locked.';

create or replace function nova_queue.claim(queue_name text, visibility interval, qty integer,
                                            conditional jsonb default '{}', after bigint default 0,
                                            reader bigint default null)
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
       update pgmq.%I q set vt = clock_timestamp() + $2, read_ct = q.read_ct + 1 %s %s where q.msg_id = any ($1)
       returning q.msg_id, q.read_ct, q.enqueued_at, %s, q.vt, q.message, q.headers
     )
     select * from taken order by 1',
    pgmq.format_table_name(queue_name, 'q'), case when newer then ', last_read_at = clock_timestamp()' end,
    case when reader is not null
         then ', headers = coalesce(q.headers, ''{}'') || jsonb_build_object(''nova_reader'', $3)' end,
    case when newer then 'q.last_read_at' else 'null::timestamptz' end)
    using ids, visibility, reader;
end
$$;
comment on function nova_queue.claim(text, interval, integer, jsonb, bigint, bigint) is
  'Leases what lock_ready() finds: the core of pgmq.read and nova_queue.read. A reader is written into the '
  'header nova_reader by the same update.';

create or replace function nova_queue.has_last_read(queue_name text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from pg_catalog.pg_attribute where attname = 'last_read_at'
                 and attrelid = to_regclass(format('pgmq.%I', pgmq.format_table_name(queue_name, 'q'))))
$$;
comment on function nova_queue.has_last_read(text) is 'Whether a queue has the column that pgmq 1.10 added.';

create or replace function nova_queue.insert_messages(queue_name text, messages jsonb[], headers jsonb[],
                                                      visible_at timestamptz)
returns setof bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return query execute format('insert into pgmq.%I (vt, message, headers)
                               select $1, m, h from unnest($2, $3) as s(m, h) returning msg_id',
                              pgmq.format_table_name(queue_name, 'q'))
    using visible_at, messages, headers;
end
$$;
comment on function nova_queue.insert_messages(text, jsonb[], jsonb[], timestamptz) is
  'The core of send and send_batch: ids in the order of the messages; missing headers are null.';
revoke all on all functions in schema nova_queue from public;

do $pgmq$
declare
  newer boolean := obj_description(to_regnamespace('pgmq')::oid, 'pg_namespace') ~ 'pgmq_compat = 1.13';
  -- The columns of pgmq.message_record.
  record text := format('r.msg_id, r.read_ct, r.enqueued_at, %s r.vt, r.message, r.headers',
                        case when newer then 'r.last_read_at,' end);
begin
  if nova_queue.pgmq_origin() <> 'nova' then
    return;
  end if;

  -- ---- send

  create or replace function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay timestamptz)
  returns setof bigint
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    return query execute format('insert into pgmq.%I (vt, message, headers) values ($1, $2, $3) returning msg_id',
                                pgmq.format_table_name(queue_name, 'q'))
      using delay, msg, headers;
  end
  $$;
  create or replace function pgmq.send(queue_name text, msg jsonb) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send(queue_name, msg, null::jsonb, clock_timestamp())
  $$;
  create or replace function pgmq.send(queue_name text, msg jsonb, headers jsonb) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send(queue_name, msg, headers, clock_timestamp())
  $$;
  create or replace function pgmq.send(queue_name text, msg jsonb, delay integer) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send(queue_name, msg, null::jsonb, clock_timestamp() + make_interval(secs => delay))
  $$;
  create or replace function pgmq.send(queue_name text, msg jsonb, delay timestamptz) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send(queue_name, msg, null::jsonb, delay)
  $$;
  create or replace function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay integer) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send(queue_name, msg, headers, clock_timestamp() + make_interval(secs => delay))
  $$;
  comment on function pgmq.send(text, jsonb) is 'Sends a message; returns its id.';
  comment on function pgmq.send(text, jsonb, jsonb) is 'Sends a message with headers; returns its id.';
  comment on function pgmq.send(text, jsonb, integer) is
    'Sends a message that is visible after so many seconds; returns its id.';
  comment on function pgmq.send(text, jsonb, timestamptz) is
    'Sends a message that is visible from a time on; returns its id.';
  comment on function pgmq.send(text, jsonb, jsonb, integer) is
    'Sends a message with headers, visible after so many seconds; returns its id.';
  comment on function pgmq.send(text, jsonb, jsonb, timestamptz) is
    'Sends a message with headers, visible from a time on; returns its id.';

  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay timestamptz)
  returns setof bigint
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    -- pgmq 1.11 began to refuse what 1.5 lets pass.
    if obj_description(to_regnamespace('pgmq')::oid, 'pg_namespace') ~ 'pgmq_compat = 1.13' then
      if coalesce(cardinality(msgs), 0) = 0 then
        raise exception 'msgs cannot be NULL or empty';
      elsif cardinality(headers) <> cardinality(msgs) then
        raise exception 'headers array length (%) must match msgs array length (%)', cardinality(headers),
          cardinality(msgs);
      end if;
    end if;
    return query select nova_queue.insert_messages(queue_name, msgs, headers, delay);
  end
  $$;
  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[]) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send_batch(queue_name, msgs, null::jsonb[], clock_timestamp())
  $$;
  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[]) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send_batch(queue_name, msgs, headers, clock_timestamp())
  $$;
  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[], delay integer) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send_batch(queue_name, msgs, null::jsonb[], clock_timestamp() + make_interval(secs => delay))
  $$;
  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[], delay timestamptz) returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send_batch(queue_name, msgs, null::jsonb[], delay)
  $$;
  create or replace function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay integer)
  returns setof bigint
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.send_batch(queue_name, msgs, headers, clock_timestamp() + make_interval(secs => delay))
  $$;
  comment on function pgmq.send_batch(text, jsonb[]) is 'Sends messages; returns their ids in order.';
  comment on function pgmq.send_batch(text, jsonb[], jsonb[]) is
    'Sends messages with headers; returns their ids in order.';
  comment on function pgmq.send_batch(text, jsonb[], integer) is
    'Sends messages that are visible after so many seconds; returns their ids in order.';
  comment on function pgmq.send_batch(text, jsonb[], timestamptz) is
    'Sends messages that are visible from a time on; returns their ids in order.';
  comment on function pgmq.send_batch(text, jsonb[], jsonb[], integer) is
    'Sends messages with headers, visible after so many seconds; returns their ids in order.';
  comment on function pgmq.send_batch(text, jsonb[], jsonb[], timestamptz) is
    'Sends messages with headers, visible from a time on; returns their ids in order.';

  -- ---- read

  execute format($create$
    create or replace function pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}')
    returns setof pgmq.message_record language sql set search_path = pg_catalog, pg_temp as $$
      select %s from nova_queue.claim(queue_name, make_interval(secs => vt), qty, conditional) r
    $$ $create$, record);
  comment on function pgmq.read(text, integer, integer, jsonb) is
    'Leases up to qty visible messages for vt seconds, in order of msg_id; conditional: only those that '
    'contain it. Order of msg_id is not order of commit.';

  create or replace function pgmq.read_with_poll(queue_name text, vt integer, qty integer,
                                                 max_poll_seconds integer default 5,
                                                 poll_interval_ms integer default 100, conditional jsonb default '{}')
  returns setof pgmq.message_record language plpgsql set search_path = pg_catalog, pg_temp as $$
  declare
    stop_at timestamptz := clock_timestamp() + make_interval(secs => max_poll_seconds);
  begin
    while clock_timestamp() < stop_at loop
      return query select * from pgmq.read(queue_name, vt, qty, conditional);
      if found then
        return;
      end if;
      -- An interval of zero would keep a processor busy.
      perform pg_sleep(greatest(poll_interval_ms, 10) / 1000.0);
    end loop;
  end
  $$;
  comment on function pgmq.read_with_poll(text, integer, integer, integer, integer, jsonb) is
    'As read, waiting until there is something. Holds back vacuum of the whole database while it waits: '
    'LISTEN nova_queue and read instead.';

  execute format($create$
    create or replace function pgmq.pop(queue_name text) returns setof pgmq.message_record
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      return query execute format('delete from pgmq.%%I r where msg_id = any ($1) returning %s',
                                  pgmq.format_table_name(queue_name, 'q'))
        using nova_queue.lock_ready(queue_name, 1);
    end
    $$ $create$, record);
  comment on function pgmq.pop(text) is 'Reads one message and deletes it.';

  execute format($create$
    create or replace function pgmq.set_vt(queue_name text, msg_id bigint, vt integer) returns setof pgmq.message_record
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      return query execute format('update pgmq.%%I r set vt = clock_timestamp() + make_interval(secs => $2)
                                    where msg_id = $1 returning %s',
                                  pgmq.format_table_name(queue_name, 'q'))
        using msg_id, vt;
    end
    $$ $create$, record);
  comment on function pgmq.set_vt(text, bigint, integer) is
    'A message is visible again vt seconds from now; returns it, or nothing when there is none.';

  -- ---- acknowledge

  create or replace function pgmq.delete(queue_name text, msg_ids bigint[]) returns setof bigint
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    return query execute format('delete from pgmq.%I where msg_id = any ($1) returning msg_id',
                                pgmq.format_table_name(queue_name, 'q'))
      using msg_ids;
  end
  $$;
  create or replace function pgmq.delete(queue_name text, msg_id bigint) returns boolean
  language sql set search_path = pg_catalog, pg_temp as $$
    select exists (select from pgmq.delete(queue_name, array[msg_id]))
  $$;
  comment on function pgmq.delete(text, bigint) is
    'Removes a message; whether it was there. Whoever holds its lease: see nova_queue.delete_leased.';
  comment on function pgmq.delete(text, bigint[]) is 'Removes messages; returns the ids of those that were there.';

  create or replace function pgmq.archive(queue_name text, msg_ids bigint[]) returns setof bigint
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    return query execute nova_queue.archive_statement(queue_name) using msg_ids;
  end
  $$;
  create or replace function pgmq.archive(queue_name text, msg_id bigint) returns boolean
  language sql set search_path = pg_catalog, pg_temp as $$
    select exists (select from pgmq.archive(queue_name, array[msg_id]))
  $$;
  comment on function pgmq.archive(text, bigint) is
    'Moves a message to the archive; whether it was there. Whoever holds its lease: see nova_queue.archive_leased.';
  comment on function pgmq.archive(text, bigint[]) is
    'Moves messages to the archive; returns the ids of those that were there.';

  create or replace function pgmq.purge_queue(queue_name text) returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  declare
    qtable text := pgmq.format_table_name(queue_name, 'q');
    gone bigint;
  begin
    -- TRUNCATE is faster and leaves no dead rows, but its lock makes everybody wait until the
    -- caller's transaction ends: only in a transaction that has just begun, and only when nobody is
    -- in the queue at this moment.
    if statement_timestamp() = transaction_timestamp()
       and pg_relation_size(format('pgmq.%I', qtable)) > 8 * 1024 * 1024 then
      begin
        execute format('lock table pgmq.%I in access exclusive mode nowait', qtable);
        execute format('select count(*) from pgmq.%I', qtable) into gone;
        execute format('truncate pgmq.%I', qtable);
        return gone;
      exception when lock_not_available then
        null; -- somebody is, so the messages are deleted one by one
      end;
    end if;
    execute format('delete from pgmq.%I', qtable);
    get diagnostics gone = row_count;
    return gone;
  end
  $$;
  comment on function pgmq.purge_queue(text) is 'Removes every message; returns how many. Ids go on.';

  -- ---- figures

  execute format($create$
    create or replace function pgmq.metrics(queue_name text) returns pgmq.metrics_result
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      qtable text := pgmq.format_table_name(queue_name, 'q');
      result pgmq.metrics_result;
    begin
      -- Two narrow counts instead of one pass over every row and its message.
      execute format('select $1, length, newest, oldest, total, now(), length - hidden %s
                        from (select count(*) from pgmq.%%1$I) l(length),
                             (select count(*) from pgmq.%%1$I where vt > now()) h(hidden),
                             (select case when is_called then last_value else 0 end from %%2$s) t(total),
                             (select extract(epoch from now() - max(enqueued_at))::integer,
                                     extract(epoch from now() - min(enqueued_at))::integer
                                from ((select enqueued_at from pgmq.%%1$I order by msg_id limit 100) union all
                                      (select enqueued_at from pgmq.%%1$I order by msg_id desc limit 100)) e
                             ) a(newest, oldest)',
                     qtable, nova_queue.sequence_of(qtable))
        into result using queue_name;
      return result;
    end
    $$ $create$, case when newer then ', 0' end);
  comment on function pgmq.metrics(text) is
    'Exact figures of one queue. total_messages is what the sequence gave out, sends that were rolled back '
    'included. Cheap: nova_queue.metrics().';

  create or replace function pgmq.metrics_all() returns setof pgmq.metrics_result
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  declare
    queue text;
  begin
    for queue in select m.queue_name from pgmq.meta m loop
      begin
        return next pgmq.metrics(queue);
      exception when others then
        raise warning 'queue "%" is left out: %', queue, sqlerrm;
      end;
    end loop;
  end
  $$;
  comment on function pgmq.metrics_all() is
    'Exact figures of every queue. One whose tables are not what they were is left out with a warning.';
end
$pgmq$;

create or replace function nova_queue.archive_statement(queue_name text, source text default 'q.msg_id = any ($1)',
                                                        extra_headers text default 'null::jsonb')
returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('with gone as (
                   delete from pgmq.%1$I q where %3$s
                   returning q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message, q.headers%5$s
                 )
                 insert into pgmq.%2$I (msg_id, read_ct, enqueued_at, vt, message, headers%5$s)
                 select msg_id, read_ct, enqueued_at, vt, message,
                        case when %4$s is null then headers else coalesce(headers, ''{}'') || %4$s end%5$s
                   from gone
                 returning msg_id',
                pgmq.format_table_name(queue_name, 'q'), pgmq.format_table_name(queue_name, 'a'), source, extra_headers,
                case when nova_queue.has_last_read(queue_name) then ', last_read_at' end)
$$;
comment on function nova_queue.archive_statement(text, text, text) is
  'The statement that moves messages to the archive: source is the condition on q (constant text of ours, '
  'never input), extra_headers an expression.';
revoke all on function nova_queue.archive_statement(text, text, text) from public;
