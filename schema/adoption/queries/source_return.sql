-- Puts messages back into a queue of the Node service, under the ids that they had: a second time changes nothing.
do $$
declare
  v constant json := current_setting('nova.adopt_return')::json;
begin
  execute format('delete from pgmq.%I a where a.msg_id in (select (e->>''id'')::bigint from json_array_elements($1) e)',
                 'a_' || (v->>'queue')) using v->'messages';
  execute format('insert into pgmq.%I (msg_id, read_ct, enqueued_at, vt, message) overriding system value '
                 'select (e->>''id'')::bigint, 0, clock_timestamp(), clock_timestamp(), (e->''message'')::jsonb '
                 'from json_array_elements($1) e on conflict do nothing', 'q_' || (v->>'queue')) using v->'messages';
end
$$
