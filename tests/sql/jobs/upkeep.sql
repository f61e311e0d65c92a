-- Tasks of upkeep: who gets them, when they are due again, what is kept of their runs.
set client_min_messages = warning;
set timezone = 'UTC';
select plan(61);
create function pg_temp.due(p_name text) returns void language sql as $$
  update nova.upkeep_tasks set next_run_at = clock_timestamp() - interval '1 second' where name = p_name
$$;
create function pg_temp.only(p_name text) returns void language sql as $$
  update nova.upkeep_tasks set next_run_at = clock_timestamp() + interval '1 day' where name <> p_name;
  select pg_temp.due(p_name)
$$;
create function pg_temp.claim(p_worker text default 'w') returns table (name text, token bigint) language sql as $$
  select c.name, c.token from nova.claim_upkeep(p_worker, '1 minute', 10) c
$$;
create function pg_temp.wait_of(p_name text) returns interval language sql as $$
  select date_trunc('second', next_run_at - planned_at + interval '0.5 seconds')
    from nova.upkeep_tasks where name = p_name
$$;

-- Where only mail is.
select set_eq('select name from pg_temp.claim()', $$values ('fill_search'), ('prune'), ('reread')$$,
              'a database with mail alone begins with its own tasks');
select is_empty('select name from pg_temp.claim(''x'')', 'each is run once at a time');
select is((select count(*) from nova.upkeep_tasks where system is not null), 14::bigint,
          'tasks of systems that are not here are rows');
update nova.upkeep_tasks set next_run_at = now() - interval '1 day';
select is_empty('select name from pg_temp.claim() where name not in (''sizes'', ''retain_upkeep_runs'')',
                'that are never due');
select results_eq('select name, outcome from nova.release_upkeep(array(select name from nova.upkeep_tasks), '
                  'array(select token from nova.upkeep_tasks)) where outcome = ''released'' order by 1',
                  $$values ('fill_search', 'released'), ('prune', 'released'), ('reread', 'released'),
                           ('retain_upkeep_runs', 'released'), ('sizes', 'released')$$, 'what is given back');
select is((select count(*) from pg_temp.claim()), 5::bigint, 'is due again');
select is((select max(attempts) from nova.upkeep_tasks), 0, 'and has not failed');
select is_empty('select * from nova.upkeep_runs', 'nor does it have a history');
select nova.release_upkeep(array_agg(name), array_agg(token)) from nova.upkeep_tasks;

-- What a task may say.
select throws_ok(format('insert into nova.upkeep_tasks (name, kind, target, cron, every, timezone) '
                        'values (%L, %L, %L, %L, %L, %L)', 'mine', kind, target, cron, every, zone), code, null, why)
  from (values
    ('analyze', 'pg_authid', null, '1 day', 'UTC', '22023', 'a target that is none of its kind'),
    ('archive', 'messages', null, '1 day', 'UTC', '22023', 'nor of another kind'),
    ('nonsense', '', null, '1 day', 'UTC', '23514', 'an unknown kind'),
    ('sizes', 'public', '61 * * * *', null, 'UTC', 'NM005', 'a bad cron'),
    ('sizes', 'public', '0 0 30 2 *', null, 'UTC', 'NM005', 'one that never comes'),
    ('sizes', 'public', '@daily', null, 'Mars/Phobos', 'NM005', 'an unknown zone'),
    ('sizes', 'public', null, '1 month', 'UTC', 'NM005', 'months'),
    ('sizes', 'public', null, '1 millisecond', 'UTC', 'NM005', 'too often'),
    ('sizes', 'public', '@daily', '1 day', 'UTC', '23514', 'two schedules'),
    ('sizes', 'public', null, null, 'UTC', '23514', 'no schedule')) t (kind, target, cron, every, zone, code, why);
select throws_ok(format('update nova.upkeep_tasks set options = %L where name = %L', options, name), code, null, why)
  from (values
    ('archive_conversations', '{"oldr": "6 months"}', '22023', 'an option that is misspelt'),
    ('archive_conversations', '{"older": "half a year"}', '22007', 'no interval'),
    ('export_usage_metrics', '{"format": "xml"}', '22023', 'an unknown format'),
    ('sizes', '{"older": "1 day"}', '22023', 'an option of another kind'),
    ('sizes', '[]', null, 'no options at all')) t (name, options, code, why);
select throws_ok($$select nova.claim_upkeep('w', null, 1)$$, '22023', null, 'a lease without an end');
select throws_ok($$select nova.claim_upkeep('w', '2 hours', 1)$$, '22023', null, 'one that is too long');
select throws_ok($$select nova.end_upkeep('prune', 1, 'perhaps')$$, '22023', null, 'an unknown outcome');

-- When it is due again.
select pg_temp.only('prune');
select token as t from pg_temp.claim() \gset
select is(nova.end_upkeep('prune', :t, 'done', 3), 'accepted', 'a run ends');
select is(pg_temp.wait_of('prune'), '1 hour', 'by its interval');
select is(nova.end_upkeep('prune', :t, 'failed'), 'stale', 'it ends once');
select is((select last_outcome from nova.upkeep_tasks where name = 'prune'), 'done', 'and the second changes nothing');
select pg_temp.due('prune');
select token as t from pg_temp.claim() \gset
select nova.end_upkeep('prune', :t, 'done', p_after => '9 seconds');
select is(pg_temp.wait_of('prune'), '9 seconds', 'or when its worker says');
create procedure pg_temp.fail(p_name text) language plpgsql as $$
begin
  perform pg_temp.due(p_name);
  perform nova.end_upkeep(p_name, c.token, 'failed', p_error_class => 'x', p_error => 'why') from pg_temp.claim() c;
end
$$;
call pg_temp.fail('prune');
select is(pg_temp.wait_of('prune'), '30 seconds', 'a failure is tried again');
call pg_temp.fail('prune');
select is(pg_temp.wait_of('prune'), '1 minute', 'later each time');
call pg_temp.fail('prune') \; call pg_temp.fail('prune') \; call pg_temp.fail('prune') \; call pg_temp.fail('prune')
\; call pg_temp.fail('prune') \; call pg_temp.fail('prune') \; call pg_temp.fail('prune');
select results_eq($$select pg_temp.wait_of(name), attempts, last_error_class, last_error from nova.upkeep_tasks
                     where name = 'prune'$$, $$values (interval '1 hour', 9, 'x', 'why')$$, 'within an hour');
select pg_temp.due('prune');
select is((select c.attempts from nova.claim_upkeep('w', '1 minute', 1) c), 9, 'a claim says how often it failed');
select nova.end_upkeep('prune', token, 'done') from nova.upkeep_tasks where name = 'prune';
select is((select attempts from nova.upkeep_tasks where name = 'prune'), 0, 'and a success ends the row');
update nova.upkeep_tasks set every = null, cron = '0 3 * * *' where name = 'prune';
select is((select next_run_at from nova.upkeep_tasks where name = 'prune'),
          nova.cron_next('0 3 * * *', 'UTC', now()), 'what is changed by hand is due at its next time');
update nova.upkeep_tasks set next_run_at = now() - interval '40 days' where name = 'prune';
select is((select count(*) from pg_temp.claim()), 1::bigint, 'slots that were missed');
select nova.end_upkeep('prune', token, 'done') from nova.upkeep_tasks where name = 'prune';
select is((select next_run_at from nova.upkeep_tasks where name = 'prune'),
          nova.cron_next('0 3 * * *', 'UTC', now()), 'run once');

-- By hand.
select is(nova.enable_upkeep('prune', false), true, 'a task is paused');
select pg_temp.due('prune');
select is_empty('select * from pg_temp.claim()', 'then nobody runs it');
select is(nova.enable_upkeep('prune', true), true, 'it goes on');
select is_empty('select * from pg_temp.claim()', 'at its next time');
select is(nova.enable_upkeep('prun', true) or nova.run_upkeep('prun'), false, 'there is none of that name');
select is(nova.run_upkeep('prune'), true, 'it is wanted now');
select token as t from pg_temp.claim() \gset
select is(nova.run_upkeep('prune'), true, 'and again while it is run');
select nova.end_upkeep('prune', :t, 'done');
select is((select name from pg_temp.claim()), 'prune', 'then it is run once more');
select throws_ok($$select nova.claim_upkeep_now('prune', 'cli', '1 minute')$$, '55P03', null,
                 'nobody takes what is being run');
select nova.end_upkeep('prune', token, 'done') from nova.upkeep_tasks where name = 'prune';
select is((select name from nova.claim_upkeep_now('prune', 'cli', '1 minute')), 'prune', 'but what is not due');
select is_empty($$select name from nova.claim_upkeep_now('prun', 'cli', '1 minute')$$, 'of an unknown name: no row');
select nova.end_upkeep('prune', token, 'done') from nova.upkeep_tasks where name = 'prune';

-- Leases.
select pg_temp.due('reread');
select token as t from pg_temp.claim() \gset
select results_eq(format($$select outcome from nova.extend_upkeep(array['reread', 'reread', 'prune'],
                                                                  array[%s, null, 0], '10 minutes')$$, :t),
                  $$values ('extended'), ('stale'), ('stale')$$, 'a lease is extended by who has it');
select ok((select locked_until > now() + interval '9 minutes' from nova.upkeep_tasks where name = 'reread'),
          'from now on');
update nova.upkeep_tasks set locked_until = now() - interval '1 second' where name = 'reread';
select is((select name from pg_temp.claim('other')), 'reread', 'one that ran out is taken back, and is due at once');
select is(nova.end_upkeep('reread', :t, 'done'), 'stale', 'its answer comes too late');
select results_eq($$select outcome, error_class, worker from nova.upkeep_runs where task = 'reread'$$,
                  $$values ('failed', 'lost', 'w')$$, 'it is in the history');
select is(nova.release_upkeep_of(array['other', 'x']), 1::bigint, 'as what a dead worker had');
select is(pg_temp.wait_of('reread'), '30 seconds', 'which waits when it was not the first');
update nova.upkeep_tasks set planned_at = now() + interval '1 day', next_run_at = now() + interval '2 days'
 where name = 'reread';
select pg_temp.claim();
select is(pg_temp.wait_of('reread'), '1 minute', 'a clock that went back stops nothing');

-- History.
truncate nova.upkeep_runs;
create procedure pg_temp.ran(p_name text, p_outcome text, p_rows bigint) language plpgsql as $$
begin
  perform pg_temp.due(p_name);
  perform nova.end_upkeep(p_name, c.token, p_outcome, p_rows, p_bytes => p_rows) from pg_temp.claim() c;
end
$$;
call pg_temp.ran('fill_search', 'done', 0) \; call pg_temp.ran('fill_search', 'skipped', 0);
select is_empty('select * from nova.upkeep_runs', 'of a built-in task that found nothing there is no history');
call pg_temp.ran('fill_search', 'done', 5) \; call pg_temp.ran('fill_search', 'done', 6);
select results_eq('select task, outcome, runs, rows, bytes, worker from nova.upkeep_runs',
                  $$values ('fill_search', 'done', 2, 11::bigint, 11::bigint, 'w')$$,
                  'one row of the runs of an hour that found something');
call pg_temp.ran('fill_search', 'failed', 0) \; call pg_temp.ran('fill_search', 'done', 1);
update nova.upkeep_runs set started_at = started_at - interval '61 minutes', finished_at = finished_at - interval '1 m';
call pg_temp.ran('fill_search', 'done', 1);
call pg_temp.ran('sizes', 'done', 0) \; call pg_temp.ran('sizes', 'skipped', 0) \; call pg_temp.ran('sizes', 'done', 0);
select results_eq('select task, outcome, rows from nova.upkeep_runs order by id',
                  $$values ('fill_search', 'done', 11::bigint), ('fill_search', 'failed', 0),
                           ('fill_search', 'done', 1), ('fill_search', 'done', 1),
                           ('sizes', 'done', 0), ('sizes', 'skipped', 0),
                           ('sizes', 'done', 0)$$, 'failures and all runs of other tasks have one each');
select * from finish();
