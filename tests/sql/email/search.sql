-- Search is filled behind the tables and follows what changes.
set client_min_messages = warning;
select plan(9);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create function pg_temp.store(p_id text, p_body text, p_lo bigint) returns void language sql as $$
  select from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], '{t1}', '{The offer}', '{s}', array[p_body],
    array['[{"email":"bob@example.com","name":"Bob Builder"}]'], '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', array['{}'],
    '{1}', '{f}', '{f}', '{31}', array[p_body::bytea], array['x'::bytea], array[p_lo], array[p_lo + 1], '{backfill}')
$$;
create function pg_temp.found(p_query text) returns text language sql as $$
  select string_agg(nylas_message_id, ',' order by nylas_message_id) from flux_email_search where content @@ websearch_to_tsquery('simple', p_query)
$$;
select pg_temp.store('m1', '<p class="green">A blue house</p>', 10), pg_temp.store('m2', 'A red car', 10) \g /dev/null

select is(pg_temp.found('house'), null, 'storing a message does not make it searchable');
select is(nova.fill_search(1), 2::bigint, 'filling takes a whole transaction');
select is(nova.fill_search(100), 0::bigint, 'once');
select is(pg_temp.found('house'), 'm1', 'the body is found');
select is(pg_temp.found('builder offer'), 'm1,m2', 'people and subjects are');
select is(pg_temp.found('green'), null, 'markup is not');
select pg_temp.store('m1', 'A green boat', 20) \g /dev/null
select nova.tombstone_messages('{00000000-0000-0000-0000-00000000000a}', '{m2}', '{30}', '{40}') \g /dev/null
select is(nova.fill_search(100), 1::bigint, 'what changed is filled again');
select is(pg_temp.found('boat OR house'), 'm1', 'with its new content');
select is(pg_temp.found('car'), null, 'what is deleted is not found');

select * from finish();
