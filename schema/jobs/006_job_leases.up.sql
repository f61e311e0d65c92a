-- What the engine asks of its sources, and what becomes of the jobs of a node that ended.

create or replace function nova.queues_due(p_queues text[]) returns table (queue text, due_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  foreach queue in array p_queues loop
    begin
      execute format('select min(q.vt) from pgmq.%I q', pgmq.format_table_name(queue, 'q')) into due_at;
    exception when undefined_table or raise_exception then
      continue; -- the queue was dropped; its handler waits for another
    end;
    if due_at is not null then
      return next;
    end if;
  end loop;
end
$$;
comment on function nova.queues_due(text[]) is
  'When the first message of each of these queues may be read; nothing of those that are empty or gone.';

create or replace function nova.run_sql_handler(p_function text, p_role text, p_job jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_function text := to_regprocedure(p_function || '(jsonb)')::regproc;
  v_answer jsonb;
begin
  if v_function is null then
    raise exception 'there is no function %(jsonb)', p_function using errcode = '42883';
  end if;
  perform set_config('role', p_role, true), set_config('search_path', '"$user", public', true);
  execute format('select to_jsonb(%s($1))', v_function) into v_answer using p_job;
  perform set_config('role', 'none', true);
  return v_answer;
end
$$;
comment on function nova.run_sql_handler(text, text, jsonb) is
  'Calls a handler function as its role, with the job as its argument; the caller ends the job in the same '
  'transaction. The search_path is "$user", public unless the function sets one.';

create or replace function nova.release_ended_jobs() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
declare
  v_workers constant text[] := array['node/' || new.epoch];
begin
  if to_regprocedure('public.messenger_rescue(text[],integer)') is not null then
    perform public.messenger_rescue(v_workers, 10000);
  end if;
  perform nova.release_upkeep_of(v_workers);
  if to_regprocedure('nova.release_syncs_of(text[])') is not null then
    perform nova.release_syncs_of(v_workers);
  end if;
  -- Late bound: the table is made by a later migration.
  execute 'delete from nova.job_permits p where p.worker = any ($1)' using v_workers;
  return null;
exception when others then
  -- Nothing that is wrong with jobs keeps a node from being declared dead: their leases end by themselves.
  raise warning 'the jobs of node % are left to their leases: %', new.name, sqlerrm;
  return null;
end
$$;
comment on function nova.release_ended_jobs() is
  'Gives back the jobs of an incarnation that left or was declared dead, in the transaction that says so.';

drop trigger if exists release_jobs on nova.cluster_nodes;
create trigger release_jobs after update of ended_at on nova.cluster_nodes
  for each row when (new.ended_at is not null and old.ended_at is null)
  execute function nova.release_ended_jobs();

revoke all on function nova.queues_due(text[]), nova.run_sql_handler(text, text, jsonb),
  nova.release_ended_jobs() from public;
