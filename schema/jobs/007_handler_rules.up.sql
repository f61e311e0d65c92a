-- Which handlers may be set, and how a queue that has one says that there is something in it.

create or replace function nova.handler_workers() returns setof name
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select w.name from nova.worker_roles w where to_regrole(quote_ident(w.name)) is not null
$$;
comment on function nova.handler_workers() is 'Roles that nodes run as; none where they run as whoever migrates.';

create or replace function nova.find_handler_function(p_function text) returns regprocedure
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_words text[];
  v_found regprocedure[];
  v_others text;
begin
  begin
    v_words := parse_ident(p_function);
  exception when invalid_parameter_value then
    v_words := null;
  end;
  if v_words is null or cardinality(v_words) > 2 then
    raise exception '"%" is no name of a function; SCHEMA.NAME is, without its arguments', left(p_function, 200)
      using errcode = '22023';
  end if;
  select array_agg(p.oid::regprocedure order by n.nspname)
           filter (where p.proargtypes::text = 'jsonb'::regtype::oid::text and p.prokind = 'f'),
         string_agg(p.oid::regprocedure::text, ', ' order by p.oid::regprocedure::text)
    into v_found, v_others
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
   where p.proname = v_words[cardinality(v_words)]
     and (cardinality(v_words) = 1 or n.nspname = v_words[1]);
  if cardinality(v_found) > 1 then
    raise exception 'there are several functions %(jsonb): %; name the schema too', p_function,
      array_to_string(v_found, ', ') using errcode = '22023';
  elsif v_found is null then
    raise exception 'there is no function %(jsonb)%', p_function, coalesce('; there is ' || v_others, '')
      using errcode = '22023';
  end if;
  return v_found[1];
end
$$;
comment on function nova.find_handler_function(text) is
  'The one function NAME(jsonb) of that name, with or without its schema; an error says what there is instead.';

create or replace function nova.expect_handler_role(p_role text, p_function regprocedure) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_role oid := to_regrole(quote_ident(p_role));
  v_owner constant oid := (select c.relowner from pg_class c where c.oid = 'nova.messenger_handlers'::regclass);
  -- Who may take a role: since PostgreSQL 16 a member can be without that.
  v_may constant text := case when current_setting('server_version_num')::integer < 160000 then 'MEMBER' else 'SET' end;
  v_missing text;
begin
  if v_role is null then
    raise exception 'there is no role "%"', p_role using errcode = '22023';
  elsif (select r.rolsuper from pg_roles r where r.oid = v_role) then
    raise exception 'role "%" is a superuser; a handler works as a role that may do what it needs and no more', p_role
      using errcode = '42501';
  elsif pg_has_role(v_role, v_owner, 'MEMBER') then
    raise exception 'role "%" owns Nova''s tables, or may act as their owner; a handler works as another role', p_role
      using errcode = '42501';
  end if;
  select string_agg(w.lacks, ' ') into v_missing
    from (select format('GRANT %I TO %I;', p_role, m.name) as lacks
            from (select n.name from nova.handler_workers() n (name)
                  union all
                  select current_user where not exists (select from nova.handler_workers())) m
           where not pg_has_role(m.name, v_role, v_may)
          union all
          select format('GRANT USAGE ON SCHEMA %I TO %I;', n.nspname, p_role)
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
           where p.oid = p_function and not has_schema_privilege(v_role, n.oid, 'USAGE')
          union all
          select format('GRANT EXECUTE ON FUNCTION %s TO %I;', p_function, p_role)
           where not has_function_privilege(v_role, p_function, 'EXECUTE')) w;
  if v_missing is not null then
    raise exception 'role "%" cannot do it yet; what lacks is: %', p_role, v_missing using errcode = '42501';
  end if;
end
$$;
comment on function nova.expect_handler_role(text, regprocedure) is
  'Refuses a role that a handler''s function must not or cannot run as: a superuser, the owner of Nova''s tables, one '
  'that the nodes cannot take, or that may not call the function. The error has the grants that lack.';

create or replace function nova.find_handler_queue(p_queue text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_name text;
begin
  if p_queue in ('nylas_webhook_notifications', 'inbox_backfill_jobs', 'thread_sync_jobs') then
    raise exception 'queue "%" is worked at by Nova itself; a handler would take its messages away', p_queue
      using errcode = '22023';
  end if;
  select m.queue_name into v_name from pgmq.meta m where m.queue_name = p_queue;
  if v_name is null then
    raise exception 'there is no queue "%"; make it with: select pgmq.create(%);', left(p_queue, 100),
      quote_literal(left(p_queue, 100)) using errcode = '22023';
  end if;
  return v_name;
end
$$;
comment on function nova.find_handler_queue(text) is 'The queue of that name, if it may have a handler.';

-- As the owner of the queues: what a node's role sets must be able to add the trigger too.
create or replace function nova.watch_queue(p_queue text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_table regclass := format('pgmq.%I', pgmq.format_table_name(nova.find_handler_queue(p_queue), 'q'))::regclass;
begin
  if not exists (select from pg_trigger t
                  where t.tgrelid = v_table and t.tgfoid = 'nova_queue.wake()'::regprocedure) then
    execute format('create trigger nova_handler_wake after insert on %s referencing new table as sent '
                   'for each statement execute function nova_queue.wake(%L)', v_table, p_queue);
  end if;
end
$$;
comment on function nova.watch_queue(text) is
  'Makes a queue tell channel nova_queue that it has messages, unless it does so already, as those that Nova made do.';

create or replace function nova.unwatch_queue(p_queue text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_table regclass := to_regclass(format('pgmq.%I', pgmq.format_table_name(p_queue, 'q')));
begin
  if v_table is not null then
    execute format('drop trigger if exists nova_handler_wake on %s', v_table);
  end if;
end
$$;
comment on function nova.unwatch_queue(text) is 'Takes away what nova.watch_queue made.';

create or replace function nova.set_handler(p_type text, p_transport text, p_queue text, p_kind text, p_config jsonb,
                                            p_timeout interval default interval '30 seconds')
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config jsonb := jsonb_strip_nulls(p_config);
  v_odd text;
  v_function regprocedure;
  v_id bigint;
begin
  select k into v_odd from jsonb_object_keys(v_config) k
   where k <> all (case p_kind when 'http' then array['url', 'secret_name', 'allow_private']
                               else array['function', 'role'] end) limit 1;
  if v_odd is not null then
    raise exception 'the handler has the unknown key "%"', left(v_odd, 100) using errcode = '22023';
  elsif p_kind = 'http' and v_config ->> 'url' ~ '^[^/]*//[^/?#]*@' then
    raise exception 'url has a name or password in it, which others could read; the secret that signs is named by '
                    'secret_name' using errcode = '22023';
  elsif v_config ->> 'secret_name' !~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$' then
    raise exception 'secret_name is 1 to 64 of A-Z a-z 0-9 _ . - and begins with none of the last two'
      using errcode = '22023';
  elsif p_kind = 'sql' then
    v_function := nova.find_handler_function(v_config ->> 'function');
    perform nova.expect_handler_role(v_config ->> 'role', v_function);
    select jsonb_set(v_config, '{function}', to_jsonb(format('%I.%I', n.nspname, p.proname))) into v_config
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = v_function;
  end if;
  if p_queue is not null then
    perform nova.watch_queue(p_queue);
  end if;
  insert into nova.messenger_handlers as h (type, transport, queue, kind, config, timeout)
  values (p_type, p_transport, p_queue, p_kind, v_config, p_timeout)
      on conflict on constraint messenger_handlers_one do update
     set kind = excluded.kind, config = excluded.config, timeout = excluded.timeout, enabled = true,
         set_by = excluded.set_by, set_at = excluded.set_at
  returning h.id into v_id;
  return v_id;
end
$$;
comment on function nova.set_handler(text, text, text, text, jsonb, interval) is
  'Sets who does messages of a type (* : of every type without another), of one transport or all, or those of a pgmq '
  'queue; what was set for the same before is replaced. http: {url, secret_name, allow_private}; '
  'sql: {function, role}.';

create or replace function nova.remove_handler(p_type text, p_transport text, p_queue text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from nova.messenger_handlers h
   where h.type is not distinct from p_type and h.transport is not distinct from p_transport
     and h.queue is not distinct from p_queue;
  if found and p_queue is not null then
    perform nova.unwatch_queue(p_queue);
  end if;
  return found;
end
$$;
comment on function nova.remove_handler(text, text, text) is
  'Takes back what nova.set_handler set; false when there was none. Messages wait until there is another.';

revoke all on function nova.handler_workers(), nova.find_handler_function(text),
  nova.expect_handler_role(text, regprocedure), nova.find_handler_queue(text), nova.watch_queue(text),
  nova.unwatch_queue(text), nova.set_handler(text, text, text, text, jsonb, interval),
  nova.remove_handler(text, text, text) from public;
