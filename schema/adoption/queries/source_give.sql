-- Writes notifications as the Node service has them: a row with the columns that it is known to have, and a message
-- in its queue. One that is there already is left alone, so a second time changes nothing.
do $$
declare
  v constant json := current_setting('nova.adopt_give')::json;
  v_table constant text := format('%I.%I', v->>'schema', v->>'table');
  v_row json;
  v_there boolean;
  v_given bigint := 0;
begin
  for v_row in select e from json_array_elements(v->'rows') e loop
    execute format('select exists (select from %s t where t.%I::text = $1)', v_table, v->>'key')
      into v_there using v_row->'columns'->>(v->>'key');
    continue when v_there;
    execute format('insert into %1$s (%2$s) select %2$s from json_populate_record(null::%1$s, $1)', v_table,
                   (select string_agg(format('%I', k), ', ') from json_object_keys(v_row->'columns') k))
      using v_row->'columns';
    perform pgmq.send(v->>'queue', (v_row->'message')::jsonb);
    v_given := v_given + 1;
  end loop;
  perform set_config('nova.adopt_given', v_given::text, true);
end
$$
