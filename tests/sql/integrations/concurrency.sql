-- Twelve sessions at once: no retry is written or taken twice, one run a configuration, watermarks only grow,
-- stale tokens change nothing.
set client_min_messages = warning;
select plan(25);
\set sessions 12

insert into integration_configs (id, name, provider, alert_emails)
values ('00000000-0000-0000-0000-00000000000a', 'crm', 'acme', array['ops@example.com']);
insert into integration_sync_configs (integration_id, stream, watermark_type)
select '00000000-0000-0000-0000-00000000000a', 's' || i, 'number' from generate_series(1, 120) i;
insert into integration_sync_history (sync_config_id, status, finished_at)
select id, 'failed', now() from integration_sync_configs;
create table answers (session integer, what uuid, token bigint, answer text, at bigint generated always as identity);
select dblink_connect('s' || i, current_setting('nova_test.connection'))
  from generate_series(1, :sessions) i \g /dev/null

-- Sends a statement to every session, %s is its number; waits for all; the errors they had.
create function pg_temp.everywhere(p_statement text) returns setof text language plpgsql as $$
declare
  v_name text;
  v_error text;
begin
  foreach v_name in array tap.dblink_get_connections() loop
    perform tap.dblink_send_query(v_name, replace(p_statement, '%s', substr(v_name, 2)));
  end loop;
  foreach v_name in array tap.dblink_get_connections() loop
    perform * from tap.dblink_get_result(v_name, false) r (x text);
    v_error := tap.dblink_error_message(v_name);
    perform * from tap.dblink_get_result(v_name, false) r (x text);
    if v_error <> 'OK' then
      return next v_error;
    end if;
  end loop;
end
$$;

-- Each session asks for a retry of each failed run, in an order of its own.
select is_empty($q$select pg_temp.everywhere($$do $x$
  declare v uuid;
  begin
    for v in select id from integration_sync_history where status = 'failed' order by md5(id::text || '%s') loop
      insert into answers (session, what, answer) values (%s, v, schedule_sync_retry(v)::text);
      commit;
    end loop;
  end $x$ $$)$q$, 'twelve sessions ask for the retries of 120 runs');
select is((select count(*) from answers), 12 * 120::bigint, 'all were answered');
select is((select count(*) from integration_sync_history where is_retry), 120::bigint, 'each run has one retry');
select is_empty('select what from answers group by what having count(distinct answer) > 1', 'and everybody got its id');

-- Each session takes what is due, in fives, until nothing is left; a third of the claims fails at once,
-- a third succeeds.
truncate answers;
update integration_sync_history set retry_at = now() - interval '1 minute' where is_retry;
select is_empty($q$select pg_temp.everywhere($$do $x$
  declare v record; v_found boolean;
  begin
    loop
      v_found := false;
      for v in select * from nova.claim_sync_retries('w%s', 5, '1 minute') loop
        v_found := true;
        insert into answers (session, what, token) values (%s, v.id, v.claim_token);
      end loop;
      commit;
      exit when not v_found and not exists (select from pending_sync_retries);
    end loop;
  end $x$ $$)$q$, 'twelve sessions take what is due');
select is((select count(*) from answers), 120::bigint, 'every retry was taken');
select is_empty('select what from answers group by what having count(*) > 1', 'and none twice');
select is((select count(distinct token) from answers), 120::bigint, 'each claim with a token of its own');
select ok((select count(distinct session) from answers) > 1, 'by several sessions');
select is((select count(*) from integration_sync_history where status = 'running'), 120::bigint, 'they run');

-- Everybody reports every run, but only the right token counts, and that once.
create table reports (session integer, what uuid, token bigint, mine boolean, outcome text);
select is_empty($q$select pg_temp.everywhere($$do $x$
  declare v record;
  begin
    for v in select what, token, session from answers order by md5(what::text || '%s') loop
      insert into reports
      values (%s, v.what, v.token, v.session = %s,
              nova.finish_sync(v.what, v.token - case when v.session = %s then 0 else 1000000 end, 'failed',
                               p_error => 'by %s'));
      commit;
    end loop;
  end $x$ $$)$q$, 'everybody reports the end of every run');
select results_eq('select mine, outcome, count(*) from reports group by 1, 2 order by 1',
                  format('values (false, ''stale'', %s::bigint), (true, ''accepted'', 120)', 11 * 120),
                  'only the claimant''s report counts');
select is_empty($$select h.id from integration_sync_history h join answers a on a.what = h.id
                   where h.error_message is distinct from 'by ' || a.session$$, 'and wrote what it says');
select is((select array_agg(distinct consecutive_failures) from integration_sync_configs), array[1],
          'each failure was counted once');
select is((select count(*) from integration_sync_history where status = 'pending' and retry_count = 2), 120::bigint,
          'and has its next retry');

-- Everybody starts the same sync.
truncate answers;
update integration_sync_history set status = 'cancelled', finished_at = now() where status = 'pending';
select is_empty($q$select pg_temp.everywhere($$do $x$
  declare v uuid;
  begin
    for v in select id from integration_sync_configs where substr(stream, 2)::integer <= 20 order by id loop
      begin
        insert into answers (session, what, answer) select %s, v, 'started' from nova.start_sync(v, 'w%s', '1 minute');
      exception when sqlstate 'NV035' then
        insert into answers (session, what, answer) values (%s, v, 'refused');
      end;
      commit;
    end loop;
  end $x$ $$)$q$, 'everybody starts twenty syncs');
select results_eq('select answer, count(*) from answers group by 1 order by 1',
                  'values (''refused'', 220::bigint), (''started'', 20)', 'each started once, the others were refused');

-- Watermarks in any order; a trigger writes down each value that the row took.
create table moves (watermark numeric, at bigint generated always as identity);
create function note_move() returns trigger language plpgsql as $$
begin
  insert into public.moves (watermark) values (new.watermark_value::numeric);
  return null;
end
$$;
create trigger note_move after update of watermark_value
    on integration_sync_configs for each row execute function note_move();
truncate answers;
select is_empty($q$select pg_temp.everywhere($$do $x$
  declare v text;
  begin
    for v in select i::text from generate_series(1, 100) i order by md5(i || 'x%s') loop
      insert into answers (session, what, answer)
      select %s, c.id, update_sync_watermark(c.id, v) || ' ' || v from integration_sync_configs c where c.stream = 's1';
      commit;
    end loop;
  end $x$ $$)$q$, 'twelve sessions move one watermark to 1 to 100, each in its own order');
select is_empty($$select * from (select watermark, lag(watermark) over (order by at) as before from moves) m
                   where watermark < before$$, 'it never went back');
select is((select watermark_value from integration_sync_configs where stream = 's1'), '100', 'it ended at the highest');
select is((select count(*) from answers where answer ~ '^advanced'), (select count(distinct watermark) from moves),
          'and advanced once to each value that it took');

-- What another session has not committed yet: the other one waits, and then decides by what was committed.
create function pg_temp.start_in_other(p_statement text) returns void language plpgsql as $$
begin
  perform tap.dblink_send_query('s1', p_statement);
  for i in 1..1000 loop
    exit when tap.dblink_is_busy('s1') = 0
      or exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database());
    perform pg_sleep(0.01);
    perform pg_stat_clear_snapshot();
  end loop;
end
$$;
select id as config from integration_sync_configs where stream = 's2' \gset
begin;
select update_sync_watermark(:'config', '90') \g /dev/null
select pg_temp.start_in_other(format('select update_sync_watermark(%L, ''60'')', :'config')) \g /dev/null
commit;
select results_eq($$select x from dblink_get_result('s1') r (x text)$$, $$values ('behind')$$,
                  'who waited for a higher watermark is told that its own is behind');
select is((select watermark_value from integration_sync_configs where id = :'config'), '90', 'which stays');
select * from dblink_get_result('s1') r (x text) \g /dev/null

-- Two due retries of one configuration: while one is being claimed, another session gets neither, at once.
select id as config from integration_sync_configs where stream = 's50' \gset
insert into integration_sync_history (id, sync_config_id, status, finished_at)
select ('00000000-0000-0000-0000-0000000000b' || i)::uuid, :'config', 'failed', now() from generate_series(1, 2) i;
select schedule_sync_retry(id) from integration_sync_history where id::text ~ '^0000' \g /dev/null
update integration_sync_history set retry_at = now() - interval '1 minute' where status = 'pending';
select dblink_exec('s1', 'set lock_timeout = ''2s''') \g /dev/null
begin;
select is((select count(*) from nova.claim_sync_retries('w', 5, '1 minute')), 1::bigint,
          'one of two due retries of a configuration is taken');
select is_empty($$select *
                    from dblink('s1', 'select id from nova.claim_sync_retries(''x'', 5, ''1 minute'')') r (id uuid)$$,
                'a second session neither waits for it nor takes the other');
commit;
select * from finish();
