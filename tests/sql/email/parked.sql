-- Notifications that need an answer of the provider wait by grant and come again in turn.
set client_min_messages = warning;
select plan(29);
insert into flux_inboxes (email, grant_id) select g || '@example.com', g from unnest(array['g1', 'g2', 'g3']) g;
create function pg_temp.notify(p_grant text, p_from integer, p_to integer) returns void language sql as $$
  select
    from nova.queue_notifications(array(select p_grant || n from generate_series(p_from, p_to) n),
                                  array(select 'message.updated.truncated' from generate_series(p_from, p_to)),
                                  array(select p_grant from generate_series(p_from, p_to)),
                                  array(select '{}' from generate_series(p_from, p_to)))
$$;
create function pg_temp.park() returns bigint language plpgsql as $$
declare
  v_count bigint;
begin
  select nova.finish_notifications(array_agg(r.message->>'notification_id'), array_agg('parked'::text),
                                   array_agg(''::text), array_agg(1::bigint), array_agg(r.msg_id), array_agg(r.read_ct),
                                   array_agg(false))
    into v_count from pgmq.read('nylas_webhook_notifications', 60, 1000) r;
  return v_count;
end $$;
create function pg_temp.took(p_limit integer, p_share integer, p_grants text[] default '{}',
                             p_held integer[] default '{}', p_node bigint default 1)
returns text language sql as $$
  select string_agg(c.grant_id || ' ' || n, ', ' order by c.grant_id)
    from (select grant_id, count(*) n from nova.claim_parked(p_limit, p_share, p_grants, p_held, p_node) group by 1) c
$$;
select pg_temp.notify('g1', 1, 50), pg_temp.notify('g2', 1, 3), pg_temp.notify('g3', 1, 1) \g /dev/null
select pg_temp.park() \g /dev/null
select is((select count(*) from pgmq.q_nylas_webhook_notifications), 0::bigint, 'what is parked leaves the queue');
select is((select count(*) from flux_webhook_notifications where status = 'pending'), 54::bigint, 'and stays pending');
select is((select count(*) from nova.parked_notifications), 54::bigint, 'as many wait');
select is(pg_temp.took(6, 4), 'g1 3, g2 2, g3 1', 'in turn one of each grant is taken');
select is(pg_temp.took(100, 4, array['g1', 'g2'], array[3, 2]), 'g1 1, g2 1',
          'of none more than its share with what is held');
select is(pg_temp.took(100, 4, array['g1'], array[4]), null, 'what is taken is not taken again');
select is(pg_temp.took(100, 4), 'g1 4', 'unless more is allowed');

update flux_inboxes set status = 'auth_expired' where grant_id = 'g1';
select is(pg_temp.took(100, 100), null, 'a grant that must be authorised again waits');
update flux_inboxes set status = 'active' where grant_id = 'g1';

select is(nova.postpone_parked('{g21,nosuch}', '{0,0}', '{true,true}', '{"HTTP 503",x}'), 1,
          'what failed is due again');
select results_eq('select notification_id, tries, payload from nova.claim_parked(100, 100, ''{g1}'', ''{100}'', 1)',
                  $$values ('g21', 1, '{}')$$, 'with the try counted');
select is((select error_message from flux_webhook_notifications where notification_id = 'g21'), 'HTTP 503',
          'and the reason shown');
select nova.postpone_parked('{g21}', '{60000}', '{false}', '{""}') \g /dev/null
select results_eq($$select tries, due_at > now() + interval '50 seconds', claimed_by from nova.parked_notifications
                     where notification_id = 'g21'$$, $$values (1, true, null::bigint)$$, 'a pause is no try');
select is((select error_message from flux_webhook_notifications where notification_id = 'g21'), 'HTTP 503',
          'and no reason keeps the last');

select nova.finish_notifications('{g21,g22}', '{processed,ignored}', '{"",gone}', '{1,1}', '{0,0}', '{1,1}',
                                 '{f,f}') \g /dev/null
select is_empty($$select from nova.parked_notifications where notification_id in ('g21', 'g22')$$,
                'what is done waits no more');
select results_eq($$select status, error_message from flux_webhook_notifications where notification_id in ('g21', 'g22')
                     order by 1 desc$$, $$values ('processed', null::text), ('ignored', 'gone')$$, 'and says so');

-- Twice parked, as by TESTING_MODE, or after it was done.
select nova.finish_notifications('{g21,g11}', '{parked,parked}', '{"",""}', '{1,1}', '{1,2}', '{1,1}',
                                 '{t,t}') \g /dev/null
select is_empty($$select from nova.parked_notifications where notification_id = 'g21'$$, 'what is done is not parked');
select is((select status from flux_webhook_notifications where notification_id = 'g21'), 'processed',
          'nor pending again');
select nova.finish_notifications('{g31}', '{parked}', '{""}', '{1}', '{999}', '{1}', '{f}') \g /dev/null

select id as a, epoch as ae from nova.register_node('a', '{}', '1') \gset
update nova.parked_notifications set claimed_by = null, due_at = now() where grant_id = 'g1';
select is(pg_temp.took(100, 5, '{}', '{}', :ae), 'g1 5', 'a node takes some');
select is(pg_temp.took(100, 7, '{g1}', '{5}', :ae + 1), 'g1 2', 'and another node');
select string_agg(notification_id, ',') as held
  from (select notification_id from nova.parked_notifications where claimed_by = :ae order by 1 limit 3) h \gset
select is(nova.release_parked(:ae, string_to_array(:'held', ',')), 2::bigint, 'what it does not know of is due again');
select is((select string_agg(notification_id, ',' order by notification_id) from nova.parked_notifications
            where claimed_by = :ae), :'held', 'what it has in hand is not');
select is((select count(*) from nova.parked_notifications where claimed_by = :ae + 1), 2::bigint,
          'nor what another has');
update nova.parked_notifications set claimed_by = null, due_at = now() where claimed_by = :ae + 1;
select nova.end_node(:a, 'dead', null, 'test') \g /dev/null
select is((select count(*) from nova.parked_notifications where due_at <= clock_timestamp() and grant_id = 'g1'),
          50::bigint, 'when it is dead others may take them at once');

-- Floods.
select pg_temp.notify('g2', 1000, 3499), pg_temp.notify('g3', 9, 9) \g /dev/null
select is(nova.park_floods(200, 1000), 800::bigint, 'what one grant has beyond its share among the first is parked');
select is(nova.park_floods(200, 1000), 800::bigint, 'and again');
select nova.park_floods(200, 1000) \g /dev/null
select is((select count(*) from pgmq.read('nylas_webhook_notifications', 60, 201) where message->>'grant_id' = 'g3'),
          1::bigint, 'so that what others have behind it is read soon');
select is((select p.notification_id from nova.parked_notifications p
            where p.grant_id = 'g2' and p.tries = 0 and p.due_at <= now() order by p.due_at, p.notification_id limit 1),
          'g21200', 'the order stays');
delete from flux_inboxes where grant_id <> 'g2';
select pgmq.purge_queue('nylas_webhook_notifications') \g /dev/null
select pg_temp.notify('g2', 5000, 5500) \g /dev/null
select is(nova.park_floods(200, 1000), 0::bigint, 'who is alone is left where he is');
insert into flux_inboxes (email, grant_id) values ('again@example.com', 'g1');

update flux_inboxes set status = 'removed' where grant_id = 'g1';
select isnt(pg_temp.took(100, 5), null, 'what has no inbox any more is taken to be ignored');
select * from finish();
