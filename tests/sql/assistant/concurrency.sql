-- Twelve sessions at once: counters are exact, batches that share conversations do not deadlock,
-- one rating a user and message.
set client_min_messages = warning;
select plan(10);
\set sessions 12
insert into tenants (id, name, slug) values ('00000000-0000-0000-0000-00000000000a', 'a', 'a');
insert into users (id, tenant_id, email)
select '00000000-0000-0000-0000-0000000000a' || i, '00000000-0000-0000-0000-00000000000a', i || '@example.com'
  from generate_series(1, 3) i;
insert into conversations (id, tenant_id, user_id, updated_at)
select 'c' || i, '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000a1', '2020-01-01'
  from generate_series(1, 20) i;
select dblink_connect('s' || i, current_setting('nova_test.connection'))
  from generate_series(1, :sessions) i \g /dev/null

create function pg_temp.everywhere(p_statement text) returns setof text language plpgsql as $$
declare
  v_name text;
  v_error text;
begin
  foreach v_name in array tap.dblink_get_connections() loop
    perform tap.dblink_send_query(v_name, replace(p_statement, '%s', substr(v_name, 2)));
  end loop;
  foreach v_name in array tap.dblink_get_connections() loop
    perform * from tap.dblink_get_result(v_name, false) r (x text);
    v_error := tap.dblink_error_message(v_name);
    perform * from tap.dblink_get_result(v_name, false) r (x text);
    if v_error <> 'OK' then
      return next v_error;
    end if;
  end loop;
end
$$;

-- Every session counts for three users; the first one to touch a day inserts it, all at the same moment.
select is_empty($q$select pg_temp.everywhere($$do $x$
  begin
    for i in 1..100 loop
      perform increment_usage_metrics('00000000-0000-0000-0000-00000000000a',
                                      ('00000000-0000-0000-0000-0000000000a' || 1 + i % 3)::uuid,
                                      '2026-01-01'::date + i / 25, 1, %s, 0.000001);
      commit;
    end loop;
  end $x$ $$)$q$, 'twelve sessions count, a transaction each');
select results_eq('select sum(total_messages), sum(total_tokens), sum(estimated_cost) from usage_metrics',
                  'values (1200::numeric, 100 * 78::numeric, 0.001200)', 'the sums are exact');
select is((select count(*) from usage_metrics),
          (select count(distinct (1 + i % 3, i / 25)) from generate_series(1, 100) i), 'one row a user and day');
select is_empty($$select u.user_id, u.date from usage_metrics u
                    join (select '00000000-0000-0000-0000-0000000000a' || 1 + i % 3 as user_id,
                                 '2026-01-01'::date + i / 25 as date, count(*) * 12 as n
                            from generate_series(1, 100) i group by 1, 2) e
                   using (user_id, date) where u.total_messages <> e.n$$, 'and each day''s count is exact');

-- Batches over the same conversations, each in another order.
select is_empty($q$select pg_temp.everywhere($$do $x$
  begin
    for i in 1..20 loop
      insert into messages (conversation_id, role, content)
      select 'c' || n, 'user', '%s' from generate_series(1, 20) n order by md5(n || '%s' || i);
      commit;
    end loop;
  end $x$ $$)$q$, 'batches that share conversations do not deadlock');
select is((select count(*) from messages), 12 * 20 * 20::bigint, 'all messages are there');
select is((select count(*) from messages where tenant_id <> '00000000-0000-0000-0000-00000000000a'), 0::bigint,
          'with the tenant of their conversations');
select is((select count(*) from conversations where updated_at < now() - interval '1 hour'), 0::bigint,
          'and all conversations are the latest');

-- One rating a user and message.
insert into messages (id, conversation_id, role, content) values ('m', 'c1', 'assistant', 'answer');
select is_empty($q$select pg_temp.everywhere($$
  insert into feedback (message_id, user_id, rating)
  values ('m', '00000000-0000-0000-0000-0000000000a1', case when %s % 2 = 0 then 1 else -1 end)
      on conflict (message_id, user_id) do update set rating = excluded.rating$$)$q$,
                'twelve ratings by one user of one message');
select is((select count(*) from feedback), 1::bigint, 'are one');
select * from finish();
