-- Search is filled behind the tables and follows what changes.
set client_min_messages = warning;
select plan(29);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create function pg_temp.store(p_id text, p_body text, p_lo bigint) returns void language sql as $$
  select
    from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], '{t1}', '{The offer}', '{s}',
                             array[p_body], array['[{"email":"bob@example.com","name":"Bob Builder"}]'], '{[]}', '{[]}',
                             '{[]}', '{[]}', '{[]}', '{[]}', array['{}'], '{1}', '{f}', '{f}', '{32767}',
                             array[p_body::bytea], array['x'::bytea], array[p_lo], array[p_lo + 1], '{backfill}',
                             '{""}')
$$;
create function pg_temp.found(p_query text) returns text language sql as $$
  select string_agg(nylas_message_id, ',' order by nylas_message_id) from flux_email_search
   where content @@ websearch_to_tsquery('simple', p_query)
$$;
select pg_temp.store('m1', '<p class="green">A blue house</p>', 10), pg_temp.store('m2', 'A red car', 10) \g /dev/null

select is(pg_temp.found('house'), null, 'storing a message does not make it searchable');
select is(nova.fill_search(1), 1::bigint, 'filling goes by messages, also within a transaction');
select is(nova.fill_search(100), 1::bigint, 'and goes on where it was');
select is(nova.fill_search(100), 0::bigint, 'once');
select is(pg_temp.found('house'), 'm1', 'the body is found');
select is(pg_temp.found('builder offer'), 'm1,m2', 'people and subjects are');
select is(pg_temp.found('green'), null, 'markup is not');
select pg_temp.store('m1', 'A green boat', 20) \g /dev/null
select nova.tombstone_messages('{00000000-0000-0000-0000-00000000000a}', '{m2}', '{30}', '{40}') \g /dev/null
select is(nova.fill_search(100), 2::bigint, 'what changed is filled again');
select is(pg_temp.found('boat OR house'), 'm1', 'with its new content');
select is(pg_temp.found('car'), null, 'what is deleted is not found');

-- Anybody can send what does not fit: it is found by its beginning, and the others are.
create function pg_temp.words(p_count integer, p_prefix text default 'w') returns text language sql as $$
  select string_agg(p_prefix || to_char(n, 'FM0000000'), ' ') from generate_series(1, p_count) n
$$;
select pg_temp.store(id, body, 50)
  from (values ('big', 'A tiny note'),
               ('chars',
                (select string_agg(chr(66000 + n) || '-' || chr(70000 + n), ' ') from generate_series(1, 30000) n)),
               ('small', 'A quiet harbour')) m (id, body) \g /dev/null
update flux_email_messages set subject = 'Enormous ' || pg_temp.words(220000),
       to_addresses = (select jsonb_agg(jsonb_build_object('name', 'First' || n, 'email',
                                                           format('person%s@department%s.example.com', n, n % 997)))
                         from generate_series(1, 20000) n)
 where nylas_message_id = 'big';
select is(nova.fill_search(100), 3::bigint, 'a message that is too much is filled with the others');
select is(pg_temp.found('harbour'), 'small', 'the others are found');
select is(pg_temp.found('enormous'), 'big', 'that one by the beginning of its subject');
select is(pg_temp.found('first1'), 'big', 'by its first recipients');
select is(pg_temp.found(chr(66001)), 'chars', 'one of which even the usual beginning is too much, by less of it');
select is(nova.fill_search(100), 0::bigint, 'and nothing is left');


-- Nor does it take minutes to look at what somebody made for that.
select pg_temp.store('twice',
                     '<style>a{}</style>visible<style>b{}</style><script>hidden</script> seen <style>open for ever',
                     60) \g /dev/null
select pg_temp.store(n, b, 60)
  from (values ('t1', repeat('<style>', 15000)), ('t2', repeat('<script>a', 11000)), ('t3', repeat('a_', 50000)),
               ('t4', repeat('<!--', 25000)),
               ('t5', repeat('http://a_', 11000)), ('t6', repeat('a@_.', 25000))) m (n, b) \g /dev/null
set statement_timeout = '20s';
select is(nova.fill_search(100), 7::bigint, 'text that parsers go over again and again is filled in bounded time');
reset statement_timeout;
select is(pg_temp.found('visible seen'), 'twice', 'what stands between two styles is found');
select is(pg_temp.found('hidden or ever'), null, 'what is in them is not');

-- However many one transaction wrote, a call does its part of them and keeps it.
delete from flux_email_messages where nylas_message_id in ('big', 'chars');
select count(pg_temp.store('many' || to_char(n, 'FM000'), 'A windmill ' || n, 70))
  from generate_series(1, 120) n \g /dev/null
select is(nova.fill_search(10), 10::bigint, 'of a transaction with very many messages some');
select pg_temp.store('meanwhile', 'A lighthouse', 80) \g /dev/null
select is(nova.fill_search(10), 10::bigint, 'then more');
select is(pg_temp.found('lighthouse'), 'meanwhile', 'what is written meanwhile does not wait for them');
create function pg_temp.fill_all() returns integer language plpgsql as $$
declare
  v_calls integer := 0;
begin
  while nova.fill_search(10) > 0 loop
    v_calls := v_calls + 1;
  end loop;
  return v_calls;
end $$;
select ok(pg_temp.fill_all() between 10 and 20, 'call by call');
select is((select count(*) from flux_email_search where content @@ 'windmill'), 120::bigint, 'all are found');
select is((select pass_from from nova.email_search_progress), null, 'and the pass over all is over');

-- A restore into a server that has counted fewer transactions.
delete from flux_email_search;
update flux_email_messages set changed_in = (changed_in::text::bigint + 1000000000)::text::xid8;
update nova.email_search_progress set filled_up_to = (select max(changed_in) from flux_email_messages);
select pg_temp.store('after', 'A viaduct', 90) \g /dev/null
select ok(pg_temp.fill_all() > 10, 'a restored database is gone through');
select is((select count(*) from flux_email_search), (select count(*) from flux_email_messages where deleted_at is null),
          'everything can be searched');
select pg_temp.store('m1', 'An aqueduct', 100) \g /dev/null
select is(nova.fill_search(100), 1::bigint, 'what changes from then on is filled as ever');
select is(pg_temp.found('aqueduct'), 'm1', 'and found');
select * from finish();
