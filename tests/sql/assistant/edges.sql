-- What a small tenant asks costs what it has, not what all have.
set client_min_messages = warning;
select no_plan();
insert into tenants (id, name, slug)
select 'large' || n, 'L', 'large' || n from generate_series(1, 50) n union all select 'small', 'S', 'small';
insert into users (id, tenant_id, email)
select 'l' || n, 'large' || n, 'l@example.org' from generate_series(1, 50) n
union all select 's', 'small', 's@example.org';
insert into conversations (id, tenant_id, user_id, is_archived)
select 'l' || n, 'large' || n % 50 + 1, 'l' || n % 50 + 1, n % 3 = 0 from generate_series(1, 3000) n
union all select 's' || n, 'small', 's', n = 2 from generate_series(1, 3) n;
insert into messages (conversation_id, tenant_id, role, content)
select 'l' || c, 'large' || c % 50 + 1, 'user', repeat('x', 100) from generate_series(1, 3000) c, generate_series(1, 10)
union all select 's1', 'small', 'user', 'hello' from generate_series(1, 20);
analyze conversations, messages;
create function plan_of(p_query text) returns text language plpgsql as $$
declare
  v_line text;
  v_plan text := '';
begin
  for v_line in execute 'explain (costs off) ' || p_query loop
    v_plan := v_plan || v_line || E'\n';
  end loop;
  return v_plan;
end
$$;
grant execute on function plan_of(text) to authenticated;
create table plans (query text, plan text);
grant insert on plans to authenticated;
set role authenticated;
set request.jwt.claims = '{"sub": "s"}';
insert into plans
select q, plan_of(q) from unnest(array['select count(*) from messages',
  'select * from messages order by created_at desc limit 20', 'select * from messages where content ilike ''%hello%''',
  'select * from conversations where is_archived', 'select count(*) from conversations']) q;
reset role;
select alike(plan, '%_tenant_created%', query || ': by the tenant') from plans;
select unalike(plan, '%Seq Scan on messages%', query || ': reads no other tenant''s messages') from plans;
select * from finish();
