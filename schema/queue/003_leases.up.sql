-- What Nova's own readers use: acknowledgement that a stale reader cannot do, and reads that stay
-- fast over dead rows. read_ct grows by one with each lease, so (msg_id, read_ct) is a fencing
-- token: who read a message and lost its lease to another reader has an older read_ct. pgmq.delete
-- and pgmq.archive would take the message from its new owner.

create or replace function nova_queue.leased(queue_name text, ids bigint[], read_cts integer[]) returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[];
begin
  if cardinality(ids) is distinct from cardinality(read_cts) then
    raise exception '% ids, % read counts: one each is needed', cardinality(ids), cardinality(read_cts)
      using errcode = '22023';
  end if;
  -- In order of id, so that two callers with the same messages do not wait for each other in a
  -- circle. The condition repeats what the join says, so that the plan is the primary key whatever
  -- the statistics.
  execute format('select array(select l.n from pgmq.%I q
                                 join unnest($1, $2) with ordinality as l(msg_id, read_ct, n) using (msg_id, read_ct)
                                where q.msg_id = any ($1) order by q.msg_id for update of q)',
                 pgmq.format_table_name(queue_name, 'q'))
    into held using ids, read_cts;
  return held;
end
$$;
comment on function nova_queue.leased(text, bigint[], integer[]) is
  'Locks those of the messages that still carry that read_ct; returns their places in the arrays.';

create or replace function nova_queue.delete_leased(queue_name text, ids bigint[], read_cts integer[])
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute format('delete from pgmq.%I q where q.msg_id = any ($1)', pgmq.format_table_name(queue_name, 'q'))
    using held_ids;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.delete_leased(text, bigint[], integer[]) is
  'Deletes messages whose lease is still the caller''s. Answers each in order; accepted false: stale or gone, '
  'nothing happened.';

create or replace function nova_queue.archive_leased(queue_name text, ids bigint[], read_cts integer[],
                                                     reason text default null)
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute nova_queue.archive_statement(queue_name, extra_headers => '$2::jsonb')
    using held_ids, case when reason is not null then jsonb_build_object('nova_reason', reason) end;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.archive_leased(text, bigint[], integer[], text) is
  'Archives messages whose lease is still the caller''s; a reason is kept as header nova_reason. Answers as '
  'delete_leased does.';

create or replace function nova_queue.extend_leased(queue_name text, ids bigint[], read_cts integer[], seconds integer)
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute format('update pgmq.%I q
                     set vt = clock_timestamp() + make_interval(secs => $2), headers = q.headers - ''nova_reader''
                   where q.msg_id = any ($1)',
                 pgmq.format_table_name(queue_name, 'q'))
    using held_ids, seconds;
  if seconds <= 0 and held <> '{}' then
    perform pg_notify('nova_queue', queue_name);
  end if;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.extend_leased(text, bigint[], integer[], integer) is
  'Messages whose lease is still the caller''s are visible again after so many seconds; 0 gives them back and '
  'wakes a reader. They are with nobody until then. Answers as delete_leased does.';

create or replace function nova_queue.hold_leased(queue_name text, ids bigint[], read_cts integer[], seconds integer)
returns table (msg_id bigint, accepted boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held bigint[] := nova_queue.leased(queue_name, ids, read_cts);
  held_ids bigint[] := array(select ids[n] from unnest(held) n);
begin
  execute format('update pgmq.%I q set vt = clock_timestamp() + make_interval(secs => $2) where q.msg_id = any ($1)',
                 pgmq.format_table_name(queue_name, 'q'))
    using held_ids, seconds;
  return query select i.id, i.n = any (held) from unnest(ids) with ordinality as i(id, n) order by i.n;
end
$$;
comment on function nova_queue.hold_leased(text, bigint[], integer[], integer) is
  'The reader keeps messages whose lease is still its own for so many seconds from now. Answers as delete_leased does.';

create or replace function nova_queue.read(queue_name text, vt integer, qty integer, read_limit integer default null,
                                           reader bigint default null)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt_until timestamptz, message jsonb,
               headers jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  setting constant text := 'nova_queue.hint_' || md5(queue_name);
  -- Where this session's last read ended, and when it has to look from the beginning again. A rollback takes it back.
  hint bigint[] := string_to_array(nullif(current_setting(setting, true), ''), ' ');
  started bigint := extract(epoch from clock_timestamp()) * 1000;
  after bigint := case when started < hint[2] then hint[1] else 0 end;
  claimed record;
  last_id bigint;
begin
  loop
    for claimed in
        select * from nova_queue.claim(queue_name, make_interval(secs => vt), qty, '{}', after, nullif(reader, 0)) loop
      last_id := claimed.msg_id;
      if claimed.read_ct > read_limit then
        perform nova_queue.archive_leased(queue_name, array[claimed.msg_id], array[claimed.read_ct],
                                          format('read %s times, at most %s are allowed',
                                                 claimed.read_ct - 1, read_limit));
        continue;
      end if;
      msg_id := claimed.msg_id; read_ct := claimed.read_ct; enqueued_at := claimed.enqueued_at; vt_until := claimed.vt;
      message := claimed.message; headers := claimed.headers;
      return next;
    end loop;
    exit when last_id is not null or after = 0;
    after := 0; -- nothing behind the hint: perhaps before it
  end loop;
  if after = 0 then
    -- Dead rows make this look dear while a transaction holds vacuum back: a twentieth of the time
    -- at most goes into it.
    hint[2] := extract(epoch from clock_timestamp()) * 1000;
    hint[2] := hint[2] + greatest(1000, 20 * (hint[2] - started));
  end if;
  perform set_config(setting, coalesce(last_id || ' ' || hint[2], ''), false);
end
$$;
comment on function nova_queue.read(text, integer, integer, integer, bigint) is
  'As pgmq.read, for readers that read again and again. A session goes on where its last read ended instead '
  'of walking over the dead rows of what it took; once a second, or more seldom when that takes long, and '
  'whenever there is nothing further on, it looks from the beginning for what came back. A message with more '
  'than read_limit leases is archived with the reason instead of returned (null: none). The reader (the epoch '
  'of a node; 0 or null: none) is written into the header nova_reader by the same update.';

-- Messages know who reads them, so that those of a reader that is gone are given back at once.

create or replace function nova_queue.release_reader(reader bigint) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queue text;
  released bigint;
  total bigint := 0;
begin
  for queue in select q.queue_name from pgmq.list_queues() q order by 1 loop
    begin
      execute format('update pgmq.%I q set vt = clock_timestamp()
                       where q.vt > clock_timestamp() and q.headers @> jsonb_build_object(''nova_reader'', $1)',
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
comment on function nova_queue.release_reader(bigint) is
  'Makes visible what that reader had leased, in all queues, and wakes others. The try is counted. Returns how many.';

create or replace function nova_queue.release_unread(reader bigint, queue_name text, held bigint[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  released bigint;
begin
  execute format('update pgmq.%I q set vt = clock_timestamp(), headers = q.headers - ''nova_reader''
                   where q.vt > clock_timestamp() and q.headers @> jsonb_build_object(''nova_reader'', $1)
                     and q.msg_id <> all ($2)',
                 pgmq.format_table_name(queue_name, 'q')) using reader, held;
  get diagnostics released = row_count;
  return released;
end
$$;
comment on function nova_queue.release_unread(bigint, text, bigint[]) is
  'Makes visible what a reader leased in a queue without learning of it, because the connection was lost: all '
  'but what it says that it holds. The try is counted. Returns how many.';

create or replace function nova_queue.metrics(only_queue text default null)
returns table (queue_name text, queue_length bigint, visible_length bigint, total_messages bigint, archived bigint,
               oldest_age_sec bigint, newest_age_sec bigint, trouble text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queue text;
  qtable text;
begin
  for queue in
      select q.queue_name from pgmq.list_queues() q
       where only_queue is null or lower(q.queue_name) = lower(only_queue)
       order by 1 loop
  begin
    qtable := pgmq.format_table_name(queue, 'q');
    return query execute format(
      'select $1, nova_queue.row_count(%1$L),
              least(nova_queue.row_count(%1$L),
                    (select count(*) from (select from %1$s where vt <= now() limit 10000) v)),
              (select case when is_called then last_value else 0 end from %2$s), nova_queue.row_count(%3$L),
              (select extract(epoch from now() - min(enqueued_at))::bigint
                 from (select enqueued_at from %1$s order by msg_id limit 1) e),
              (select extract(epoch from now() - max(enqueued_at))::bigint
                 from (select enqueued_at from %1$s order by msg_id desc limit 1) e),
              null::text',
      format('pgmq.%I', qtable), nova_queue.sequence_of(qtable), format('pgmq.%I', pgmq.format_table_name(queue, 'a')))
      using queue;
  exception when others then
    return query select queue, 0::bigint, 0::bigint, 0::bigint, 0::bigint, null::bigint, null::bigint, sqlerrm::text;
  end;
  end loop;
end
$$;
comment on function nova_queue.metrics(text) is
  'Figures of all queues or of one at a cost that does not grow with them: counts are exact up to 10,000, '
  'above that the server''s estimate (visible_length: at least 10,000). Ages are null for an empty queue. '
  'trouble: why a queue could not be looked at; the others are all the same.';

create or replace function nova_queue.row_count(relation regclass) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  rows bigint;
begin
  execute format('select count(*) from (select from %s limit 10001) t', relation) into rows;
  return case when rows <= 10000 then rows else greatest(rows, pg_stat_get_live_tuples(relation)) end;
end
$$;
comment on function nova_queue.row_count(regclass) is 'Exact up to 10,000, above that an estimate.';

create or replace function nova_queue.peek(queue_name text, qty integer)
returns table (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query execute format('select msg_id, read_ct, enqueued_at, vt, message, headers
                                 from pgmq.%I order by msg_id limit $1',
                              pgmq.format_table_name(queue_name, 'q')) using qty;
end
$$;
comment on function nova_queue.peek(text, integer) is 'The first messages, visible or not, without leasing them.';
revoke all on all functions in schema nova_queue from public;
