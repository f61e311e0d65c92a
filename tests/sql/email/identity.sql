-- The same mail under another id: tied to the old one when that answers 404, and only then. Two ids that live are two.
set client_min_messages = warning;
select plan(52);

insert into flux_inboxes (id, email, grant_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1'),
       ('00000000-0000-0000-0000-00000000000b', 'ben@example.com', 'g2');
create function pg_temp.micros() returns bigint language sql volatile as
  'select (extract(epoch from clock_timestamp()) * 1000000)::bigint';
-- Messages that one answer shows, now; Message-ID empty: it has no headers.
create function pg_temp.see(p_ids text[], p_rfc822 text default 'x@example.com', p_date bigint default 1700000000,
                            p_from text default 'bob@example.com', p_inbox text default 'a')
returns text language sql volatile as $$
  with now as materialized (select pg_temp.micros() as lo, cardinality(p_ids) as n)
  select concat_ws(' ', s.inserted, s.replaced, s.confirmed, s.ignored, s.doubtful)
    from now, nova.store_messages(
      array_fill(('00000000-0000-0000-0000-00000000000' || p_inbox)::uuid, array[n]), p_ids,
      array_fill('t1'::text, array[n]), array_fill('offer'::text, array[n]), array_fill('s'::text, array[n]),
      array_fill('b'::text, array[n]), array_fill('[{"email":"' || p_from || '"}]', array[n]),
      array_fill('[]'::text, array[n]), array_fill('[]'::text, array[n]), array_fill('[]'::text, array[n]),
      array_fill('[]'::text, array[n]), array_fill('[]'::text, array[n]), array_fill('["INBOX"]'::text, array[n]),
      array_fill('{}'::text, array[n]), array_fill(p_date, array[n]), array_fill(false, array[n]),
      array_fill(false, array[n]), array_fill(32767::bigint, array[n]), array_fill('\x01'::bytea, array[n]),
      array_fill('\x02'::bytea, array[n]), array_fill(lo, array[n]), array_fill(lo + 1, array[n]),
      array_fill('refetch'::text, array[n]), array_fill(''::text, array[n]),
      case when p_rfc822 <> '' then array_fill(p_rfc822, array[n]) else '{}' end) s
$$;
-- A notification shows one: it has no headers.
create function pg_temp.hear(p_id text) returns text language sql volatile as $$
  select concat_ws(' ', inserted, replaced, confirmed, ignored, doubtful)
    from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], '{t1}', '{offer}', '{s}', '{b}',
           array['[{"email":"bob@example.com"}]'], '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', array['["INBOX"]'], '{"{}"}',
           '{1700000000}', '{f}', '{f}', '{32767}', array['\x01'::bytea], array['\x02'::bytea],
           array[nova.open_below()], array[pg_temp.micros()], '{webhook}', '{""}')
$$;
create function pg_temp.delete(p_id text) returns integer language sql as $$
  select nova.tombstone_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], array[nova.open_below()],
                                 array[pg_temp.micros()])
$$;
-- A read of the message ends with 404; an hour passes between two.
create function pg_temp.miss(p_id text) returns boolean language sql volatile as $$
  update flux_email_messages set refetch_claimed_at = clock_timestamp(),
                                 not_found_at = not_found_at - interval '1 hour' where nylas_message_id = p_id;
  select nova.refetch_not_found(m.inbox_id, m.nylas_message_id, m.not_found) from flux_email_messages m
   where m.nylas_message_id = p_id
$$;
create function pg_temp.bury(p_id text) returns boolean language sql volatile as $$
  select pg_temp.miss(p_id);
  select pg_temp.miss(p_id);
$$;
create function pg_temp.living() returns text language sql as $$
  select string_agg(nylas_message_id, ' ' order by nylas_message_id) from flux_email_messages where deleted_at is null
$$;
-- Those that are to be read within seconds.
create function pg_temp.due() returns text language sql as $$
  select string_agg(nylas_message_id, ' ' order by nylas_message_id) from flux_email_messages
   where refetch_at < now() + interval '10 seconds'
$$;
create function pg_temp.ties() returns text language sql as $$
  select string_agg(former_id || '>' || message_id, ' ' order by former_id) from nova.message_former_ids
$$;
create function pg_temp.row_of(p_id text) returns uuid language sql as
  'select id from flux_email_messages where nylas_message_id = p_id';
create function pg_temp.clear() returns void language sql as
  'delete from nova.message_former_ids; delete from flux_email_messages; delete from flux_email_threads';
create function pg_temp.why(p_id text) returns text language sql as $$
  select string_agg(kind || ' ' || coalesce(facts->>'was' || '>' || (facts->>'now'), ''), ', ' order by ord)
    from nova.why_message(null, p_id) with ordinality w (i, step, at, kind, state, facts, ord)
   where kind like 'gone/%' or kind like 'renamed/%'
$$;

-- Moved, and nobody says so.
select is(pg_temp.see('{a}'), '1 0 0 0 0', 'a message');
select pg_temp.row_of('a') as first \gset
select is(pg_temp.due(), null, 'which nobody has to read');
select is(pg_temp.see('{b}'), '1 0 0 0 0', 'an id that comes with its Message-ID, date and sender');
select is(pg_temp.due(), 'a', 'the one that was there before is read');
select is(pg_temp.miss('a'), false, 'a 404');
select is(pg_temp.living(), 'a b', 'is none yet');
select is(pg_temp.ties(), null, 'and ties nothing');
select is(pg_temp.miss('a'), true, 'the second');
select is(pg_temp.ties(), 'a>b', 'ties the old id to the new one');
select is(pg_temp.living(), 'b', 'of which one row is left');
select is(pg_temp.row_of('b'), :'first', 'that goes on as the row that was there');
select is((select message_count from flux_email_threads where nylas_thread_id = 't1'), 1, 'its thread counts it once');
select is(pg_temp.why('a'), 'gone/not_found , renamed/now a>b', 'the old id says what it is now');
select is(pg_temp.why('b'), 'renamed/was a>b', 'the new one what it was');
select is(pg_temp.hear('a'), '0 0 0 0 1', 'what comes late for the old id');
select is(pg_temp.living(), 'b', 'revives nothing');
select is(pg_temp.miss('a') and pg_temp.row_of('b') = :'first', true, 'and another 404 of it changes nothing');
-- Moved again.
select pg_temp.see('{c}'), pg_temp.bury('b') \g /dev/null
select is(pg_temp.ties(), 'a>c b>c', 'a chain has all its former ids');
select is(pg_temp.row_of('c'), :'first', 'and is one row');
-- It was an outage: both answer again.
select is(pg_temp.see('{b}'), '0 1 0 0 0', 'a former id that answers again');
select is(pg_temp.living() || ': ' || coalesce(pg_temp.why('b'), 'living'), 'b c: living', 'is a message beside it');
select pg_temp.see('{d}'), pg_temp.bury('b') \g /dev/null
select is(pg_temp.ties(), 'a>c b>d', 'and may be moved again');

-- Moved twice before anybody asks, and asked in each order.
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}') \g /dev/null
select pg_temp.row_of('a') as first \gset
select pg_temp.see('{b}'), pg_temp.see('{c}'), pg_temp.bury('a') \g /dev/null
select is(pg_temp.ties(), null, 'while two that came since live nobody knows which it is');
select pg_temp.bury('b') \g /dev/null
select is(pg_temp.ties(), 'a>c b>c', 'once one of them is gone they are one after the other');
select is(pg_temp.row_of('c'), :'first', 'and go on as the first');
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}') \g /dev/null
select pg_temp.row_of('a') as first \gset
select pg_temp.see('{b}'), pg_temp.see('{c}'), pg_temp.bury('b') \g /dev/null
select is(pg_temp.ties(), 'b>c', 'the later one first');
select pg_temp.bury('a') \g /dev/null
select is(pg_temp.ties() || ' ' || (pg_temp.row_of('c') = :'first'), 'a>c b>c true', 'it is the row of the first');

-- Told as deleted and created, in both orders.
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}'), pg_temp.delete('a'), pg_temp.hear('b') \g /dev/null
select is(pg_temp.miss('a'), true, 'one 404 settles what was told');
select is(pg_temp.ties(), null, 'of the new id no headers are known yet');
select is(pg_temp.see('{b}'), '0 0 1 0 0', 'until it is read');
select is(pg_temp.due(), 'a', 'then the tombstone is asked for once more');
select is(pg_temp.miss('a')::text || ' ' || pg_temp.ties(), 'true a>b', 'and tied');
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}'), pg_temp.see('{b}'), pg_temp.delete('a'), pg_temp.miss('a') \g /dev/null
select is(pg_temp.ties(), 'a>b', 'told after the new one came');
select pg_temp.see('{b}', '') \g /dev/null
select is((select rfc822_message_id from flux_email_messages where nylas_message_id = 'b'), 'x@example.com',
          'an answer without headers erases none');

-- Two that live: the copy in Sent and the one that came back, a list, a note to oneself.
select pg_temp.clear() \g /dev/null
select pg_temp.see('{s,i}') \g /dev/null
select is(pg_temp.due(), null, 'two that one answer shows need no look');
select pg_temp.bury('i') \g /dev/null
select is(pg_temp.living() || coalesce(pg_temp.ties(), ''), 's', 'and when one is deleted the other is not it');
select pg_temp.clear() \g /dev/null
select pg_temp.see('{s}'), pg_temp.see('{i}') \g /dev/null
select is(pg_temp.due(), 's', 'of two that came one after the other the first is read');
select is(pg_temp.see('{s}'), '0 0 1 0 0', 'it is there');
select is(pg_temp.due() is null and pg_temp.living() = 'i s', true, 'so they are two');
select pg_temp.see('{s,i}') \g /dev/null
select is(pg_temp.due(), null, 'and nobody looks again when they are seen again');
select pg_temp.bury('s') \g /dev/null
select is(pg_temp.living() || coalesce(pg_temp.ties(), ''), 'i', 'one that is deleted later is not the other');
select pg_temp.see('{s}') \g /dev/null
select pg_temp.see('{i2}'), pg_temp.bury('i') \g /dev/null
select is(pg_temp.living() || ' ' || pg_temp.ties(), 'i2 s i>i2', 'one of them that is moved is what came since');
select pg_temp.clear() \g /dev/null
select pg_temp.see('{s,i}'), pg_temp.see('{n}'), pg_temp.bury('s'), pg_temp.bury('i') \g /dev/null
select is(pg_temp.living() || ' ' || pg_temp.ties(), 'n s>n', 'of two that lived together one alone became a third');
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}'), pg_temp.see('{b,c}'), pg_temp.bury('a') \g /dev/null
select is(pg_temp.living() || coalesce(pg_temp.ties(), ''), 'b c', 'of two that came since neither is taken for it');

-- A Message-ID alone says nothing: anybody can write one.
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}'), pg_temp.see('{later}', p_date => 1700000001), pg_temp.see('{forged}', p_from => 'eve@x.com'),
       pg_temp.see('{other}', 'y@example.com'), pg_temp.see('{theirs}', p_inbox => 'b'),
       pg_temp.see('{undated}', p_date => null) \g /dev/null
select is(pg_temp.due(), null, 'another date, another sender, another inbox, no date: nobody is asked');
select pg_temp.bury('a') \g /dev/null
select is(pg_temp.ties(), null, 'and none is tied');
select pg_temp.see('{u2}', p_date => null), pg_temp.bury('undated') \g /dev/null
select is(pg_temp.ties(), null, 'nor are two without a date');
select is(pg_temp.see('{A}', p_from => 'BOB@example.com') || ' ' || pg_temp.due(), '1 0 0 0 0 a',
          'the case of an address is of no account');

-- A flood under one Message-ID.
select pg_temp.clear() \g /dev/null
select pg_temp.see(array[n::text]) from generate_series(1, 9) n \g /dev/null
update flux_email_messages set refetch_at = null;
select pg_temp.see('{last}') \g /dev/null
select is(pg_temp.due(), '1 2 3', 'costs three reads a message');

-- Without headers, as Gmail is asked.
select pg_temp.clear() \g /dev/null
select pg_temp.see('{a}', ''), pg_temp.see('{b}', ''), pg_temp.bury('a') \g /dev/null
select is(pg_temp.living() || coalesce(pg_temp.ties(), ''), 'b', 'nothing is tied');

select is((select count(*) from pg_indexes where indexname = 'flux_email_messages_rfc822'
             and indexdef like '%USING hash (rfc822_message_id) WHERE (rfc822_message_id IS NOT NULL)'), 1::bigint,
          'the index has only those with a Message-ID');
select ok(has_table_privilege('service_role', 'nova.message_former_ids', 'select')
          and not has_table_privilege('anon', 'nova.message_former_ids', 'select')
          and (select relrowsecurity from pg_class where oid = 'nova.message_former_ids'::regclass), 'who reads them');
select * from finish();
