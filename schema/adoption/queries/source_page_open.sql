-- Opens the cursor nova_page over a table of the Node service. Its names and the type of its key are not known before,
-- so the statement is made here, of what nova.adopt_page says: what (digests, rows or count), schema, table, key; after
-- (null: from the first), limit and show (columns) of digests; keys of rows; newest, a column or null, of count.
do $$
declare
  v constant jsonb := current_setting('nova.adopt_page')::jsonb;
  v_table constant text := format('%I.%I', v->>'schema', v->>'table');
  v_type text;
  v_page refcursor := 'nova_page';
begin
  -- Of a look before it in the same transaction.
  if exists (select from pg_catalog.pg_cursors c where c.name = 'nova_page') then
    close v_page;
  end if;
  select format_type(a.atttypid, null) into strict v_type
    from pg_catalog.pg_attribute a
   where a.attrelid = v_table::regclass and a.attname = v->>'key' and not a.attisdropped;
  if v->>'what' = 'digests' then
    open v_page for execute format(
      'select t.%2$I::text, md5(to_json(t)::text), octet_length(to_json(t)::text)::bigint, '
      'json_build_object(%4$s)::text from %1$s t '
      'where $1::text is null or t.%2$I > $1::text::%3$s order by t.%2$I limit $2', v_table, v->>'key', v_type,
      (select string_agg(format('%L, t.%I', k, k), ', ') from jsonb_array_elements_text(v->'show') k))
      using v->>'after', (v->>'limit')::bigint;
  elsif v->>'what' = 'rows' then
    open v_page for execute format(
      'select t.%2$I::text, md5(to_json(t)::text), octet_length(to_json(t)::text)::bigint, to_json(t)::text '
      'from %1$s t where t.%2$I = any ($1::text[]::%3$s[]) order by t.%2$I', v_table, v->>'key', v_type)
      using array(select jsonb_array_elements_text(v->'keys'));
  else
    open v_page for execute format(
      'select %3$s, '''', count(t.%2$I), (count(*) - count(t.%2$I))::text from %1$s t', v_table, v->>'key',
      case when v->>'newest' is null then '''''' else format('coalesce(max(t.%I)::text, '''')', v->>'newest') end);
  end if;
end
$$
