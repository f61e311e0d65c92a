-- The record of failures, live settings, and who did what.

create or replace function nova.record_actor_failures(node bigint, times timestamptz[], kinds text[], keys text[],
                                                      reasons text[], doings text[], messages text[],
                                                      restarts integer[]) returns setof bigint
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.actor_failures (at, node_id, node_name, version, kind, key, reason, fingerprint, message_type, doing,
    restart_number)
  select coalesce(f.at, clock_timestamp()), node, coalesce(n.name, ''), coalesce(n.version, ''), f.kind,
         left(f.key, 1000), left(f.reason, 4000),
         md5(f.kind || ' ' || regexp_replace(left(f.reason, 4000), '[[:xdigit:]-]*[0-9][[:xdigit:]-]*', '#', 'g')),
         left(f.message, 1000), left(f.doing, 1000), f.restarts
    from unnest(times, kinds, keys, reasons, doings, messages, restarts)
           as f(at, kind, key, reason, doing, message, restarts)
    left join nova.cluster_nodes n on n.id = node
  returning id
$$;
comment on function nova.record_actor_failures(
  bigint, timestamptz[], text[], text[], text[], text[], text[], integer[]) is
  'Keeps abnormal ends of actors of one node (null: not registered yet); a null time is now. Returns their '
  'numbers. Long texts are cut: reasons at 4,000 characters, the rest at 1,000.';

create or replace function nova.prune_actor_failures(keep interval default null, at_most integer default 10000)
returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from nova.actor_failures f where f.id in (
      select o.id from nova.actor_failures o
       where o.at < clock_timestamp() - coalesce(keep,
         make_interval(days => coalesce((select (s.value #>> '{}')::integer from nova.settings s
                                          where s.key = 'actor_failures_keep_days'), 14)))
       order by o.at limit at_most) returning 1
  )
  select count(*) from gone
$$;
comment on function nova.prune_actor_failures(interval, integer) is
  'Forgets failures older than keep, by default the setting actor_failures_keep_days (14), at most so many a '
  'call. Returns how many.';

create or replace function nova.set_setting(setting text, new_value jsonb, who text, why text default '',
                                            revert_after interval default null)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_revision bigint;
begin
  update nova.cluster_state set settings_revision = settings_revision + 1 returning settings_revision into now_revision;
  insert into nova.settings as s (key, value, revision, changed_by, reason, revert_at)
  values (setting, new_value, now_revision, who, why, clock_timestamp() + revert_after)
  on conflict (key) do update
     set value = excluded.value, revision = excluded.revision, changed_at = clock_timestamp(),
         changed_by = excluded.changed_by, reason = excluded.reason,
         -- A second change for a time goes back to what was there before the first.
         revert_to = case when excluded.revert_at is null then null
                          when s.revert_at is null then s.value
                          else s.revert_to end,
         revert_at = excluded.revert_at;
  perform pg_notify('nova_settings', setting);
  return now_revision;
end
$$;
comment on function nova.set_setting(text, jsonb, text, text, interval) is
  'Changes a live setting, for good or for a time; returns the revision and tells every node.';

create or replace function nova.clear_setting(setting text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from nova.settings where key = setting;
  if not found then
    return false;
  end if;
  update nova.cluster_state set settings_revision = settings_revision + 1;
  perform pg_notify('nova_settings', setting);
  return true;
end
$$;
comment on function nova.clear_setting(text) is
  'Goes back to the value that nodes were started with. False when it was not set.';

create or replace function nova.revert_due_settings() returns setof text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  due record;
begin
  for due in
      select s.key, s.revert_to, s.revert_at from nova.settings s
       where s.revert_at <= clock_timestamp()
       order by 1 for update loop
    if due.revert_to is null then
      perform nova.clear_setting(due.key);
    else
      perform nova.set_setting(due.key, due.revert_to, 'nova', 'the change was until ' || due.revert_at);
    end if;
    return next due.key;
  end loop;
  return query select 'drain of ' || name from nova.end_due_drains() name;
end
$$;
comment on function nova.revert_due_settings() is
  'Takes back the changes whose time is over, drains too; returns their names.';

create or replace function nova.record_operator_action(who text, operator_role text, via text, action text,
                                                       target text default '', arguments jsonb default '{}',
                                                       why text default '', outcome text default 'done',
                                                       node bigint default null) returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.operator_actions (who, role, via, action, target, arguments, reason, outcome, node_id)
  values (who, operator_role, via, action, left(target, 1000), arguments, left(why, 1000), left(outcome, 1000), node)
  returning id
$$;
comment on function nova.record_operator_action(text, text, text, text, text, jsonb, text, text, bigint) is
  'Adds a line to the audit log; returns its number.';

revoke all on function
  nova.record_actor_failures(bigint, timestamptz[], text[], text[], text[], text[], text[], integer[]),
  nova.prune_actor_failures(interval, integer),
  nova.set_setting(text, jsonb, text, text, interval), nova.clear_setting(text), nova.revert_due_settings(),
  nova.record_operator_action(text, text, text, text, text, jsonb, text, text, bigint) from public;
