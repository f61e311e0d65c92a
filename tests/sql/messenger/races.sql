-- Many sessions at once, by dblink: claims never overlap, counts are exact, limits hold, a key is sent once.
set client_min_messages = warning;
select plan(19);

-- What each session does: in small transactions until nothing is left for a while.
create table worked (worker text, id bigint, token bigint, outcome text);
create table seen_running (running bigint);
create procedure work(p_worker text, p_transport text, p_watch boolean) language plpgsql as $$
declare
  v_idle integer := 0;
  v_ids bigint[];
  v_tokens bigint[];
begin
  while v_idle < 50 loop
    select array_agg(c.id), array_agg(c.token) into v_ids, v_tokens
      from messenger_claim(p_transport, null, p_worker, 1 + (random() * 9)::integer) c;
    commit;
    if p_watch then
      insert into seen_running
      select count(*) from messenger_messages where transport = p_transport and status = 'processing';
      commit;
    end if;
    if v_ids is null then
      v_idle := v_idle + 1;
      perform pg_sleep(0.002);
    elsif random() < 0.1 then
      perform messenger_release(v_ids, v_tokens);
      commit;
      -- Somebody else may have them by now.
      insert into worked select p_worker, c.id, null, 'late ' || c.outcome from messenger_complete(v_ids, v_tokens) c;
      commit;
    else
      v_idle := 0;
      insert into worked select p_worker, c.id, t.token, c.outcome
        from messenger_complete(v_ids, v_tokens) c join unnest(v_ids, v_tokens) t (id, token) using (id);
      commit;
    end if;
  end loop;
end
$$;
create procedure in_sessions(p_statement text, p_sessions integer) language plpgsql as $$
begin
  for i in 1..p_sessions loop
    perform tap.dblink_connect('s' || i, current_setting('nova_test.connection'));
    perform tap.dblink_send_query('s' || i, replace(p_statement, '$i', i::text));
  end loop;
  for i in 1..p_sessions loop
    for j in 1..3 loop
      perform * from tap.dblink_get_result('s' || i, false) r (x text);
    end loop;
    perform tap.dblink_disconnect('s' || i);
  end loop;
end
$$;

-- Claims never overlap, and each message is done once
select count(*)
  from messenger_send(array(select jsonb_build_object('type', 't', 'priority', i % 3, 'queue', 'q' || i % 2,
                                                      'tenant_id', i % 5)
                              from generate_series(1, 3000) i)) \g /dev/null
select messenger_batch() as batch \gset
select count(*)
  from messenger_send(array_fill(jsonb_build_object('type', 'b', 'batch_id', :'batch'), array[300])) \g /dev/null
call in_sessions('call work(''w$i'', ''default'', false)', 8);
select is((select count(*) from worked where outcome = 'completed'), 3300::bigint, 'every message is completed');
select is((select count(distinct id) from worked where outcome = 'completed'), 3300::bigint, 'each once');
select is((select count(*) from worked where outcome not in ('completed', 'late stale', 'late gone')), 0::bigint,
          'nothing that was given back is completed');
select cmp_ok((select count(*) from worked where outcome ~ 'late'), '>', 0::bigint, 'which was tried');
select cmp_ok((select count(distinct worker) from worked), '>', 3::bigint, 'by several sessions');
select is((select count(*) from messenger_messages) + (select count(*) from nova.messenger_ready)
          + (select count(*) from nova.messenger_claims), 0::bigint, 'nothing is left');
select results_eq(format('select * from messenger_batch_close(%L)', :'batch'), 'values (300, 300, 0, true)',
                  'the counts of a batch are exact');

-- A limit is never passed
truncate worked;
insert into messenger_transports (name, type, max_running) values ('narrow', 'supabase', 7);
select count(*) from messenger_send(array_fill('{"type": "t", "transport": "narrow"}'::jsonb, array[400])) \g /dev/null
call in_sessions('call work(''w$i'', ''narrow'', true)', 6);
select is((select count(*) from worked where outcome = 'completed'), 400::bigint,
          'with a limit every message is completed');
select cmp_ok((select max(running) from seen_running), '<=', 7::bigint, 'never more than seven at a time');
select cmp_ok((select max(running) from seen_running), '>', 1::bigint, 'but more than one');
select is((select count(*) from nova.messenger_slots), 0::bigint, 'no slot is left');

-- A key is sent once
create table sent (id bigint, created boolean);
create procedure send_keys() language plpgsql as $$
begin
  for i in 1..100 loop
    insert into sent
    select s.id, s.created
      from messenger_send(array[jsonb_build_object('type', 'k', 'idempotency_key', 'a' || i),
                                jsonb_build_object('type', 'k', 'idempotency_key', 'b' || (101 - i))]) s;
    commit;
  end loop;
end
$$;
call in_sessions('call send_keys()', 6);
select is((select count(*) from sent where created), 200::bigint, 'of six senders of a key one creates it');
select is((select count(distinct id) from sent), 200::bigint, 'and all get its id');
select is((select count(*) from sent), 1200::bigint, 'no sender failed');

-- The holder of a row
truncate messenger_messages;
select count(*) from messenger_send(array['{"type": "edited"}', '{"type": "free"}']::jsonb[]) \g /dev/null
select dblink_connect('editor', current_setting('nova_test.connection')) \g /dev/null
select dblink_exec('editor', 'begin') \g /dev/null
select dblink_exec('editor', $$update messenger_messages set priority = 9 where type = 'edited'$$) \g /dev/null
set statement_timeout = '10s';
select results_eq($$select type from messenger_claim('default', null, 'w', 5)$$, $$values ('free')$$,
                  'a message that somebody edits is left out, and nobody waits');
select dblink_exec('editor', 'commit') \g /dev/null
select results_eq($$select type, priority from messenger_claim('default', null, 'w', 5)$$,
                  $$values ('edited', 9::smallint)$$, 'it comes when that is over');

-- A send that commits late, behind the clock of its lane
select dblink_exec('editor', 'begin') \g /dev/null
select * from dblink('editor', $$select id from messenger_send('late')$$) as s (id bigint) \g /dev/null
select count(*) from messenger_send(array_fill('{"type": "t"}'::jsonb, array[50])) \g /dev/null
select count(*) from messenger_claim('default', null, 'w', 45) \g /dev/null
select dblink_exec('editor', 'commit') \g /dev/null
create function pg_temp.found_in_time() returns boolean language plpgsql as $$
begin
  while clock_timestamp() < statement_timestamp() + interval '5 seconds' loop
    if exists (select from messenger_claim('default', null, 'w', 5) where type = 'late') then
      return true;
    end if;
  end loop;
  return false;
end
$$;
select ok(pg_temp.found_in_time(), 'is found by a look from the floor');

-- A restored dump: the sequences are of a later moment than the rows
select count(*) from messenger_send('stranded', p_queue => 'restored') \g /dev/null
select setval(floor::regclass, 1000), setval(clock::regclass, 1000) from nova.messenger_lanes
 where queue = 'restored' \g /dev/null
select is_empty($$select * from messenger_claim('default', '{restored}', 'w', 5)$$,
                'what lies below a floor is not seen');
select count(*) from messenger_rescue() \g /dev/null
select results_eq($$select type from messenger_claim('default', '{restored}', 'w', 5)$$, $$values ('stranded')$$,
                  'until a rescue lowers the floor');
select * from finish();
