-- The state machine of a backfill: every move, allowed or not, by function and by plain UPDATE.
set client_min_messages = warning;
select plan(71);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create temporary table states (name text, allowed text[]);
insert into states values
  ('idle', '{pending,cancelled}'),
  ('pending', '{discovering,paused,failed,cancelled}'),
  ('discovering', '{thread_sync,paused,failed,cancelled}'),
  ('thread_sync', '{completed,discovering,paused,failed,cancelled}'),
  ('completed', '{thread_sync,discovering}'),
  ('failed', '{pending,discovering,thread_sync,cancelled}'),
  ('cancelled', '{}'),
  ('paused', '{pending,discovering,thread_sync,failed,cancelled}');

create function pg_temp.attempt(p_from text, p_to text) returns text language plpgsql as $$
declare
  v_id uuid;
begin
  insert into public.flux_inbox_configurations (inbox_id, backfill_status, backfill_start, backfill_end)
  values ('00000000-0000-0000-0000-00000000000a', p_from, now() - interval '1 day', now()) returning id into v_id;
  update public.flux_inbox_configurations set backfill_status = p_to where id = v_id;
  return 'moved';
exception when sqlstate 'NV007' then
  return 'refused';
end
$$;
select is(pg_temp.attempt(f.name, t.name),
          case when t.name = any (f.allowed) or f.name = t.name then 'moved' else 'refused' end,
          f.name || ' to ' || t.name)
  from states f, states t;

select throws_ok($$insert into flux_inbox_configurations (inbox_id, backfill_status, backfill_start, backfill_end)
                   select id, 'in_progress', now() - interval '1 day', now() from flux_inboxes$$, '23514', null,
                 'no other state can be written');
select throws_ok($$select nova.move_backfill('00000000-0000-0000-0000-000000000000', 'paused', 'test')$$, 'NV005', null,
                 'an unknown backfill');

insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
        now());
select nova.move_backfill('00000000-0000-0000-0000-0000000000c1', s, 'ann', 'because')
  from unnest('{pending,discovering,thread_sync,completed}'::text[]) s \g /dev/null
select is(nova.move_backfill('00000000-0000-0000-0000-0000000000c1', 'completed', 'ann'), false,
          'a move to where it is says so');
select results_eq($$select from_status, to_status, moved_by, why from sync_transitions
                     where subject_id = '00000000-0000-0000-0000-0000000000c1' order by id$$,
                  $$values ('idle', 'pending', 'ann', 'because'), ('pending', 'discovering', 'ann', 'because'),
                           ('discovering', 'thread_sync', 'ann', 'because'),
                           ('thread_sync', 'completed', 'ann', 'because')$$, 'each move is logged once');
select ok(backfill_started_at is not null and backfill_completed_at is not null, 'with its times')
  from flux_inbox_configurations
 where id = '00000000-0000-0000-0000-0000000000c1';
select nova.move_backfill('00000000-0000-0000-0000-0000000000c1', 'thread_sync', 'ann') \g /dev/null
select results_eq($$select backfill_status, sync_completed_at from inbox_sync_stats
                     where config_id = '00000000-0000-0000-0000-0000000000c1'$$,
                  $$values ('thread_sync', null::timestamptz)$$,
                  'a reopened one is not complete in the statistics either');
update flux_inbox_configurations set backfill_status = 'paused' where id = '00000000-0000-0000-0000-0000000000c1';
select is((select moved_by from sync_transitions order by id desc limit 1), session_user::text,
          'a plain UPDATE is logged with the user''s name');

select * from finish();
