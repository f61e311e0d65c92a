-- One NOTIFY a statement, and no sender waits for another.
set client_min_messages = warning;
select plan(11);
-- What was heard until now: another session says "end", which comes after all that was committed before.
create function heard() returns text language plpgsql as $$
declare
  news text[] := '{}';
begin
  perform * from dblink('sender', 'select pg_notify(''nova_queue'', ''end'')') as t(r text);
  for i in 1..500 loop
    news := news || array(select extra from dblink_get_notify('ear'));
    if 'end' = any (news) then
      return (select coalesce(string_agg(n, ',' order by n), '') from unnest(news) n where n <> 'end');
    end if;
    perform pg_sleep(0.01);
  end loop;
  return 'nothing within 5 s';
end $$;
select pgmq.create('Wake');
select pgmq.create('other_queue');
select dblink_connect('ear', current_setting('nova_test.connection'));
select dblink_exec('ear', 'listen nova_queue');
select dblink_connect('sender', current_setting('nova_test.connection'));

select pgmq.send('Wake', '1');
select is(heard(), 'Wake', 'a send tells the name of its queue, as it was created');
select pgmq.send_batch('Wake', array_fill('1'::jsonb, array[50]));
select is(heard(), 'Wake', 'a batch tells it once');
select pgmq.send_batch('Wake', '{}'::jsonb[]);
select is(heard(), '', 'an empty batch says nothing');
select pgmq.send('Wake', '1', 60);
select is(heard(), '', 'a delayed message wakes nobody');
begin;
select pgmq.send('Wake', '1');
select pgmq.send('Wake', '1');
select pgmq.send('other_queue', '1');
commit;
select is(heard(), 'Wake,other_queue', 'one for each queue of a transaction');
begin;
select pgmq.send('Wake', '1');
rollback;
select is(heard(), '', 'a send that was rolled back wakes nobody');
select pgmq.send('nylas_webhook_notifications', '{}');
select is(heard(), 'nylas_webhook_notifications', 'the service''s own queues do it');
select pgmq.send('Wake', '1');
select heard();
select msg_id from nova_queue.extend_leased('Wake', array(select msg_id from pgmq.read('Wake', 30, 1)), array[1], 0);
select is(heard(), 'Wake', 'a message that is given back wakes a reader');

-- The original's throttle row made the second sender wait for the commit of the first.
begin;
select pgmq.send('Wake', '1');
select lives_ok($$select dblink_exec('sender', 'set statement_timeout = ''2s''')$$);
select lives_ok($$select * from dblink('sender', 'select pgmq.send(''Wake'', ''2'')') as t(id bigint)$$,
                'an open transaction that sent does not block another sender');
select lives_ok($$select * from dblink('sender', 'select msg_id from pgmq.read(''Wake'', 30, 1)') as t(id bigint)$$,
                'nor a reader');
commit;
select * from finish();
