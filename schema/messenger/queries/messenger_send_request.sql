-- Sends messages in the caller's transaction. $1 a JSON array as text, of {type, body, transport, queue, delay_ms,
-- priority, key, tenant, headers}; $2 text the key of those that have none, or NULL.
-- Returns, in their order: id bigint, created boolean (false: its key was taken, id is the first one's)
select s.id, s.created
  from public.messenger_send(array(
    select (m.message - '{key,tenant,delay_ms}'::text[])
           || jsonb_strip_nulls(jsonb_build_object(
                'idempotency_key', coalesce(m.message ->> 'key', $2),
                'tenant_id', m.message ->> 'tenant',
                'delay', (m.message ->> 'delay_ms') || ' milliseconds'))
      from jsonb_array_elements($1::jsonb) with ordinality m (message, n) order by m.n)) s
 order by s.ordinal
