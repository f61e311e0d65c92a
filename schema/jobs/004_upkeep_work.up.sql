-- What tasks of upkeep do that wants the owner's rights: a node's role reads and owns nothing of the assistant. Each
-- takes only what nova.upkeep_targets lists and has bounds of its own, whatever a row of nova.upkeep_tasks says.

create table if not exists nova.upkeep_exports (
  target text not null,
  month date not null,
  part integer not null,
  format text not null constraint upkeep_exports_format check (format in ('ndjson', 'csv')),
  file text not null,
  rows bigint not null,
  bytes bigint not null,
  sha256 text not null,
  content bigint not null,
  exported_at timestamptz not null default clock_timestamp(),
  deleting_since timestamptz,
  deleted_at timestamptz,
  deleted_rows bigint not null default 0,
  primary key (target, month, part)
);
comment on table nova.upkeep_exports is 'Files that hold rows of a month, outside of the database.';
comment on column nova.upkeep_exports.part is
  'From 1; another one has what was written for the month after the rows of the one before were deleted.';
comment on column nova.upkeep_exports.content is 'What nova.usage_content says of the rows that are in the file.';
comment on column nova.upkeep_exports.deleting_since is
  'Retention has begun to delete its rows: the file is their only copy, and is not written again.';
comment on column nova.upkeep_exports.deleted_at is
  'And has come to its end. What is left of the month was changed or written after the export: a part more.';

create or replace function nova.expect_upkeep_target(p_kind text, p_target text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_target is null or not p_target = any (nova.upkeep_targets(p_kind)) then
    raise exception 'the target "%" is none of %', p_target, p_kind
      using errcode = '22023', hint = 'It takes ' || array_to_string(nova.upkeep_targets(p_kind), ', ');
  end if;
end
$$;
comment on function nova.expect_upkeep_target(text, text) is 'Refuses (22023) what tasks of a kind may not name.';

create or replace function nova.expect_visible(p_tables regclass[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_hidden text := (select string_agg(t::text, ', ') from unnest(p_tables) t where row_security_active(t));
begin
  if v_hidden is not null then
    raise exception 'row-level security hides the rows of % from their owner %', v_hidden, current_user
      using errcode = '42501', hint = format('Give the owner BYPASSRLS, or run "alter table … no force row level '
        'security" for each: %s.', v_hidden);
  end if;
end
$$;
comment on function nova.expect_visible(regclass[]) is
  'Refuses (42501) to work on tables of which the caller sees no rows: what is made of them would be empty.';

create or replace function nova.sources_of_view(p_view text) returns table (relation regclass, inserts boolean)
language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Of a message its feedback is summed up by conversation: a message more changes nothing, one that is gone takes
  -- its feedback with it.
  select to_regclass('public.' || s.name), s.inserts
    from (values ('message_feedback_summary', 'feedback', true), ('message_feedback_summary', 'messages', false),
                 ('monthly_usage_summary', 'usage_metrics', true)) s (view, name, inserts)
   where s.view = p_view
$$;
comment on function nova.sources_of_view(text) is
  'The tables of a materialized view, and whether a row more in them changes it.';

create or replace function nova.state_of_sources(p_view text) returns text
language sql volatile set search_path = pg_catalog, pg_temp as $$
  -- A crash of the server sets the counters back, and notes when; TRUNCATE counts nothing, and makes a new file.
  select string_agg(format('%s %s %s', s.relation, c.relfilenode,
                           case when s.inserts then t.n_tup_ins + t.n_tup_del else 0 end + t.n_tup_upd), ', '
                    order by s.relation::text)
         || coalesce((select ' since ' || extract(epoch from d.stats_reset) from pg_stat_database d
                       where d.datname = current_database()), '')
    from nova.sources_of_view(p_view) s
    join pg_class c on c.oid = s.relation
    join pg_stat_all_tables t on t.relid = s.relation
$$;
comment on function nova.state_of_sources(text) is
  'A text that differs when rows of a materialized view''s tables may have changed.';

create or replace function nova.refresh_view(p_task text, out refreshed boolean, out rows bigint, out bytes bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  v_view text;
  v_known text;
  v_now text;
  v_filled boolean;
begin
  select t.target, t.state ->> 'sources' into v_view, v_known from nova.upkeep_tasks t
   where t.name = p_task and t.kind = 'refresh';
  perform nova.expect_upkeep_target('refresh', v_view);
  perform nova.expect_visible(array(select s.relation from nova.sources_of_view(v_view) s));
  select c.relispopulated into v_filled from pg_class c where c.oid = to_regclass('public.' || v_view);
  if v_filled is null then
    raise exception 'there is no materialized view public.%', v_view using errcode = '42P01';
  end if;
  -- Before the rows are read: what is counted from now on is found the next time.
  v_now := nova.state_of_sources(v_view);
  refreshed := not v_filled or v_now is distinct from v_known;
  if refreshed then
    execute format('refresh materialized view %s public.%I', case when v_filled then 'concurrently' else '' end,
                   v_view);
    update nova.upkeep_tasks t set state = t.state || jsonb_build_object('sources', v_now) where t.name = p_task;
    execute format('select count(*) from public.%I', v_view) into rows;
    bytes := pg_total_relation_size(format('public.%I', v_view)::regclass);
  end if;
  rows := coalesce(rows, 0);
  bytes := coalesce(bytes, 0);
end
$$;
comment on function nova.refresh_view(text) is
  'Refreshes the materialized view of a task without keeping readers out, unless nothing has changed since its last '
  'time. 42501: its owner does not see the rows.';

create or replace function nova.analyze_table(p_table text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
begin
  perform nova.expect_upkeep_target('analyze', p_table);
  execute format('analyze public.%I', p_table);
  return (select greatest(c.reltuples, 0)::bigint from pg_class c
           where c.oid = format('public.%I', p_table)::regclass);
end
$$;
comment on function nova.analyze_table(text) is
  'Updates the statistics of a table; returns about how many rows it has.';

create or replace function nova.vacuum_statement(p_table text, out statement text, out may boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_upkeep_target('vacuum', p_table);
  statement := format('vacuum (analyze) public.%I', p_table);
  may := (select pg_has_role(c.relowner, 'usage') from pg_class c
           where c.oid = format('public.%I', p_table)::regclass);
end
$$;
comment on function nova.vacuum_statement(text) is
  'What vacuums a table, which no function can do, and whether the caller may: a server only warns those who may not.';

create or replace function nova.archive_conversations(p_older interval, p_n integer default 1000) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  v_count bigint;
begin
  if p_older is null or now() - p_older > now() - interval '1 day' then
    raise exception 'conversations are archived that were still for a day or longer, not for %', p_older
      using errcode = '22023', hint = 'options of the task: {"older": "6 months"}';
  end if;
  perform nova.expect_visible('{public.conversations}');
  execute $q$
    with old as (
      select c.id from public.conversations c where not c.is_archived and c.updated_at < now() - $1
       order by c.updated_at, c.id limit least($2, 1000) for update skip locked)
    update public.conversations c set is_archived = true from old where c.id = old.id
  $q$ using p_older, p_n;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.archive_conversations(interval, integer) is
  'Archives conversations in which nothing happened for so long, the oldest first, at most 1,000. updated_at stays. '
  'Returns how many.';

create or replace function nova.retain_rows(p_target text, p_keep interval, p_n integer default 1000) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  v_count bigint;
begin
  perform nova.expect_upkeep_target('retain', p_target);
  if p_keep is null or now() - p_keep > now() - interval '1 day' then
    raise exception '% are kept for a day or longer, not for %', p_target, p_keep
      using errcode = '22023', hint = 'options of the task: {"keep": "90 days"}';
  end if;
  case p_target
    when 'actor_failures' then
      return nova.prune_actor_failures(p_keep, p_n);
    when 'upkeep_runs' then
      delete from nova.upkeep_runs r where r.id in (
        select o.id from nova.upkeep_runs o where o.finished_at < now() - p_keep order by o.finished_at limit p_n);
    when 'messenger_failed_messages' then
      execute $q$
        delete from public.messenger_failed_messages f where f.id in (
          select o.id from public.messenger_failed_messages o where o.failed_at < now() - $1 limit $2)
      $q$ using p_keep, p_n;
    else
      raise exception '% go by nova.delete_exported_usage', p_target using errcode = '22023';
  end case;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.retain_rows(text, interval, integer) is
  'Deletes rows of a target that are older, at most so many; returns how many.';

create or replace function nova.upkeep_due() returns table (kind text, what text, since timestamptz, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with watched as materialized (
    -- Who has just come needs a moment; where no node runs, that is what is said.
    select min(n.started_at) as since from nova.cluster_nodes n
     where n.ended_at is null and n.lease_until > clock_timestamp()
  ), tasks as materialized (
    select t.* from nova.upkeep_tasks t
     where t.enabled and (t.system is null or t.system = any (nova.upkeep_systems()))
  ), overdue as materialized (
    select t.name, greatest(t.next_run_at, w.since) as since from tasks t, watched w
     where t.worker is null
       and nova.upkeep_next(t, greatest(t.next_run_at, w.since)) < clock_timestamp() - interval '1 minute'
  )
  select 'upkeep/overdue', 'task:' || (array_agg(o.name order by o.since, o.name))[1], min(o.since),
         jsonb_build_object('count', count(*),
                            'seconds', floor(extract(epoch from clock_timestamp() - min(o.since))))
    from overdue o having count(*) > 0
  union all
  select 'upkeep/failed', 'task:' || t.name, t.last_finished_at,
         jsonb_build_object('task', t.name, 'count', t.attempts, 'reason', coalesce(t.last_error, t.last_error_class))
    from tasks t where t.attempts >= 3
  union all
  select 'upkeep/needs_owner', 'task:' || min(t.name), min(t.last_finished_at), jsonb_build_object('count', count(*))
    from tasks t where t.last_outcome = 'skipped' and t.last_error ~ '^needs the owner' having count(*) > 0
$$;
comment on function nova.upkeep_due() is
  'What is wrong with upkeep: tasks that are overdue by more than their period and a minute while a node runs, that '
  'failed three times in a row, or that were skipped because no connection of the owner is set.';

-- And what people do to tasks.
create or replace function nova.run_upkeep(p_name text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.upkeep_tasks t
     set next_run_at = least(t.next_run_at, clock_timestamp()), planned_at = clock_timestamp(),
         asked_at = clock_timestamp() where t.name = p_name;
  return found;
end
$$;
comment on function nova.run_upkeep(text) is
  'Makes a task due now; while it is being run: once more. False: there is none of that name.';

create or replace function nova.enable_upkeep(p_name text, p_enabled boolean) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.upkeep_tasks t set enabled = p_enabled where t.name = p_name;
  return found;
end
$$;
comment on function nova.enable_upkeep(text, boolean) is
  'Pauses a task or lets it go on at its next time. False: there is none of that name.';

revoke all on nova.upkeep_exports from public;
revoke all on function nova.expect_upkeep_target(text, text), nova.expect_visible(regclass[]),
  nova.sources_of_view(text), nova.state_of_sources(text), nova.refresh_view(text), nova.analyze_table(text),
  nova.vacuum_statement(text), nova.archive_conversations(interval, integer), nova.retain_rows(text, interval, integer),
  nova.upkeep_due(), nova.run_upkeep(text), nova.enable_upkeep(text, boolean) from public;
