-- Alerts from raise to delivery: who is told what, how often, and what becomes of a message. Time is an argument.
set client_min_messages = warning;
select plan(66);
create function pg_temp.gather(p_after interval) returns bigint language sql as $$
  select nova.gather_alerts('5 seconds', '10 minutes', clock_timestamp() + p_after) $$;
create function pg_temp.claim(p_after interval, p_kind text default 'email') returns setof bigint language sql as $$
  select id from nova.claim_alert_deliveries('w', p_kind, 100, '1 minute', 8, clock_timestamp() + p_after) $$;
-- What is in hand ends so.
create function pg_temp.ends(p_verdict text, p_after interval, p_wait interval default '1 minute') returns bigint
language sql as $$
  select count(*) filter (where e.outcome = 'accepted')
    from (select array_agg(d.id) as ids, array_agg(d.token) as tokens, array_agg(p_verdict) as verdicts,
                 array_agg('x'::text) as classes, array_agg('because'::text) as errors, array_agg(p_wait) as waits
            from nova.alert_deliveries d where d.state = 'sending') s,
         nova.end_alert_deliveries(s.ids, s.tokens, s.verdicts, s.classes, s.errors, s.waits,
                                   clock_timestamp() + p_after) e $$;
create temp view told as
  select a.kind, a.key, n.what, r.kind as way, r.address, c.name as channel
    from nova.alert_notices n
    join nova.alerts a on a.id = n.alert
    join nova.alert_recipients r on r.id = n.recipient
    left join nova.alert_channels c on c.id = r.channel;

-- Channels
select isnt(nova.set_alert_channel('ops', 'email', '{ann@example.com,bob@example.com}', '', '', '', 'nova', false, '{}',
                                   '2 minutes', true), null, 'a channel of email');
select throws_ok($$select nova.set_alert_channel('ops', 'email', '{ann@example.com}', '', '', '', 'nova', false, '{}',
                                                 '2 minutes', true)$$, '22023', 'there is an alert channel "ops"');
select throws_ok($$select nova.set_alert_channel('other', 'email', '{ann@example.com}', '', '', '', 'nova', false, '{}',
                                                 '2 minutes', false)$$, '22023', null,
                 'what is not there is not changed');
select throws_ok($$select nova.set_alert_channel('hook', 'webhook', '{}', '', '', '', 'nova', false, '{}', '0', true)$$,
                 '23514', null, 'a webhook has a URL');
select throws_ok($$select nova.set_alert_channel('pd', 'webhook', '{}', 'https://a.example/', '', '', 'pagerduty',
                                                 false, '{}', '0', true)$$, '23514', null, 'PagerDuty has a key');
select throws_ok($$select nova.set_alert_channel('smtp', 'email', '{ann@example.com}', '', '', '', 'nova', false, '{}',
                                                 '0', true)$$, '23514', null, 'smtp is the mail server''s name');
select isnt(nova.set_alert_channel('hook', 'webhook', '{}', 'https://a.example/x', '', 'hook', 'nova', false,
                                   '{node_lost}', '0', true), null, 'a webhook that wants one kind');
select is(nova.alert_address('webhook', 'https://me:pw@hooks.example/services/T0/secret?x=y', null),
          'https://hooks.example/***', 'people see the host of a webhook alone');

-- Raise and end
select nova.raise_alert('grant_expired', 'ann', 'warning', 'the grant of ann is expired') as a \gset
select is(nova.raise_alert('grant_expired', 'ann', 'warning', 'still'), :a::bigint, 'an open one is the same');
select results_eq('select count, title from nova.alerts', $$values (2::bigint, 'still')$$, 'counted');
select set_eq('select what, address from told', $$values ('opened', 'ann@example.com'), ('opened', 'bob@example.com')$$,
              'who wants it is told once');
select nova.raise_alert('grant_expired', 'ann', 'critical', 'worse') \g /dev/null
select nova.raise_alert('grant_expired', 'ann', 'warning', 'better') \g /dev/null
select set_eq('select what, address from told', $$values ('opened', 'ann@example.com'), ('opened', 'bob@example.com'),
                ('worse', 'ann@example.com'), ('worse', 'bob@example.com')$$, 'and once more when it gets worse');
select is((select severity from nova.alerts), 'critical', 'it stays as bad as it was');
select ok(nova.end_alert('grant_expired', 'ann'), 'it is over');
select ok(not nova.end_alert('grant_expired', 'ann'), 'once');
select is((select count(*) from told where what = 'ended'), 2::bigint, 'who was told hears of the end');
select isnt(nova.raise_alert('grant_expired', 'ann', 'warning', 'again'), :a::bigint, 'then it is another outage');
select nova.tell_event('node_lost', 'n1', 'info', 'an event') \g /dev/null
select is((select string_agg(channel, ',') from told where way = 'webhook'), 'hook', 'a channel hears of its kinds');
select throws_ok($$select nova.raise_alert('x', 'y', 'bad', 'z')$$, '23514', null, 'there are three severities');
select throws_ok($$select nova.raise_alerts('{x}', '{y,z}', '{info}', '{t}', '{null}')$$, '22023',
                 null, 'arrays that do not fit');

-- A watch
select results_eq($$select ended, open_warning, open_critical
                      from nova.watch_alerts('{disk,disk}', '{a,b}', '{critical,warning}', '{t,t}', '{null,null}',
                                             true)$$,
                  'values (0::bigint, 2::bigint, 1::bigint)', 'what a look found is open');
select last_at from nova.alerts where kind = 'disk' and key = 'a' \gset
select is((select ended from nova.watch_alerts('{disk}', '{a}', '{critical}', '{t}', '{null}', false)), 0::bigint,
          'a look that did not see everything ends nothing');
select is((select ended from nova.watch_alerts('{disk}', '{a}', '{critical}', '{t}', '{null}', true)), 1::bigint,
          'what is found no longer is over');
select is((select count(*) from nova.alerts where kind = 'grant_expired' and ended_at is null), 1::bigint,
          'what another raised is his to end');
select is((select last_at from nova.alerts where kind = 'disk' and key = 'a'), :'last_at'::timestamptz,
          'a look writes only what has changed');

-- A thousand at once are one message a recipient
truncate nova.alerts cascade;
truncate nova.alert_deliveries cascade;
select nova.raise_alert('sync_failed', n::text, 'warning', 'sync ' || n || ' failed') from generate_series(1, 1000) n
\g /dev/null
select is(pg_temp.gather('0'), 0::bigint, 'the first waits for others');
select is(pg_temp.gather('6 seconds'), 2::bigint, 'then each recipient has one message');
select is(pg_temp.gather('7 seconds'), 0::bigint, 'and no second while that is under way');
select is((select count(*) from pg_temp.claim('7 seconds')), 2::bigint, 'claimed');
select is((select count(*) from pg_temp.claim('7 seconds')), 0::bigint, 'once');
select results_eq($$select jsonb_array_length(i -> 'alerts'), i -> 'kinds' -> 0 ->> 'opened',
                           i -> 'kinds' -> 0 ->> 'open'
                      from nova.alert_deliveries d, nova.alert_items(d.id) i order by d.id limit 1$$,
                  $$values (50, '1000', '1000')$$, 'with the number, and fifty by name');
select is(pg_temp.ends('sent', '8 seconds'), 2::bigint, 'sent');
select is(pg_temp.ends('sent', '8 seconds'), 0::bigint, 'once');
select nova.raise_alert('disk', 'late', 'warning', 'a late one') \g /dev/null
select is(pg_temp.gather('30 seconds'), 0::bigint, 'within the window nobody is told again');
select is(pg_temp.gather('129 seconds'), 2::bigint, 'after it they are');
select pg_temp.claim('129 seconds') \g /dev/null
select pg_temp.ends('sent', '129 seconds') \g /dev/null
select nova.end_alert('sync_failed', n::text) from generate_series(1, 999) n \g /dev/null
select is(pg_temp.gather('5 minutes'), 0::bigint, 'an end waits for the last one of its kind');
select nova.end_alert('sync_failed', '1000') \g /dev/null
select is(pg_temp.gather('5 minutes'), 2::bigint, 'and is told with it');
select results_eq($$select i -> 'kinds' -> 0 ->> 'ended', i -> 'kinds' -> 0 ->> 'opened', i -> 'kinds' -> 0 ->> 'open'
                      from nova.alert_deliveries d, nova.alert_items(d.id) i where d.state = 'pending' limit 1$$,
                  $$values ('1000', '0', '0')$$, 'one message for all ends');
select is((select d.thread from nova.alert_deliveries d where d.state = 'pending' order by d.id limit 1),
          (select min(id) from nova.alert_deliveries), 'which answers the first');
select nova.end_alert('disk', 'late') \g /dev/null
select pg_temp.claim('5 minutes') \g /dev/null
select pg_temp.ends('sent', '5 minutes') \g /dev/null
select nova.raise_alert('disk', 'x', 'warning', 'x'), nova.raise_alert('disk', 'y', 'warning', 'y') \g /dev/null
select pg_temp.gather('10 minutes') \g /dev/null
select pg_temp.claim('10 minutes') \g /dev/null
select pg_temp.ends('sent', '10 minutes') \g /dev/null
select nova.end_alert('disk', 'x') \g /dev/null
select is(pg_temp.gather('9 minutes'), 0::bigint, 'while another of its kind goes on, an end waits');
select is(pg_temp.gather('12 minutes'), 2::bigint, 'ten minutes at most');

-- Attempts
select pg_temp.claim('12 minutes') \g /dev/null
select pg_temp.ends('retry', '12 minutes', '1 minute') \g /dev/null
select results_eq('select distinct attempts, error from nova.alert_deliveries where state = ''pending''',
                  $$values (1, 'because')$$, 'a failed attempt waits for the next');
select is((select count(*) from pg_temp.claim('12 minutes 30 seconds')), 0::bigint, 'until its time');
select is((select count(*) from pg_temp.claim('13 minutes 1 second')), 2::bigint, 'has come');
select is((select count(*) from pg_temp.claim('15 minutes')), 0::bigint, 'a sender that says nothing');
select results_eq('select distinct state, attempts, error_class from nova.alert_deliveries where state = ''pending''',
                  $$values ('pending', 2, 'lost')$$, 'has had an attempt');
select is((select outcome from nova.end_alert_deliveries(array[(select max(id) from nova.alert_deliveries)], array[1],
             array['sent'], array[''], array[''], array[interval '0'], now())), 'stale',
          'its late word changes nothing');

-- What refuses stands still and is tried now and then
select pg_temp.claim('20 minutes') \g /dev/null
select pg_temp.ends('stopped', '20 minutes') \g /dev/null
select is((select distinct attempts from nova.alert_deliveries where state = 'pending'), 2,
          'a server that refuses costs no attempt');
select results_eq('select kind, what from nova.alert_faults() where kind <> ''alert/unsent''',
                  $$values ('alert/mail_refused', 'alerts:smtp')$$, 'and doctor says it');
select is((select count(*) from pg_temp.claim('21 minutes')), 0::bigint, 'nothing is sent then');
select is((select count(*) from pg_temp.claim('36 minutes')), 1::bigint, 'after a quarter of an hour one tries');
select is((select count(*) from pg_temp.claim('36 minutes')), 0::bigint, 'one');
select pg_temp.ends('sent', '36 minutes') \g /dev/null
select is_empty('select from nova.alert_transports', 'it works again');
select is((select count(*) from pg_temp.claim('36 minutes')), 1::bigint, 'and the others go on');
select pg_temp.ends('failed', '36 minutes') \g /dev/null
select is((select failures from nova.alert_recipients where failures > 0), 1, 'a message that is given up counts');
update nova.alert_recipients set failures = 2 where failures = 1;
select nova.tell_event('disk', 'z', 'info', 'z') \g /dev/null
select pg_temp.gather('50 minutes') \g /dev/null
select pg_temp.claim('50 minutes') \g /dev/null
select pg_temp.ends('failed', '50 minutes') \g /dev/null
select results_eq('select kind from nova.alert_faults()', $$values ('alert/paused')$$,
                  'three that were given up in a row pause a recipient');
select nova.tell_event('disk', 'z', 'info', 'z') \g /dev/null
select is(pg_temp.gather('60 minutes'), 1::bigint, 'who then gets no message');
select is(nova.enable_alert_channel('ops', true), 1::bigint, 'until somebody takes the pause back');
select is(pg_temp.gather('60 minutes'), 1::bigint, 'then he does');
select is(nova.enable_alert_channel('nobody', true), 0::bigint, 'what is not there has no pause');
select is(nova.enable_alert_channel('ops', false), 1::bigint, 'a channel that is paused by hand');
truncate nova.alerts cascade;
select nova.raise_alert('disk', 'q', 'warning', 'q') \g /dev/null
select is((select count(*) from told), 0::bigint, 'is told nothing');
select nova.enable_alert_channel('ops', true) \g /dev/null
select is((select count(*) from told), 2::bigint, 'and then what is still open');
select ok(nova.remove_alert_channel('ops') and not nova.remove_alert_channel('ops'), 'a channel is removed once');
select nova.end_alert('disk', 'q') \g /dev/null
update nova.alerts set ended_at = now() - interval '91 days', opened_at = ended_at;
update nova.alert_notices set created_at = now() - interval '91 days';
select ok(nova.prune_alerts() > 0, 'what is over for long is forgotten');
select is_empty('select from nova.alerts', 'with its notices');

select * from finish();
