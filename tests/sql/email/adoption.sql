-- Values of the Node service as ours: whatever its columns hold is no error.
select plan(35);

select is(nova.adopted_time(v::jsonb), t::timestamptz, 'a time: ' || v)
  from (values ('"2025-03-03T10:00:00.5+01:00"', '2025-03-03 09:00:00.5+00'),
               ('"2025-03-03 10:00:00"', '2025-03-03 10:00:00+00'),
               ('"Mon, 3 Mar 2025 10:00:00 +0100"', '2025-03-03 09:00:00+00'),
               ('"03/04/2025"', '2025-03-04 00:00:00+00'),
               ('1741000000', '2025-03-03 11:06:40+00'), ('"1741000000000"', '2025-03-03 11:06:40+00'),
               ('"tomorrow"', null), ('"infinity"', null), ('99', null), ('"2025-13-45"', null), ('[]', null),
               ('null', null)) x (v, t);

select is(nova.adopted_addresses(v::jsonb), a::jsonb, 'addresses: ' || v)
  from (values ('[{"email": "a@x.org", "name": "A"}]', '[{"email": "a@x.org", "name": "A"}]'),
               ('[{"address": "a@x.org", "name": null}]', '[{"email": "a@x.org"}]'),
               ('{"email": "a@x.org"}', '[{"email": "a@x.org"}]'),
               ('["a@x.org", "B <b@x.org>"]', '[{"email": "a@x.org"}, {"email": "b@x.org", "name": "B"}]'),
               ('"a@x.org, B <b@x.org>"', '[{"email": "a@x.org"}, {"email": "b@x.org", "name": "B"}]'),
               (E'"[{\\"email\\": \\"a@x.org\\"}]"', '[{"email": "a@x.org"}]'),
               ('[]', '[]'), ('"[{broken"', null), ('[1]', null), ('7', null), ('null', null)) x (v, a);

select is(nova.adopted_folders('["b", "a", {"id": "c"}, 7, ""]'), '["a", "b", "c"]', 'folders are sorted ids');
select is(nova.adopted_folders('"none"'), null, 'a text is no list of folders');
select is(nova.adopted_attachments('[1]'), null, 'a number is no attachment');
select is(nova.adopted_uuid('flux_inboxes', '7'), md5('flux_inboxes/7')::uuid, 'a number becomes an id');
select is(nova.adopted_uuid('t', 'AAAAAAAA-0000-4000-8000-000000000001'), 'aaaaaaaa-0000-4000-8000-000000000001'::uuid,
          'an id stays');
select is(nova.adopted_inbox_status(s), w, 'an inbox that is ' || coalesce(s, 'null'))
  from (values (null, 'active'), ('Connected', 'active'), ('grant_expired', 'auth_expired'), ('on holiday', 'disabled'))
       x (s, w);
select is(nova.adopted_row(E'{"a": "x\\u0000y\\\\u0000", "b": 1}', '{"ours": "a", "none": "c"}'),
          jsonb_build_object('ours', E'x\ufffdy\\u0000'), 'U+0000 is replaced, what only looks like it is not');
select is(nova.adopted_row(E'{"a": "\\ud800", "b": 1}', '{"x": "a", "y": "b"}'),
          jsonb_build_object('x', E'\ufffd', 'y', 1), 'half a character is replaced');
select throws_ok($$select nova.adopt_rows('users', '{}', '{}', '{}', '{}')$$, '20000', null,
                 'no other table is adopted');
select * from finish();
