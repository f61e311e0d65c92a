-- What a small tenant asks costs what it has, not what all have; who stays in a tenant; whose day it is.
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

-- A user who has written something stays with it
insert into tenants (id, name, slug) values ('a', 'A', 'a'), ('b', 'B', 'b');
insert into users (id, tenant_id, email) values ('writes', 'a', 'w@example.org'), ('new', 'a', 'n@example.org');
insert into conversations (tenant_id, user_id) values ('a', 'writes'), ('a', 'writes');
select throws_ok($$update users set tenant_id = 'b' where id = 'writes'$$, '23503',
                 'user "writes" has 2 rows of conversations in tenant "a", which stay there: the user cannot go to '
                 'tenant "b"', 'conversations do not go along to another tenant');
select lives_ok($$update users set tenant_id = 'b' where id = 'new'$$, 'who has written nothing may go');
select lives_ok($$update users set name = 'W', tenant_id = 'a' where id = 'writes'$$, 'and be renamed');
delete from conversations where user_id = 'writes';
insert into usage_metrics (tenant_id, user_id, total_tokens) values ('a', 'writes', 7);
select throws_like($$update users set tenant_id = 'b' where id = 'writes'$$, '%has 1 rows of usage_metrics%',
                   'usage stays too');
select throws_like($$insert into users (tenant_id, email) values ('a', repeat('x', 321))$$, '%users_email_length%',
                   'an address has at most 320 characters, and the refusal says which rule');

-- A day is one of UTC, whoever asks from wherever
set timezone = 'Pacific/Kiritimati'; -- 14 hours ahead
select is((select total_tokens from current_day_usage where user_id = 'writes'), 7::bigint, 'today in the east');
set timezone = 'Pacific/Pago_Pago'; -- 11 behind
select is((select total_tokens from current_day_usage where user_id = 'writes'), 7::bigint, 'and in the west');
insert into usage_metrics (tenant_id, user_id, total_tokens) values ('b', 'new', 8);
select is((select date from usage_metrics where user_id = 'new'), (now() at time zone 'UTC')::date,
          'a row without a day is of that day');
select * from finish();
