-- Webhook endpoints as Nylas lists them: one whose status changes makes the newest days of all inboxes due.
set client_min_messages = warning;
select plan(11);
insert into flux_inboxes (email, grant_id, provider, status, swept_until) values
  ('ann@example.com', 'g1', 'google', 'active', now()), ('bob@example.com', 'g2', 'google', 'disabled', now());
select nova.plan_certifications();
insert into nova.mail_certifications (inbox_id, scope, due_at)
select id, 'recent', now() + interval '1 hour' from flux_inboxes where grant_id = 'g2';
create function pg_temp.later() returns void language sql as
  $$ update nova.mail_certifications set due_at = now() + interval '1 hour' $$;
create function pg_temp.due() returns text language sql as $$
  select string_agg(i.email || ' ' || k.scope, ', ' order by i.email, k.scope)
    from nova.mail_certifications k join flux_inboxes i on i.id = k.inbox_id where k.due_at <= now()
$$;
create function pg_temp.note(p_ids text[], p_statuses text[]) returns text language sql as $$
  select string_agg(concat_ws(' ', n.endpoint, n.url, nullif(n.was, ''), n.status), ', ' order by n.endpoint)
    from nova.note_webhook_endpoints(p_ids, array_fill('https://example.com/hook'::text, array[cardinality(p_ids)]),
                                     p_statuses) n
$$;

select pg_temp.later();
select is(pg_temp.note('{e1,e2}', '{active,active}'), null, 'endpoints that are active when first seen are no change');
select is(pg_temp.due(), null, 'and make nothing due');
select is(pg_temp.note('{e1,e2}', '{active,failing}'), 'e2 https://example.com/hook active failing',
          'one whose deliveries fail is one');
select is(pg_temp.due(), 'ann@example.com month, ann@example.com recent',
          'the newest days of every active inbox are due');
select pg_temp.later();
select is(pg_temp.note('{e1,e2}', '{active,failing}'), null, 'the same again is none');
select is(pg_temp.due(), null, 'and makes nothing due');
update nova.webhook_endpoints set since = now() - interval '1 hour';
select is(pg_temp.note('{e1,e2}', '{active,active}'), 'e2 https://example.com/hook failing active',
          'when it is active again, what it missed is looked for');
select is((select string_agg(e.id || ' ' || (e.since > now() - interval '1 minute'), ', ' order by e.id)
             from nova.webhook_endpoints e),
          'e1 false, e2 true', 'a status has its own since');
select is(pg_temp.note('{e1,e3}', '{active,failed}'), 'e3 https://example.com/hook failed',
          'a new one that is not active is a change');
select is((select string_agg(e.id, ' ' order by e.id) from nova.webhook_endpoints e), 'e1 e3', 'one that is gone goes');
select is(pg_temp.note('{}', '{}'), null, 'none at all');
select * from finish();
