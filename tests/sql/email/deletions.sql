-- One look is not enough to bury mail: what 404s made a tombstone is looked at again, and so is what was told as
-- deleted.
set client_min_messages = warning;
select plan(22);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create function pg_temp.micros() returns bigint language sql volatile as
  'select (extract(epoch from clock_timestamp()) * 1000000)::bigint';
-- A fetch shows the message, now.
create function pg_temp.see(p_id text) returns text language sql as $$
  select concat_ws(' ', inserted, replaced, confirmed, ignored, doubtful)
    from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], '{t1}', '{s}', '{s}', '{b}',
           '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{[]}', '{"{}"}', '{1700000000}', '{f}', '{f}', '{32767}',
           array['\x01'::bytea], array['\x02'::bytea], array[pg_temp.micros()], array[pg_temp.micros() + 1],
           '{refetch}', '{""}')
$$;
-- A fetch of the message ends with 404.
create function pg_temp.miss(p_id text) returns boolean language sql as $$
  select nova.refetch_not_found(m.inbox_id, m.nylas_message_id, m.not_found) from flux_email_messages m
   where m.nylas_message_id = p_id
$$;
create function pg_temp.delete(p_id text) returns integer language sql as $$
  select nova.tombstone_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], array[nova.open_below()],
                                 array[pg_temp.micros()])
$$;
create function pg_temp.pass(p_id text, p_time interval) returns void language sql as $$
  update flux_email_messages set not_found_at = not_found_at - p_time, refetch_at = refetch_at - p_time,
                                 refetch_claimed_at = now() where nylas_message_id = p_id
$$;
-- Alive or not, and in how many whole minutes it is looked at again.
create function pg_temp.state_of(p_id text) returns text language sql as $$
  select case when deleted_at is null then 'alive' else 'gone' end
         || coalesce(' ' || round(extract(epoch from refetch_at - now()) / 60), '')
    from flux_email_messages where nylas_message_id = p_id
$$;
create function pg_temp.bury(p_id text) returns boolean language sql volatile as $$
  select pg_temp.miss(p_id);
  select pg_temp.pass(p_id, '1 hour');
  select pg_temp.miss(p_id);
$$;

select pg_temp.see('m1') \g /dev/null
select is(pg_temp.miss('m1'), false, 'a 404 of what is stored, whoever had it,');
select is(pg_temp.state_of('m1'), 'alive 60', 'waits for a second');
select pg_temp.pass('m1', '59 minutes') \g /dev/null
select is(pg_temp.miss('m1'), false, 'an hour later:');
select pg_temp.pass('m1', '1 minute') \g /dev/null
select is(pg_temp.miss('m1'), true, 'which makes a tombstone');
select is(pg_temp.state_of('m1'), 'gone 60', 'that is looked at again after an hour');
select pg_temp.pass('m1', '1 hour') \g /dev/null
select is(pg_temp.see('m1'), '0 1 0 0 0', 'when it answers then');
select is(pg_temp.state_of('m1'), 'alive', 'it lives');
select is((select message_count from flux_email_threads), 1, 'in its thread too');
select is(pg_temp.bury('m1'), true, 'the rule begins anew');

select pg_temp.pass('m1', '5 minutes') \g /dev/null
select is(pg_temp.miss('m1'), true, 'a look that came early, of a doubt,');
select is(pg_temp.state_of('m1'), 'gone 55', 'does not stand for the one after an hour');
select pg_temp.pass('m1', '55 minutes') \g /dev/null
select is(pg_temp.miss('m1'), true, 'a third 404, an hour after the second,');
select is(pg_temp.state_of('m1'), 'gone 1380', 'is followed by a look a day after the second');
select pg_temp.pass('m1', '23 hours') \g /dev/null
select is(pg_temp.miss('m1'), true, 'after which');
select is(pg_temp.state_of('m1'), 'gone', 'nobody looks again');

select pg_temp.see('m2') \g /dev/null
update flux_email_messages set lo = lo - 86400000000, hi = hi - 86400000000 where nylas_message_id = 'm2';
select is(pg_temp.delete('m2'), 1, 'a deletion that was told of what nobody saw for a day');
select is(pg_temp.state_of('m2'), 'gone 0', 'makes a tombstone at once, and is asked for soon');
select is(pg_temp.see('m2'), '0 1 0 0 0', 'when it was undone');
select is(pg_temp.state_of('m2'), 'alive', 'it lives');
select is(pg_temp.delete('m2') + pg_temp.delete('m3'), 2, 'a deletion again, and one of what was never seen');
select pg_temp.pass('m2', '0') \g /dev/null
select is(pg_temp.miss('m2'), true, 'one 404 settles what was told');
select is(pg_temp.state_of('m2') || ', ' || pg_temp.state_of('m3'), 'gone, gone', 'neither is asked for again');
