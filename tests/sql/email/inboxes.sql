-- A mailbox that is connected again goes on with its history, also under another grant.
set client_min_messages = warning;
select plan(20);

create function pg_temp.add(p_email text, p_grant text, p_provider text default 'google',
                            p_replace boolean default false)
returns text language sql as $$
  select concat_ws(' ', (a.inbox).email, (a.inbox).grant_id, (a.inbox).provider, (a.inbox).status, a.former_grant)
    from nova.add_inbox(p_email, p_grant, p_provider, p_replace) a
$$;
create function pg_temp.all_of(p_email text) returns text language sql as $$
  select string_agg(grant_id || ' ' || status, ', ' order by created_at, grant_id) from flux_inboxes
   where email = p_email
$$;
create function pg_temp.sweep() returns text language sql as $$
  select concat_ws(' ', last_swept_at is null, sweep_claimed_until is null, folders_due_at <= now())
    from flux_inboxes where grant_id = 'g2'
$$;

select is(pg_temp.add('bob@example.com', 'g1'), 'bob@example.com g1 google active', 'a new one');
update flux_inboxes set status = 'disabled', status_reason = 'grant.deleted', last_swept_at = now(),
                        sweep_claimed_until = now(), folders_due_at = now() + interval '1 day';
insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi) select id, 'm1', 1, 2 from flux_inboxes;
insert into nova.provider_outages (scope, subject) values ('grant', 'g1');
select is(pg_temp.add('Bob@Example.com', 'g2'), 'bob@example.com g2 google active g1',
          'the same mailbox with another grant goes on');
select is(pg_temp.all_of('bob@example.com'), 'g2 active', 'as the inbox that it was');
select is((select count(*) from flux_email_messages m join flux_inboxes i on i.id = m.inbox_id), 1::bigint,
          'with its mail');
select is(pg_temp.sweep(), 't t t', 'its sweep and its folders are due');
select is((select concat_ws(' ', from_status, to_status, why) from sync_transitions),
          'disabled active grant g2 follows g1', 'what grant it had is kept');
select is((select count(*) from nova.provider_outages), 0::bigint, 'nobody probes that one');
select is(pg_temp.add('bob@example.com', 'g2', ''), 'bob@example.com g2 google active', 'again: nothing is new');
select is((select count(*) from sync_transitions), 1::bigint, 'nor told');

select is(pg_temp.add('bob@example.com', 'g3'), 'bob@example.com g3 google active',
          'while it is active another grant is another inbox');
select is(pg_temp.all_of('bob@example.com'), 'g2 active, g3 active', 'beside it');
update flux_inboxes set status = 'removed' where grant_id = 'g3';
select is(pg_temp.add('bob@example.com', 'g4', 'google', true), 'bob@example.com g4 google active g2',
          'unless the operator says so; what is active is taken first');
select is(pg_temp.all_of('bob@example.com'), 'g4 active, g3 removed', 'the other stays');
select is(pg_temp.add('bob@example.com', 'g3'), 'bob@example.com g3 google active', 'and comes back with its grant');

select is(pg_temp.add('eve@example.com', 'g5', 'google'), 'eve@example.com g5 google active', 'another mailbox');
update flux_inboxes set status = 'auth_expired' where grant_id = 'g5';
select is(pg_temp.add('eve@example.com', 'g6', 'microsoft'), 'eve@example.com g6 microsoft active',
          'which moved to another provider has other ids: a new inbox');
update flux_inboxes set status = 'auth_expired' where grant_id = 'g6';
select is(pg_temp.add('eve@example.com', 'g7', ''), 'eve@example.com g7 microsoft active g6',
          'without a provider the last one goes on');
select is(pg_temp.add('mallory@example.com', 'g7'), 'eve@example.com g7 microsoft active',
          'a grant of another address is told');
select is(pg_temp.all_of('mallory@example.com'), null, 'and nothing is changed');
select is(pg_temp.add('dan@example.com', 'g8', 'imap', true), 'dan@example.com g8 imap active',
          'where there is none to replace there is a new one');
