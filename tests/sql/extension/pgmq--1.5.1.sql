-- Enough of an extension pgmq for Nova's functions to work on: its objects are members,
-- and its queues become members too.
create table pgmq.meta (queue_name varchar unique not null, is_partitioned boolean not null,
                        is_unlogged boolean not null, created_at timestamptz not null default now());
create type pgmq.message_record as (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz,
                                    message jsonb, headers jsonb);
create type pgmq.queue_record as (queue_name varchar, is_partitioned boolean, is_unlogged boolean,
                                  created_at timestamptz);
create type pgmq.metrics_result as (queue_name text, queue_length bigint, newest_msg_age_sec int,
                                    oldest_msg_age_sec int, total_messages bigint, scrape_time timestamptz,
                                    queue_visible_length bigint);

create function pgmq.format_table_name(queue_name text, prefix text) returns text
language sql as $$ select lower(prefix || '_' || queue_name) $$;

create function pgmq.create(queue_name text) returns void language plpgsql as $$
declare
  relation text;
begin
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key generated always as identity,
                  read_ct int not null default 0, enqueued_at timestamptz not null default now(),
                  vt timestamptz not null, message jsonb, headers jsonb)', 'q_' || lower(queue_name));
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key, read_ct int not null default 0,
                  enqueued_at timestamptz not null default now(), archived_at timestamptz not null default now(),
                  vt timestamptz not null, message jsonb, headers jsonb)', 'a_' || lower(queue_name));
  execute format('create index if not exists %I on pgmq.%I (vt)', 'q_' || lower(queue_name) || '_vt_idx',
                 'q_' || lower(queue_name));
  foreach relation in array array['q_', 'a_'] loop
    if not exists (select from pg_depend where refobjid = (select oid from pg_extension where extname = 'pgmq')
                      and objid = to_regclass(format('pgmq.%I', relation || lower(queue_name)))) then
      execute format('alter extension pgmq add table pgmq.%I', relation || lower(queue_name));
    end if;
  end loop;
  insert into pgmq.meta (queue_name, is_partitioned, is_unlogged)
  values (queue_name, false, false) on conflict do nothing;
end $$;

create function pgmq.create_unlogged(queue_name text) returns void language sql as $$ select pgmq.create(queue_name) $$;

create function pgmq.drop_queue(queue_name text) returns boolean language plpgsql as $$
declare
  relation text;
begin
  foreach relation in array array['q_', 'a_'] loop
    execute format('alter extension pgmq drop table pgmq.%I', relation || lower(queue_name));
    execute format('drop table pgmq.%I', relation || lower(queue_name));
  end loop;
  delete from pgmq.meta m where m.queue_name = $1;
  return true;
end $$;

create function pgmq.list_queues() returns setof pgmq.queue_record language sql as $$ select * from pgmq.meta $$;

create function pgmq.send(queue_name text, msg jsonb, delay integer) returns setof bigint language plpgsql as $$
begin
  return query execute format($q$insert into pgmq.%I (vt, message)
                                 values (clock_timestamp() + make_interval(secs => $1), $2) returning msg_id$q$,
                              'q_' || lower(queue_name)) using delay, msg;
end $$;
create function pgmq.send(queue_name text, msg jsonb) returns setof bigint
language sql as $$ select pgmq.send(queue_name, msg, 0) $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay integer) returns setof bigint language sql as $$
  select pgmq.send(queue_name, m, delay) from unnest(msgs) m
$$;
create function pgmq.send_batch(queue_name text, msgs jsonb[]) returns setof bigint
language sql as $$ select pgmq.send_batch(queue_name, msgs, 0) $$;

create function pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}')
returns setof pgmq.message_record language plpgsql as $$
begin
  return query execute format($q$
    update pgmq.%1$I set vt = clock_timestamp() + make_interval(secs => $1), read_ct = read_ct + 1
     where msg_id in (select msg_id from pgmq.%1$I where vt <= clock_timestamp()
                       order by msg_id limit $2 for update skip locked)
    returning *$q$, 'q_' || lower(queue_name)) using vt, qty;
end $$;
create function pgmq.pop(queue_name text) returns setof pgmq.message_record
language sql as $$ select * from pgmq.read(queue_name, 0, 1) $$;
create function pgmq.delete(queue_name text, msg_id bigint) returns boolean language plpgsql as $$
begin
  execute format('delete from pgmq.%I where msg_id = $1', 'q_' || lower(queue_name)) using msg_id;
  return true;
end $$;
create function pgmq.archive(queue_name text, msg_id bigint) returns boolean
language sql as $$ select pgmq.delete(queue_name, msg_id) $$;
create function pgmq.metrics(queue_name text) returns pgmq.metrics_result language sql as $$
  select row(queue_name, 0, null, null, 0, now(), 0)::pgmq.metrics_result
$$;
