-- Bytes of attachments: what is due, who fetches it, each content once, and what the certificate counts.
set client_min_messages = warning;
select plan(70);

insert into flux_inboxes (id, email, grant_id) values
  ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1'),
  ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2');
create function pg_temp.ann() returns uuid language sql immutable as
  $$ select '00000000-0000-0000-0000-00000000000a'::uuid $$;
create function pg_temp.bob() returns uuid language sql immutable as
  $$ select '00000000-0000-0000-0000-00000000000b'::uuid $$;
-- A message with attachments, as JSON, that was read at that time.
create function pg_temp.see(p_inbox uuid, p_id text, p_date text, p_attachments text, p_at bigint default 1000)
returns void language sql as $$
  select nova.store_messages(array[p_inbox], array[p_id], array['t-' || p_id], '{s}', '{x}', '{b}', '{[]}', '{[]}',
    '{[]}', '{[]}', '{[]}', array[p_attachments], '{[]}', '{"{}"}',
    array[extract(epoch from p_date::timestamptz)::bigint],
    '{f}', '{f}', '{32767}', '{c}', array[convert_to(p_attachments, 'UTF8')], array[p_at], array[p_at], '{backfill}',
    '{""}')
$$;
create function pg_temp.states() returns text language sql as $$
  select string_agg(concat_ws(' ', nylas_message_id || '/' || nylas_attachment_id, state, nullif(attempts, 0),
                              case when claimed_by is not null then 'claimed' end), ', '
                    order by nylas_message_id, nylas_attachment_id)
    from nova.attachment_bytes
$$;
create function pg_temp.follow(p_bytes_max bigint default 100) returns bigint language sql as
  $$ select nova.follow_attachments(1000, p_bytes_max) $$;
create function pg_temp.claim(p_limit integer default 10, p_share integer default 10, p_bytes_max bigint default 100,
                              p_node bigint default 0, p_grants text[] default '{}', p_held integer[] default '{}')
returns text language sql as $$
  select string_agg(c.message_id || '/' || c.attachment_id, ' ' order by c.message_id, c.attachment_id)
    from nova.claim_attachments(p_limit, p_share, p_grants, p_held, p_bytes_max, p_node) c
$$;
create function pg_temp.settle(p_id text, p_attachment text, p_outcome text, p_delay interval default '0',
                               p_size bigint default null)
returns text language sql as $$
  select nova.settle_attachment(b.inbox_id, b.nylas_message_id, b.nylas_attachment_id, b.due_at, p_outcome, p_size,
                                p_delay, 'why')
    from nova.attachment_bytes b where b.nylas_message_id = p_id and b.nylas_attachment_id = p_attachment
$$;
create function pg_temp.store(p_id text, p_attachment text, p_content text) returns boolean language sql as $$
  select nova.store_attachment(b.inbox_id, p_id, p_attachment, sha256(convert_to(p_content, 'UTF8')),
                               convert_to(p_content, 'UTF8'))
    from nova.attachment_bytes b where b.nylas_message_id = p_id and b.nylas_attachment_id = p_attachment
$$;

-- What is due.
select pg_temp.see(pg_temp.ann(), 'm1', '2026-01-01 10:00+00', '[{"id":"a1","size":10},{"id":"a2","size":101}]'),
       pg_temp.see(pg_temp.ann(), 'm2', '2026-01-02 10:00+00',
                   '[{"id":"a1","size":100,"is_inline":true},{"size":5},{"id":"a1","size":7},{"id":"a3"}]'),
       pg_temp.see(pg_temp.ann(), 'm3', '2026-01-03 10:00+00', '[]') \g /dev/null
select is((select count(*) from nova.attachment_bytes), 0::bigint, 'to store a message makes no row');
select is(nova.follow_attachments(1, 100), 1::bigint, 'what changed is read bit by bit');
select is(pg_temp.follow(), 2::bigint, 'to its end');
select is(pg_temp.states(), 'm1/a1 due, m1/a2 too_large, m2/a1 due, m2/a3 due',
          'a row of each with an id, once; what is listed as larger than the limit is too large');
select is(pg_temp.follow(), 0::bigint, 'once');
select is((select listed_size from nova.attachment_bytes where nylas_message_id = 'm2' and nylas_attachment_id = 'a1'),
          100::bigint, 'of two with one id the first counts');
select is((select attachments_listed from nova.mail_certificates), null, 'no certificate is there yet');

begin;
select pg_temp.see(pg_temp.ann(), 'o' || n, '2026-01-03 12:00+00', '[]') from generate_series(1, 5) n \g /dev/null
commit;
select is(nova.follow_attachments(2, 100) + nova.follow_attachments(2, 100) + nova.follow_attachments(2, 100),
          5::bigint, 'also what one transaction changed');

-- Who takes it.
select is(pg_temp.claim(1), 'm2/a1', 'the newest mail first');
select is(pg_temp.claim(10, 10, 9), 'm2/a3', 'not what is above the limit of who asks; what has no size is below');
select is(pg_temp.claim(), 'm1/a1', 'what another has is not taken');
select is(pg_temp.claim(), null, 'nothing is left');
update nova.attachment_bytes set due_at = now() where claimed_by is not null;
select is(pg_temp.claim(10, 10, 100, 7), 'm1/a1 m2/a1 m2/a3', 'after its hour it is taken again');
insert into nova.cluster_nodes (epoch, name, lease_until) values (7, 'n7', now()), (8, 'n8', now());
update nova.cluster_nodes set state = 'dead', ended_at = now() where epoch = 8;
select is(pg_temp.claim(), null, 'the end of another node frees nothing');
update nova.cluster_nodes set state = 'dead', ended_at = now() where epoch = 7;
select is(pg_temp.claim(10, 10, 100, 9), 'm1/a1 m2/a1 m2/a3', 'when its node ends it is free at once');
select is(nova.fit_attachments(100, 9), 3::bigint, 'a node that begins anew gives back what it had claimed');
select is(nova.fit_attachments(100, 9), 0::bigint, 'and then all is as it should be');

select pg_temp.see(pg_temp.bob(), 'n1', '2025-01-01 10:00+00', '[{"id":"a1","size":1},{"id":"a2","size":1}]')
  \g /dev/null
select pg_temp.follow() \g /dev/null
select is(pg_temp.claim(2), 'm2/a1 n1/a1', 'in turn one of each grant, however old its mail');
select is(pg_temp.claim(10, 2, 100, 0, '{g1,g2}', '{1,2}'), 'm2/a3', 'no grant more than its share');
update flux_inboxes set status = 'auth_expired' where grant_id = 'g1';
select is(pg_temp.claim(), 'n1/a2', 'nor one that must be authorised again');
update flux_inboxes set status = 'active';
insert into nova.provider_outages (scope, subject) values ('grant', 'g1');
select is(pg_temp.claim(), null, 'nor one that cannot be reached');
delete from nova.provider_outages;
select is(pg_temp.claim(), 'm1/a1', 'until it can');

-- How it ends.
select ok(pg_temp.store('m1', 'a1', 'hello'), 'stored');
select is((select concat_ws('|', size, encode(content, 'escape'), sha256 = sha256(content))
             from nova.attachment_contents), '5|hello|t', 'its bytes are there under their sha256');
select is((select concat_ws('|', listed_size, size) from nova.attachment_bytes where nylas_message_id = 'm1'
             and state = 'stored'), '10|5', 'another size than was listed is noted');
select ok(not pg_temp.store('m1', 'a1', 'hello'), 'stored once');
select ok(pg_temp.store('n1', 'a1', 'hello') and pg_temp.store('m2', 'a1', 'hello'), 'what others have too');
select is((select count(*) from nova.attachment_contents), 1::bigint, 'is there once');
select is(nova.store_attachment(pg_temp.ann(), 'm9', 'a1', sha256('x'), 'x'), false,
          'of no attachment nothing is stored');
select is((select count(*) from nova.attachment_contents), 1::bigint, 'nor its bytes');

select is(pg_temp.settle('m2', 'a3', 'gone', '1 minute'), 'due', 'one 404 is none');
select is(pg_temp.claim(), null, 'it is asked for again a little later');
update nova.attachment_bytes set due_at = now() where nylas_attachment_id = 'a3';
select is(pg_temp.claim(), 'm2/a3', 'then');
select is(pg_temp.settle('m2', 'a3', 'later'), 'due', 'what is not its fault');
select is(pg_temp.settle('m2', 'a3', 'gone'), 'gone', 'leaves it at one; the second decides');
select is(pg_temp.settle('m2', 'a3', 'failed'), null, 'whoever has no claim settles nothing');
select is(pg_temp.settle('n1', 'a2', 'failed', '1 hour'), 'due', 'a failure');
select is((select concat_ws('|', attempts, reason, due_at > now() + interval '59 minutes', claimed_by is null)
             from nova.attachment_bytes where nylas_message_id = 'n1' and nylas_attachment_id = 'a2'), '1|why|t|t',
          'is counted, and due later');
update nova.attachment_bytes set due_at = now() where nylas_message_id = 'n1' and state = 'due';
select is(pg_temp.claim(), 'n1/a2', 'again');
select is(pg_temp.settle('n1', 'a2', 'too_large', '0', 101), 'too_large', 'what came is larger than it was listed');
select is(pg_temp.claim(), null, 'it is not asked for again');

-- The limit grows and shrinks.
select is(nova.fit_attachments(100, 0), 0::bigint, 'as long as the setting stays');
select is(nova.fit_attachments(101, 0), 2::bigint, 'with a larger one both are due');
select is(pg_temp.claim(10, 10, 101), 'm1/a2 n1/a2', 'and are taken');
select is(nova.fit_attachments(100, 0), 3::bigint, 'given back, and the one that is listed as larger is too large');
select is(pg_temp.claim(), 'n1/a2', 'the other is asked for');
select ok(pg_temp.store('n1', 'a2', 'other'), 'and comes');

-- Its message changes.
select pg_temp.see(pg_temp.ann(), 'm2', '2026-01-02 10:00+00', '[{"id":"a1","size":100},{"id":"a3"}]', 2000)
  \g /dev/null
select pg_temp.follow() \g /dev/null
select is(pg_temp.states(), 'm1/a1 stored, m1/a2 too_large, m2/a1 stored, m2/a3 due, n1/a1 stored, n1/a2 stored',
          'what is stored stays, what was gone is asked for again');
select pg_temp.see(pg_temp.ann(), 'm2', '2026-01-02 10:00+00', '[{"id":"a3"}]', 3000),
       nova.tombstone_messages(array[pg_temp.ann()], '{m1}', '{4000}', '{4000}') \g /dev/null
select pg_temp.follow() \g /dev/null
select is(pg_temp.states(), 'm1/a1 stored, m2/a3 due, n1/a1 stored, n1/a2 stored',
          'what it no longer has is no attachment; of a tombstone nothing is fetched, and what is stored stays');
select is(nova.sweep_attachment_contents(), 0::bigint, 'every content is named');
select pg_temp.see(pg_temp.ann(), 'm1', '2026-01-01 10:00+00', '[{"id":"a1","size":10},{"id":"a2","size":101}]', 5000)
  \g /dev/null
select pg_temp.follow() \g /dev/null
select is(pg_temp.states(), 'm1/a1 stored, m1/a2 too_large, m2/a3 due, n1/a1 stored, n1/a2 stored',
          'a message that comes back has all of them');

-- What is not named goes.
delete from flux_inboxes where id = pg_temp.bob();
select is(pg_temp.states(), 'm1/a1 stored, m1/a2 too_large, m2/a3 due', 'with an inbox go its attachments');
select is((select count(*) from nova.attachment_contents), 2::bigint, 'their bytes');
select is(nova.sweep_attachment_contents(1) + nova.sweep_attachment_contents(1) + nova.sweep_attachment_contents(1)
          + nova.sweep_attachment_contents(1), 1::bigint, 'are swept, but for those that others have, bit by bit');
select is((select encode(content, 'escape') from nova.attachment_contents), 'hello', 'which stay');

-- The certificate counts.
select pg_temp.see(pg_temp.ann(), 'm4', '2026-01-01 11:00+00', '[{"id":"a4","size":1},{"size":1}]') \g /dev/null
select pg_temp.follow() \g /dev/null
select nova.begin_comparison(pg_temp.ann(), null, null, 'n1') as run \gset
select nova.open_comparison(:run) \g /dev/null
select nova.end_comparison(:run, 1) \g /dev/null
create function pg_temp.counted() returns text language sql as $$
  select string_agg(concat_ws(' ', to_char(day, 'MM-DD'), attachments_listed, attachments_stored,
                              attachments_too_large, attachments_unavailable), ', ' order by day)
    from nova.mail_certificates where attachments_listed is not null
$$;
select is(pg_temp.counted(), '01-01 4 1 1 1, 01-02 1 0 0 0, 01-03 0 0 0 0',
          'attachments a day: listed, stored, too large, and those that cannot be had; the rest waits');
select pg_temp.claim() \g /dev/null
select ok(pg_temp.store('m4', 'a4', 'four'), 'one more');
select nova.begin_comparison(pg_temp.ann(), '2026-01-01', '2026-01-02', 'n1') as run \gset
select nova.open_comparison(:run) \g /dev/null
select nova.end_comparison(:run, 1) \g /dev/null
select is(pg_temp.counted(), '01-01 4 2 1 1, 01-02 1 0 0 0, 01-03 0 0 0 0', 'a comparison counts its days anew');

-- What somebody changed is found.
create function pg_temp.problems() returns text language sql as $$
  select string_agg(concat_ws(' ', problem, message_id, attachment_id), ', ' order by problem, message_id)
    from nova.check_attachments(pg_temp.ann(), '')
$$;
select is(pg_temp.problems(), ' m1 a1,  m4 a4', 'all are what they were');
select is((select count(*) from nova.check_attachments(pg_temp.ann(), '', 1)), 1::bigint, 'some at a time');
select is((select count(*) from nova.check_attachments(pg_temp.ann(), (select sha256 from nova.attachment_contents
                                                                        order by 1 desc limit 1))),
          0::bigint, 'to the end');
update nova.attachment_contents set content = 'hellO' where content = 'hello';
select is(pg_temp.problems(), ' m4 a4, altered m1 a1', 'a byte that was changed is found');
set session_replication_role = replica;
delete from nova.attachment_contents where content = 'hellO';
reset session_replication_role;
select is(pg_temp.problems(), ' m4 a4, missing m1 a1', 'and one that was taken away');
update nova.attachment_bytes set state = 'due', sha256 = null, due_at = '-infinity' where sha256 = sha256('hello');
select is(pg_temp.claim(), 'm1/a1', 'it can be had again');
select ok(pg_temp.store('m1', 'a1', 'hello'), 'and comes');
select is(pg_temp.problems(), ' m1 a1,  m4 a4', 'as it was');

-- Not kept: `none`.
select pg_temp.see(pg_temp.ann(), 'k1', '2026-01-05 10:00+00', '[null]') \g /dev/null
select is((select has_attachments::text || count(a.*) from flux_email_messages m
             left join flux_email_attachments a using (inbox_id, nylas_message_id)
            where m.nylas_message_id = 'k1' group by has_attachments), 'true0',
          'that it has some is stored, which they are is not');
select ok(nova.same_attachments(pg_temp.ann(), 'k1', '[null]') and nova.same_attachments(pg_temp.ann(), 'm1', '[null]'),
          'they do not differ, whether some are kept or not');
select pg_temp.see(pg_temp.ann(), 'm1', '2026-01-01 10:00+00', '[null]', 6000) \g /dev/null
select is((select count(*) from flux_email_attachments where nylas_message_id = 'm1'), 0::bigint,
          'a message that is read anew loses those that were kept');
select is((select count(*) from nova.attachment_bytes where nylas_message_id = 'k1'), 0::bigint,
          'and has none to fetch');

select * from finish();
