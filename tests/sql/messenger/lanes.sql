-- Many queues: the first have lanes of their own, the others take turns in one; no sender waits for another.
set client_min_messages = warning;
select no_plan();

-- A thousand queues
select count(*) from messenger_send(array(select jsonb_build_object('type', 'q' || n, 'queue', 'customer-' || n)
                                            from generate_series(1, 1000) n)) \g /dev/null
select is((select count(*) from nova.messenger_lanes), 33::bigint, 'thirty-two lanes of their own and a shared one');
select is((select string_agg(type, ' ') from messenger_claim('default', '{customer-900}', 'w', 10)), 'q900',
          'a queue of the shared lane is claimed alone');
select is((select string_agg(type, ' ' order by type)
             from messenger_claim('default', '{customer-5,customer-901}', 'w', 10)), 'q5 q901',
          'also with one that has its own');
select is((select count(*) from messenger_claim('default', '{customer-900,nobody}', 'w', 10)), 0::bigint, 'once');
select is((select count(distinct type) from messenger_claim('default', null, 'w', 10000)), 997::bigint,
          'and all with the others');
select is((select count(*) from nova.messenger_ready), 0::bigint, 'nothing is left');

-- In turn
truncate messenger_messages;
select count(*)
  from messenger_send(array_fill('{"type": "loud", "queue": "customer-900"}'::jsonb, array[500])) \g /dev/null
select count(*) from messenger_send('quiet', p_queue => 'customer-901') \g /dev/null
select is((select count(*) from messenger_claim('default', null, 'w', 2) where type = 'quiet'), 1::bigint,
          'one message of a quiet queue does not wait for the 500 of another');

-- Delays, limits, hands
truncate messenger_messages;
insert into messenger_transports (name, type, queue_limits) values ('default', 'supabase', '{"customer-950": 2}');
select count(*) from messenger_send(array(select jsonb_build_object('type', 'l', 'queue', 'customer-950')
                                            from generate_series(1, 5))) \g /dev/null
select count(*) from messenger_send('free', p_queue => 'customer-951', p_delay => '1 millisecond') \g /dev/null
select pg_sleep(0.01) \g /dev/null
select is((select string_agg(type, ' ' order by type) from messenger_claim('default', null, 'w', 10)), 'free l l',
          'a limit holds in a shared lane');
select is((select count(*) from messenger_claim('default', '{customer-950}', 'w', 10)), 0::bigint, 'by name too');
delete from messenger_messages where id = (select min(id) from messenger_messages where status = 'processing');
select is((select count(*) from messenger_claim('default', null, 'w', 10)), 1::bigint, 'and what ends makes room');
update messenger_messages set queue = 'customer-952' where status = 'pending';
select is((select count(*) from messenger_claim('default', '{customer-952}', 'w', 10)), 2::bigint,
          'a message that is moved to another queue');
truncate messenger_messages;

-- Nobody waits
delete from nova.messenger_lanes where id > 20;
select tap.dblink_connect('first', current_setting('nova_test.connection'));
select tap.dblink_exec('first', 'begin') \g /dev/null
select * from tap.dblink('first', $$select 1 from messenger_send('a', p_queue => 'new')$$) t (x integer) \g /dev/null
set lock_timeout = '100ms';
select lives_ok($$select messenger_send('b', p_queue => 'new')$$, 'a queue that somebody is just making');
select lives_ok($$select messenger_send('c', p_queue => 'new', p_priority => 5)$$, 'and another priority of it');
select is((select string_agg(type, ' ' order by type) from messenger_claim('default', '{new}', 'w', 10)), 'b c',
          'what was sent there is claimed');
select tap.dblink_exec('first', 'commit') \g /dev/null
select is((select type from messenger_claim('default', '{new}', 'w', 10)), 'a', 'and so is the first');
select tap.dblink_disconnect('first') \g /dev/null
select * from finish();
