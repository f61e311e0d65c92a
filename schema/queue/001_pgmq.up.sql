-- Message queues. Where the extension pgmq is there or can be had it is used as it is. Elsewhere
-- the schema pgmq is made here, with the names, signatures, types, table layout and texts of pgmq
-- 1.5.1, so that every client of it works. The setting nova.pgmq_compat, read when the schema is
-- made, is '1.5' (default; what Supabase ships) or '1.13', where message_record and the tables have
-- last_read_at before vt. The comment on schema pgmq says which it is.
select nova.expect_names('schema nova_queue');

create schema if not exists nova_queue;
comment on schema nova_queue is
  'What Nova adds to pgmq: wake-ups, acknowledgements with read_ct as a fencing token, cheap figures. (Nova)';

create or replace function nova_queue.pgmq_origin() returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when obj_description(to_regnamespace('pgmq')::oid, 'pg_namespace') ~ 'made by Nova' then 'nova'
              else 'extension' end
$$;
comment on function nova_queue.pgmq_origin() is
  'nova: schema pgmq was made by Nova; extension: it was there or is the extension, and is left as it is.';

do $$
declare
  wanted text := nullif(current_setting('nova.pgmq_compat', true), '');
  installed text := substring(obj_description(to_regnamespace('pgmq')::oid, 'pg_namespace')
                              from 'pgmq_compat = ([0-9.]+)');
begin
  if wanted not in ('1.5', '1.13') then
    raise exception 'nova.pgmq_compat is "%"; accepted are 1.5 and 1.13', wanted using errcode = '22023';
  elsif wanted <> installed then
    raise exception 'schema pgmq has the shape of pgmq %, nova.pgmq_compat asks for %', installed, wanted
      using errcode = '55000',
            hint = 'Clients of one shape cannot read the other. Drain the queues, undo the migrations of system '
                   'queue, apply them again.';
  end if;
  if to_regnamespace('pgmq') is not null then
    return;
  end if;
  if exists (select from pg_available_extensions where name = 'pgmq') then
    begin
      create extension pgmq;
      comment on schema nova_queue is
        'What Nova adds to pgmq: wake-ups, acknowledgements with read_ct as a fencing token, cheap figures. '
        'Nova created the extension pgmq. (Nova)';
      return;
    exception when insufficient_privilege then
      raise notice 'extension pgmq is available, but % may not create it: schema pgmq is made here instead',
        current_user;
    end;
  end if;
  create schema pgmq;
  execute format('comment on schema pgmq is %L',
                 'Message queues with the interface of pgmq, made by Nova in place of the extension; pgmq_compat = '
                 || coalesce(wanted, '1.5'));
end
$$;

create or replace function nova_queue.archive_is_detached(table_name text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(obj_description(to_regclass(format('pgmq.%I', table_name))::oid, 'pg_class') ~ 'detached', false)
$$;
comment on function nova_queue.archive_is_detached(text) is 'Whether detach_archive() was called for an archive table.';

create or replace function nova_queue.tune(queue_name text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  qtable text := pgmq.format_table_name(queue_name, 'q');
begin
  -- Every message leaves two or three dead rows, and a claim walks over those at the front: vacuum after a thousand
  -- instead of a fifth of the table, at full speed. Room in the page keeps a claimed row where it was.
  execute format('alter table pgmq.%I set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
                  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0,
                  autovacuum_vacuum_insert_threshold = 10000, autovacuum_analyze_scale_factor = 0.1,
                  autovacuum_analyze_threshold = 1000, autovacuum_vacuum_cost_delay = 0)', qtable);
  execute format('create or replace trigger nova_wake after insert on pgmq.%I referencing new table as sent
                  for each statement execute function nova_queue.wake(%L)', qtable, queue_name);
end
$$;
comment on function nova_queue.tune(text) is
  'Gives a queue wake-ups (NOTIFY nova_queue, payload its name, one a statement) and vacuum settings for a '
  'hot table. Also for queues of the extension.';

create or replace function nova_queue.wake() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- No row is written: a throttle row would make every sender wait for the slowest open transaction.
  if exists (select from sent where vt <= clock_timestamp()) then
    perform pg_notify('nova_queue', tg_argv[0]);
  end if;
  return null;
end
$$;
comment on function nova_queue.wake() is
  'Statement trigger of queue tables: tells listeners of channel nova_queue which queue has a message that is visible.';

create or replace function nova_queue.create_tables(queue_name text, unlogged boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  qtable text := pgmq.format_table_name(queue_name, 'q');
  atable text := pgmq.format_table_name(queue_name, 'a');
  last_read text := case when exists (select from pg_catalog.pg_attribute
                                       where attrelid = 'pgmq.message_record'::regclass
                                      and attname = 'last_read_at') then 'last_read_at timestamptz,' end;
  known text;
begin
  perform pgmq.validate_queue_name(queue_name);
  perform pgmq.acquire_queue_lock(lower(queue_name));
  execute format('create %s table if not exists pgmq.%I (
    msg_id bigint primary key generated always as identity,
    read_ct integer not null default 0,
    enqueued_at timestamptz not null default now(),
    %s
    vt timestamptz not null,
    message jsonb,
    headers jsonb)', case when unlogged then 'unlogged' end, qtable, last_read);
  execute format('create table if not exists pgmq.%I (
    msg_id bigint primary key,
    read_ct integer not null default 0,
    enqueued_at timestamptz not null default now(),
    %s
    archived_at timestamptz not null default now(),
    vt timestamptz not null,
    message jsonb,
    headers jsonb)', atable, last_read);
  execute format('create index if not exists %I on pgmq.%I (vt)', qtable || '_vt_idx', qtable);
  execute format('create index if not exists %I on pgmq.%I (archived_at)',
                 'archived_at_idx_' || lower(queue_name), atable);
  select m.queue_name into known from pgmq.meta m where lower(m.queue_name) = lower(create_tables.queue_name);
  if known is null then
    insert into pgmq.meta (queue_name, is_partitioned, is_unlogged) values (create_tables.queue_name, false, unlogged);
    perform nova_queue.tune(create_tables.queue_name);
    -- An archive that was detached is there already: its ids are not given again.
    execute format('select setval(%L, max(a.msg_id)) from pgmq.%I a having max(a.msg_id) > 0',
                   nova_queue.sequence_of(qtable), atable);
  elsif known <> create_tables.queue_name then
    raise notice 'pgmq queue `%` is the existing queue `%`', create_tables.queue_name, known;
  end if;
end
$$;
comment on function nova_queue.create_tables(text, boolean) is
  'The work of pgmq.create: tables, indexes, entry in pgmq.meta, wake-ups, vacuum settings.';

create or replace function nova_queue.sequence_of(qtable text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Its name is not always the table's with _msg_id_seq: above 63 bytes PostgreSQL cuts it.
  select pg_get_serial_sequence(format('pgmq.%I', qtable), 'msg_id')
$$;
comment on function nova_queue.sequence_of(text) is 'The sequence of a queue''s table, quoted.';

do $pgmq$
declare
  newer boolean := obj_description(to_regnamespace('pgmq')::oid, 'pg_namespace') ~ 'pgmq_compat = 1.13';
begin
  if nova_queue.pgmq_origin() <> 'nova' then
    return;
  end if;

  create table if not exists pgmq.meta (
    queue_name varchar not null unique,
    is_partitioned boolean not null,
    is_unlogged boolean not null,
    created_at timestamptz not null default now()
  );
  comment on table pgmq.meta is
    'The queues. A queue NAME is the tables pgmq.q_name and pgmq.a_name (its archive), in lower case.';

  if to_regtype('pgmq.message_record') is null then
    execute format('create type pgmq.message_record as (msg_id bigint, read_ct integer, enqueued_at timestamptz,
                    %s vt timestamptz, message jsonb, headers jsonb)',
                   case when newer then 'last_read_at timestamptz,' end);
    execute format('create type pgmq.metrics_result as (queue_name text, queue_length bigint,
                    newest_msg_age_sec integer, oldest_msg_age_sec integer, total_messages bigint,
                    scrape_time timestamptz, queue_visible_length bigint %s)',
                   case when newer then ', default_partition_length bigint' end);
    create type pgmq.queue_record
      as (queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
  end if;
  comment on type pgmq.message_record is 'A message as the reading functions return it.';
  comment on type pgmq.metrics_result is 'What metrics() says of one queue.';
  comment on type pgmq.queue_record is 'A queue as list_queues() returns it.';

  -- ---- names

  create or replace function pgmq.format_table_name(queue_name text, prefix text) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
  begin
    if queue_name ~ '[$]|;|--|''' then
      raise exception E'queue name contains invalid characters: $, ;, --, or \\''';
    end if;
    return lower(prefix || '_' || queue_name);
  end
  $$;
  comment on function pgmq.format_table_name(text, text) is
    'The table of a queue; prefix q or a. Refuses names with $ ; -- or a quote.';

  create or replace function pgmq.validate_queue_name(queue_name text) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
  begin
    -- The longest name built from it, template_pgmq_q_NAME, must fit into 63 bytes: PostgreSQL cuts what is longer,
    -- and two queues would have one table.
    if length(queue_name) > 47 then
      raise exception 'queue name is too long, maximum length is 47 characters';
    elsif octet_length(lower(queue_name)) > 47 then
      raise exception 'queue name is too long, maximum length is 47 characters of one byte each; it has % bytes',
        octet_length(lower(queue_name));
    end if;
  end
  $$;
  comment on function pgmq.validate_queue_name(text) is 'Raises an error when a name is longer than 47 bytes.';

  create or replace function pgmq.acquire_queue_lock(queue_name text) returns void
  language sql set search_path = pg_catalog, pg_temp as $$
    select pg_advisory_xact_lock(hashtext('pgmq.queue_' || queue_name))
  $$;
  comment on function pgmq.acquire_queue_lock(text) is
    'Serialises creation and removal of a queue until the end of the transaction.';

  -- ---- queues

  create or replace function pgmq.create_non_partitioned(queue_name text) returns void
  language sql set search_path = pg_catalog, pg_temp as $$
    select nova_queue.create_tables(queue_name, false)
  $$;
  comment on function pgmq.create_non_partitioned(text) is 'Creates a queue; no error when it exists.';

  create or replace function pgmq.create_unlogged(queue_name text) returns void
  language sql set search_path = pg_catalog, pg_temp as $$
    select nova_queue.create_tables(queue_name, true)
  $$;
  comment on function pgmq.create_unlogged(text) is
    'Creates a queue whose messages are lost when the server crashes; its archive is not.';

  create or replace function pgmq."create"(queue_name text) returns void
  language sql set search_path = pg_catalog, pg_temp as $$
    select pgmq.create_non_partitioned(queue_name)
  $$;
  comment on function pgmq."create"(text) is
    'Creates a queue; no error when it exists. A second spelling that differs in case only is the same queue.';

  create or replace function pgmq.create_partitioned(queue_name text, partition_interval text default '10000',
                                                     retention_interval text default '100000') returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    perform pgmq.validate_queue_name(queue_name);
    perform pgmq._ensure_pg_partman_installed();
    raise exception 'partitioned queues need the extension pgmq itself' using errcode = '0A000',
      hint = 'Install the extension, then call nova_queue.move_to_extension().';
  end
  $$;
  comment on function pgmq.create_partitioned(text, text, text) is
    'Refused: partitioned queues need pg_partman and the extension pgmq.';

  create or replace function pgmq.convert_archive_partitioned(table_name text, partition_interval text default '10000',
                                                              retention_interval text default '100000',
                                                              leading_partition integer default 10) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    perform pgmq._ensure_pg_partman_installed();
    raise exception 'partitioned archives need the extension pgmq itself' using errcode = '0A000';
  end
  $$;
  comment on function pgmq.convert_archive_partitioned(text, text, text, integer) is
    'Refused: partitioned archives need pg_partman and the extension pgmq.';

  create or replace function pgmq.drop_queue(queue_name text) returns boolean
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  declare
    qtable text := pgmq.format_table_name(queue_name, 'q');
    atable text := pgmq.format_table_name(queue_name, 'a');
  begin
    perform pgmq.acquire_queue_lock(queue_name);
    if to_regclass(format('pgmq.%I', qtable)) is null then
      raise notice 'pgmq queue `%` does not exist', queue_name;
      return false;
    end if;
    execute format('drop table if exists pgmq.%I', qtable);
    if not nova_queue.archive_is_detached(atable) then
      execute format('drop table if exists pgmq.%I', atable);
    end if;
    delete from pgmq.meta m where lower(m.queue_name) = lower(drop_queue.queue_name);
    return true;
  end
  $$;
  comment on function pgmq.drop_queue(text) is
    'Removes a queue with its archive. False with a notice when there is none.';

  create or replace function pgmq.drop_queue(queue_name text, partitioned boolean) returns boolean
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    raise warning 'drop_queue(queue_name, partitioned) is deprecated and will be removed in PGMQ v2.0. '
                  'Use drop_queue(queue_name) instead.';
    return pgmq.drop_queue(queue_name);
  end
  $$;
  comment on function pgmq.drop_queue(text, boolean) is 'Deprecated form of drop_queue(queue_name).';

  create or replace function pgmq.detach_archive(queue_name text) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    execute format('comment on table pgmq.%I is %L', pgmq.format_table_name(queue_name, 'a'),
                   'Archive, detached from its queue.');
  end
  $$;
  comment on function pgmq.detach_archive(text) is 'The archive outlives its queue from now on.';

  create or replace function pgmq.list_queues() returns setof pgmq.queue_record
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select m.queue_name, m.is_partitioned, m.is_unlogged, m.created_at from pgmq.meta m
  $$;
  comment on function pgmq.list_queues() is 'Every queue.';

  -- ---- what clients of the extension look up, though nobody should

  create or replace function pgmq._extension_exists(extension_name text) returns boolean
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select exists (select from pg_catalog.pg_extension where extname = extension_name)
  $$;
  comment on function pgmq._extension_exists(text) is 'Whether an extension is installed in this database.';

  create or replace function pgmq._belongs_to_pgmq(table_name text) returns boolean
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select exists (select from pg_catalog.pg_depend d
                     join pg_catalog.pg_class c on c.oid = d.objid and d.classid = 'pg_class'::regclass
                     join pg_catalog.pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
                    where e.extname = 'pgmq' and c.relname = table_name)
  $$;
  comment on function pgmq._belongs_to_pgmq(text) is 'Whether a table is a member of the extension; never here.';

  create or replace function pgmq._ensure_pg_partman_installed() returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
  begin
    if not pgmq._extension_exists('pg_partman') then
      raise exception 'pg_partman is required for partitioned queues';
    end if;
  end
  $$;
  comment on function pgmq._ensure_pg_partman_installed() is 'Raises an error without pg_partman.';

  create or replace function pgmq._get_pg_partman_schema() returns text
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'pg_partman'
  $$;
  comment on function pgmq._get_pg_partman_schema() is 'Where pg_partman is installed; null without it.';

  create or replace function pgmq._get_pg_partman_major_version() returns integer
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select split_part(extversion, '.', 1)::integer from pg_catalog.pg_extension where extname = 'pg_partman'
  $$;
  comment on function pgmq._get_pg_partman_major_version() is 'Of the installed pg_partman; null without it.';

  create or replace function pgmq._get_partition_col(partition_interval text) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
  begin
    perform partition_interval::integer;
    return 'msg_id';
  exception when others then
    return 'enqueued_at';
  end
  $$;
  comment on function pgmq._get_partition_col(text) is 'A number partitions by msg_id, an interval by enqueued_at.';

  grant usage on schema pgmq to pg_monitor;
  grant select on all tables in schema pgmq to pg_monitor;
  grant select on all sequences in schema pgmq to pg_monitor;
  alter default privileges in schema pgmq grant select on tables to pg_monitor;
  alter default privileges in schema pgmq grant select on sequences to pg_monitor;
  -- The functions stay executable by PUBLIC as in the extension: who has no USAGE on the schema cannot call them.
end
$pgmq$;

revoke all on all functions in schema nova_queue from public;
