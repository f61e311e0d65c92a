-- What a database needs that was restored, copied, replicated or set back in time. It is known by the server that its
-- rows were on, which they name.

create table if not exists nova.database_identity (
  only_row boolean primary key default true check (only_row),
  system_identifier bigint,
  timeline integer,
  fencing_base bigint not null default 0,
  noted_at timestamptz not null default clock_timestamp()
);
comment on table nova.database_identity is
  'One row: the server that Nova''s rows belong to. Another than the one that is there now: they were restored, and '
  'nova.after_restore() is due.';
comment on column nova.database_identity.system_identifier is
  'As pg_control_system() says it; null: whoever migrated may not ask.';
comment on column nova.database_identity.timeline is 'Grows when a server goes back in time or a standby is promoted.';
comment on column nova.database_identity.fencing_base is
  'No fencing number at or below this is given: they were given before the restore. See nova.fencing_base().';
revoke all on nova.database_identity from public;
alter table nova.database_identity enable row level security;

create or replace function nova.server_identity(out system_identifier bigint, out timeline integer)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  system_identifier := (select s.system_identifier from pg_control_system() s);
  if not pg_is_in_recovery() then
    timeline := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer;
  end if;
exception when insufficient_privilege then
  null; -- not told: nothing can be found, and nothing is claimed
end
$$;
comment on function nova.server_identity() is 'The server that this database is on; null where the role may not ask.';

insert into nova.database_identity (system_identifier, timeline)
select s.system_identifier, s.timeline from nova.server_identity() s
    on conflict do nothing;

create or replace function nova.fencing_base() returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
  -- The timeline grows when a standby is promoted, whose counters may be behind what the old server gave out; a dump
  -- may be restored into a server whose timeline is lower.
  select greatest(('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint << 40,
                  (select i.fencing_base from nova.database_identity i))
$$;

create or replace function nova.restored() returns table (kind text, since timestamptz, facts jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select 'database/restored', i.noted_at,
         jsonb_build_object('what', case when i.system_identifier <> s.system_identifier then 'another server'
                                         else 'another timeline' end)
    from nova.database_identity i, nova.server_identity() s
   where i.system_identifier <> s.system_identifier or i.timeline <> s.timeline
  union all
  select 'database/restoring', clock_timestamp(), jsonb_build_object('triggers', count(*))
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
   where not t.tgisinternal and t.tgenabled = 'D'
     and c.relnamespace in (select n.oid from pg_namespace n
                             where n.nspname in ('nova', 'public', 'pgmq', 'nova_queue'))
     and (c.relnamespace <> 'public'::regnamespace or nova.is_marked(c.oid))
  having count(*) > 0
$$;
comment on function nova.restored() is
  'Whether these rows are of another server or an earlier time (database/restored), or a restore of data has not ended '
  '(database/restoring).';

create or replace function nova.own_tables() returns setof regclass
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p')
     and (n.nspname in ('nova', 'nova_queue', 'pgmq') or n.nspname = 'public' and nova.is_marked(c.oid))
     -- What is of an extension is restored with it.
     and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by 1
$$;
comment on function nova.own_tables() is 'Nova''s tables, in all its schemas.';

create or replace function nova.before_restore(p_queues text[] default '{}') returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- What migrations put in, which the dump has too.
  c_given constant text[] := array['nova.cluster_state', 'nova.cluster_secret', 'nova.database_identity',
    'nova.email_search_progress', 'nova.attachment_progress', 'nova.worker_roles', 'nova.upkeep_tasks',
    'nova.rights', 'pgmq.meta'];
  v_table regclass;
  v_given text[] := '{}';
  v_filled boolean;
  v_queue text;
begin
  for v_table in select t from nova.own_tables() t where t is distinct from to_regclass('nova.schema_migrations') loop
    if v_table = any (array(select to_regclass(g) from unnest(c_given) g))
       -- That it was migrated is no use of it.
       or v_table = 'nova.operator_actions'::regclass
          and not exists (select from nova.operator_actions a where a.action not in ('migrate up', 'make')) then
      v_given := v_given || v_table::text;
    else
      execute format('select exists (select from %s)', v_table) into v_filled;
      if v_filled then
        raise exception 'table % has rows: data are restored into a database that was migrated and not used', v_table
          using errcode = '55000',
          hint = 'Nothing was changed. Make another database, and run `nova migrate up` there.';
      end if;
    end if;
  end loop;
  foreach v_queue in array p_queues loop
    perform pgmq.create(v_queue);
  end loop;
  execute 'truncate ' || array_to_string(v_given, ', ');
  for v_table in select t from nova.own_tables() t loop
    execute format('alter table %s disable trigger user', v_table);
  end loop;
  return cardinality(v_given);
end
$$;
comment on function nova.before_restore(text[]) is
  'Makes a migrated, unused database ready for a restore of data alone: makes these queues, takes out the rows that '
  'migrations put in and switches triggers off, so that no row is made or counted twice. nova.after_restore() ends it.';

create or replace function nova.advance_sequences() returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_sequence record;
  v_last bigint;
  v_count integer := 0;
begin
  -- A column's sequence is at least where the column is: logical replication copies rows and no sequences. What may
  -- have been given out after the moment that was restored is passed over, so that no id and no token comes twice.
  for v_sequence in
    select s.seqrelid::regclass as name, a.attrelid::regclass as of, a.attname, s.seqtypid = 'bigint'::regtype as wide
      from pg_sequence s
      join pg_class c on c.oid = s.seqrelid
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.deptype in ('a', 'i')
            and d.refclassid = 'pg_class'::regclass
      left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where (n.nspname in ('nova', 'nova_queue', 'pgmq') or n.nspname = 'public' and nova.is_marked(c.oid))
       and (a.attrelid is not null or c.relname ~ '_tokens?$')
  loop
    v_last := coalesce(pg_sequence_last_value(v_sequence.name), 0);
    if v_sequence.of is not null then
      execute format('select greatest($1, max(%I)) from %s', v_sequence.attname, v_sequence.of)
         into v_last using v_last;
    end if;
    if v_sequence.wide then
      v_last := v_last + 1000000;
    end if;
    if v_last > 0 then
      perform setval(v_sequence.name, v_last);
    end if;
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;
comment on function nova.advance_sequences() is
  'Moves ids and tokens past what is there, and a million further: what a server had given out before it went back is '
  'not given again. Returns how many sequences.';

create or replace function nova.refresh_views() returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_view regclass;
  v_count integer := 0;
begin
  for v_view in
    select c.oid from pg_class c
     where c.relkind = 'm' and c.relnamespace = 'public'::regnamespace and nova.is_marked(c.oid)
  loop
    execute format('refresh materialized view %s', v_view);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;
comment on function nova.refresh_views() is
  'Refreshes Nova''s materialized views, which refuse (42501) where row-level security would leave them empty.';

create or replace function nova.after_restore() returns table (step text, rows bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_table regclass;
  v_hook text;
  v_node bigint;
  v_count bigint := 0;
begin
  for v_table in select t from nova.own_tables() t loop
    execute format('alter table %s enable trigger user', v_table);
  end loop;
  insert into nova.cluster_state (id) values (1) on conflict do nothing;
  insert into nova.cluster_secret (secret)
  values (replace(gen_random_uuid()::text || gen_random_uuid(), '-', ''))
      on conflict do nothing;
  -- Numbers of before fence nothing any more: those that come are higher than any that anybody can hold.
  insert into nova.database_identity as i (system_identifier, timeline, fencing_base)
  select s.system_identifier, s.timeline, b.base
    from nova.server_identity() s,
         (select ((greatest(max(m), 0) >> 40) + 1) << 40 as base
            from (select max(n.epoch) as m from nova.cluster_nodes n
                  union all
                  select max(l.token) from nova.cluster_leases l
                  union all
                  select nova.fencing_base()) x) b
      on conflict (only_row) do update
     set system_identifier = excluded.system_identifier, timeline = excluded.timeline,
         fencing_base = excluded.fencing_base, noted_at = clock_timestamp();
  return query select 'sequences advanced', nova.advance_sequences()::bigint;
  for v_node in select n.id from nova.cluster_nodes n where n.ended_at is null order by n.id loop
    perform nova.end_node(v_node, 'dead', null, 'the database was restored');
    v_count := v_count + 1;
  end loop;
  return query select 'nodes ended', v_count;
  update nova.cluster_leases l set holder = null, expires_at = null where l.holder is not null;
  return query select 'rights of browsers taken back', nova.close_to_browsers();
  perform nova.set_rights();
  return query select 'worker roles granted', count(*) from nova.worker_roles w
                where to_regrole(quote_ident(w.name)) is not null;
  for v_hook in
    -- Those of the systems that are here.
    select h from unnest(array['nova.mail_after_restore()', 'nova.upkeep_after_restore()',
                               'nova.messenger_after_restore()']) h
     where to_regprocedure(h) is not null
  loop
    return query execute 'select * from ' || v_hook;
  end loop;
  return query select 'views refreshed', nova.refresh_views()::bigint;
end
$$;
comment on function nova.after_restore() is
  'What a restored, copied, replicated or set back database needs before nodes start: ends the nodes of before, moves '
  'ids and fencing numbers past all that were given, has work that was under way done again, and notes the server. '
  'Run it while no node runs; again does no harm.';

revoke all on function nova.server_identity(), nova.restored(), nova.own_tables(), nova.before_restore(text[]),
  nova.advance_sequences(), nova.refresh_views(), nova.after_restore() from public;
