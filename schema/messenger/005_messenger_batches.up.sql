-- Batches: messages that belong together, with a message that is sent once when all of them have
-- ended. And what a transport may say of itself.
select nova.expect_names('messenger_batch()', 'messenger_batch_close()');

create table if not exists nova.messenger_batches (
  id uuid primary key default gen_random_uuid(),
  total integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  closed boolean not null default false,
  callback jsonb,
  callback_id bigint,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
comment on table nova.messenger_batches is
  'Counts of messages that were sent with one batch_id. A batch is finished when it is closed and every '
  'message of it has ended.';
comment on column nova.messenger_batches.callback is
  'What messenger_send gets when the batch is finished, with the counts in its headers; null: nothing.';

create or replace function public.messenger_batch(p_callback jsonb default null) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_id uuid;
begin
  if p_callback is not null then
    perform nova.messenger_check_messages(array[p_callback]);
    perform nova.messenger_expect_open(array[coalesce(p_callback ->> 'transport', 'default')]);
  end if;
  insert into nova.messenger_batches (callback) values (p_callback) returning id into v_id;
  return v_id;
end
$$;
comment on function public.messenger_batch(jsonb) is
  'Begins a batch: send with its id as batch_id, then close it. The callback is a message as messenger_send takes it.';

create or replace function nova.messenger_finish_batches(p_ids uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_batch nova.messenger_batches;
begin
  for v_batch in
    update nova.messenger_batches b set finished_at = clock_timestamp()
     where b.id = any (p_ids) and b.closed and b.finished_at is null and b.completed + b.failed >= b.total
    returning b.*
  loop
    if v_batch.callback is not null then
      update nova.messenger_batches b set callback_id = s.id
        from public.messenger_send(array[v_batch.callback || jsonb_build_object(
               'headers', coalesce(v_batch.callback -> 'headers', '{}')
                          || jsonb_build_object('batch_id', v_batch.id, 'completed', v_batch.completed,
                                                'failed', v_batch.failed))]) s
       where b.id = v_batch.id;
    end if;
  end loop;
end
$$;
comment on function nova.messenger_finish_batches(uuid[]) is
  'Sends the callbacks of batches that are finished now: once, because the row of the batch is locked and '
  'marked in the same transaction.';

create or replace function public.messenger_batch_close(p_id uuid)
returns table (total integer, completed integer, failed integer, finished boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  update nova.messenger_batches b set closed = true where b.id = p_id;
  if not found then
    raise exception 'there is no batch %', p_id using errcode = 'NM004', hint = 'messenger_batch() begins one.';
  end if;
  perform nova.messenger_finish_batches(array[p_id]);
  return query
    select b.total, b.completed, b.failed, b.finished_at is not null from nova.messenger_batches b where b.id = p_id;
end
$$;
comment on function public.messenger_batch_close(uuid) is
  'Nothing more joins the batch; its callback is sent when all have ended, perhaps now. NM004: unknown.';

create or replace function nova.messenger_count_batches(p_batches uuid[], p_failed boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- In id order, so that two workers with messages of the same batches cannot wait for each other.
  perform from nova.messenger_batches b where b.id = any (p_batches) order by b.id for no key update;
  update nova.messenger_batches b
     set completed = b.completed + case when p_failed then 0 else e.messages end,
         failed = b.failed + case when p_failed then e.messages else 0 end
    from (select u.id, count(*)::integer as messages from unnest(p_batches) u (id) group by u.id) e
   where b.id = e.id;
  perform nova.messenger_finish_batches(p_batches);
end
$$;
comment on function nova.messenger_count_batches(uuid[], boolean) is
  'Counts ended messages in their batches (an id for each message) and finishes those that are complete.';

create or replace function nova.messenger_join_batches() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_bad uuid;
  v_far text;
begin
  if not exists (select from sent s where s.batch_id is not null) then
    return null;
  end if;
  select t.name into v_far from sent s join public.messenger_transports t on t.name = s.transport
   where s.batch_id is not null and t.type in ('redis', 'rabbitmq', 'sqs') limit 1;
  if found then
    raise exception 'a message of a batch cannot go by transport "%": when it ends is not known here', v_far
      using errcode = 'NM004', hint = 'Batches are of transports of type supabase.';
  end if;
  perform from nova.messenger_batches b where b.id in (select s.batch_id from sent s) order by b.id for no key update;
  select s.batch_id into v_bad from sent s left join nova.messenger_batches b on b.id = s.batch_id
   where s.batch_id is not null and (b.id is null or b.closed) limit 1;
  if found then
    raise exception 'batch % is unknown or closed', v_bad
      using errcode = 'NM004', hint = 'messenger_batch() begins one; messages join it before messenger_batch_close().';
  end if;
  update nova.messenger_batches b set total = b.total + j.messages
    from (select s.batch_id, count(*)::integer as messages from sent s
           where s.batch_id is not null group by s.batch_id) j
   where b.id = j.batch_id;
  return null;
end
$$;
comment on function nova.messenger_join_batches() is
  'Counts new messages in their batches; refuses a batch that is unknown or closed (NM004).';

create or replace trigger messenger_join_batches after insert on public.messenger_messages
  referencing new table as sent for each statement execute function nova.messenger_join_batches();

create or replace function nova.messenger_leave_batch() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('nova.messenger_ends', true) = 'yes' then
    return null; -- messenger_complete and messenger_bury count what they take
  end if;
  update nova.messenger_batches b set total = b.total - 1 where b.id = old.batch_id;
  perform nova.messenger_finish_batches(array[old.batch_id]);
  return null;
end
$$;
comment on function nova.messenger_leave_batch() is
  'A message that is deleted by hand does not belong to its batch any more.';
create or replace trigger messenger_leave_batch after delete on public.messenger_messages for each row
  when (old.batch_id is not null and old.status <> 'completed') execute function nova.messenger_leave_batch();

create or replace function nova.messenger_check_transport() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_accepted text[] := case new.type
    when 'redis' then array['url', 'stream', 'group', 'user', 'secret_name', 'lease_s']
    when 'rabbitmq' then array['url', 'vhost', 'queue', 'user', 'secret_name']
    when 'sqs' then array['region', 'queue_url', 'access_key_id', 'secret_name', 'lease_s'] else '{}' end;
  v_needed text := case new.type when 'redis' then 'url' when 'rabbitmq' then 'url' when 'sqs' then 'queue_url' end;
  v_scheme text := case new.type
                     when 'redis' then '^redis://'
                     when 'rabbitmq' then '^amqp://'
                     -- Without TLS only on this machine.
                     when 'sqs' then '^https://|^http://(127[.]0[.]0[.]1|localhost|[[]::1[]])[:/]' end;
  v_reason text;
begin
  select case
    when jsonb_typeof(new.config) <> 'object' then 'config is no object'
    when exists (select from jsonb_each(new.config) c where c.key <> all (v_accepted)) then
      format('config has the key "%s"',
             (select c.key from jsonb_each(new.config) c where c.key <> all (v_accepted) limit 1))
    when exists (select from jsonb_each(new.config) c where jsonb_typeof(c.value) <> 'string')
         then 'a value in config is no string'
    when v_needed is not null and not new.config ? v_needed then format('config has no %s', v_needed)
    when new.config ->> v_needed !~ v_scheme
         then format('%s does not begin with %s', v_needed, substring(v_scheme from '[a-z]+://'))
    when new.config ->> v_needed ~ '://[^/]*@'
         then format('%s names a user or password: user and secret_name say them', v_needed)
    when new.config ->> 'secret_name' !~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$'
         then 'secret_name is not the name of a secret: 1 to 64 of A-Z a-z 0-9 _ . -'
    when new.config ->> 'lease_s' !~ '^[0-9]{1,5}$' or (new.config ->> 'lease_s')::integer not between 1 and 43200
         then format('lease_s "%s" is not a number of seconds from 1 to 43200', new.config ->> 'lease_s')
    when exists (select from jsonb_each_text(new.config) c where c.value = '' or length(c.value) > 1000)
         then 'a value in config has not 1 to 1,000 characters'
    when new.type = 'sqs' and coalesce(new.config ->> 'region', '') !~ '^[a-z]{2}[a-z0-9-]{3,30}$'
         then format('region "%s" is none, such as eu-central-1', new.config ->> 'region')
    when new.type = 'sqs' and new.config ->> 'queue_url' ~ '[.]fifo$' then 'queue_url is of a FIFO queue, which is not '
         'worked with: its messages cannot wait for their time one by one'
    when new.type in ('redis', 'rabbitmq', 'sqs') and (new.max_running is not null or new.queue_limits <> '{}')
         then 'max_running and queue_limits are of this database; handlers have --limit for all transports'
    when jsonb_typeof(new.queue_limits) <> 'object' then 'queue_limits is no object'
    when exists (select from jsonb_each(new.queue_limits) q where q.key = '' or q.value::text !~ '^[1-9][0-9]{0,8}$')
         then 'a queue limit is not a whole number above zero'
    when jsonb_typeof(new.retry_by_type) <> 'object' then 'retry_by_type is no object' end
    into v_reason;
  if v_reason is null then
    select format('retry_by_type "%s" is not an object with numbers from zero up for any of max_attempts (from 1), '
                  'delay_ms, multiplier (from 1), delay_max_ms, jitter (to 1)', t.key)
      into v_reason from jsonb_each(new.retry_by_type) t
     where jsonb_typeof(t.value) <> 'object' or exists (
       select from jsonb_each(case when jsonb_typeof(t.value) = 'object' then t.value else '{}' end) r
        where r.key not in ('max_attempts', 'delay_ms', 'multiplier', 'delay_max_ms', 'jitter')
           or jsonb_typeof(r.value) <> 'number'
           or not case r.key
                    when 'max_attempts' then r.value::text ~ '^[1-9][0-9]{0,8}$'
                    when 'multiplier' then r.value::text::numeric between 1 and 1000
                    when 'jitter' then r.value::text::numeric between 0 and 1
                    else r.value::text::numeric between 0 and 31536000000 end) limit 1;
  end if;
  if v_reason is not null then
    raise exception 'transport "%" of type %: %', new.name, new.type, v_reason using errcode = 'NM003',
      hint = format('config of %s takes %s; a secret stays outside the database, secret_name says which it is.',
                    new.type, coalesce(nullif(array_to_string(v_accepted, ', '), ''), 'nothing'));
  end if;
  return new;
end
$$;
comment on function nova.messenger_check_transport() is
  'Refuses a config that its type does not have, and secrets in it (NM003).';
create or replace trigger messenger_check_transport before insert or update on public.messenger_transports
  for each row execute function nova.messenger_check_transport();

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_check_transport()',
      'public.messenger_batch(jsonb)',
      'public.messenger_batch_close(uuid)',
      'nova.messenger_finish_batches(uuid[])',
      'nova.messenger_count_batches(uuid[], boolean)',
      'nova.messenger_join_batches()',
      'nova.messenger_leave_batch()']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
    if to_regrole('service_role') is not null and v_function::text ~ '^(public[.])?messenger_' then
      execute format('grant execute on function %s to service_role', v_function);
    end if;
  end loop;
end
$$;
select nova.mark_names();
