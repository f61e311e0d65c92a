-- Search as people type.
set client_min_messages = warning;
select plan(36);
insert into flux_inboxes (id, email, grant_id, user_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1', 'ann'),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2', 'bob');
\set inbox '''00000000-0000-0000-0000-00000000000a'''
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, subject, body, from_addresses,
                                 to_addresses, message_date, has_attachments, unread, starred, folders)
select :inbox, m.id, 't-' || left(m.id, 1), 1, 2, m.subject, m.body,
       jsonb_build_array(jsonb_build_object('email', m.sender, 'name', 'Mr ' || initcap(split_part(m.sender, '@', 1)))),
       '[{"email":"ann@example.com","name":"Ann"}]', (m.date || ' 12:00+00')::timestamptz, m.attached, m.unread, false,
       jsonb_build_array(m.folder)
  from (values ('a1', 'Two boats', 'They are running', 'joe@example.net', '2026-01-10', true, true, 'INBOX'),
               ('a2', 'Re: Two boats', 'It''s a big deal, the harbour', 'eve@example.net', '2026-01-11', false, false,
                'INBOX'),
               ('b1', 'Lunch', 'the deal is big, with boats', 'eve@example.net', '2026-02-01', false, true, 'WORK'),
               ('c1', 'boat boat boat', 'boat', 'joe@example.net', '2026-01-01', false, false, 'WORK'),
               ('d1', 'Odd', E'C:\\temp foo-bar a''b "quoted', 'x@example.net', '2026-03-01', false, false, 'WORK'))
         m (id, subject, body, sender, date, attached, unread, folder);
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, subject, message_date)
values ('00000000-0000-0000-0000-00000000000b', 'z1', 'z', 1, 2, 'boats of another', now());
create function pg_temp.fill() returns void language plpgsql as $$
begin
  while nova.fill_search(100) > 0 loop null; end loop;
end $$;
select pg_temp.fill() \g /dev/null
create function pg_temp.found(p_query text, p_inbox uuid default '00000000-0000-0000-0000-00000000000a') returns text
language sql as $$
  select string_agg(nylas_message_id, ' ' order by nylas_message_id) from mail_search(p_query, p_inbox)
$$;
select is(pg_temp.found(q), e, format('%s', q)) from (values
  ('boat', 'a2 b1 c1'), ('boats', 'a2 b1'), ('BOATS', 'a2 b1'), ('harb', 'a2'), ('ha', null), ('"big deal"', 'a2'),
  ('big deal', 'a2 b1'), ('boat -lunch', 'a2 c1'), ('-lunch', 'a2 c1 d1'), ('from:eve', 'a2 b1'),
  ('from:joe boat', 'a1 c1'),
  ('from:ann', null), ('to:ann boat', 'a2 b1 c1'), ('subject:boat', 'a2 c1'), ('subject:deal', null),
  ('has:attachment', 'a1'), ('boat has:attachments', 'a1'), ('-has:attachment boat', 'a2 b1 c1'),
  ('before:2026-01-11', 'a1 c1'),
  ('boat after:2026-01-10', 'a2 b1'), ('is:unread', 'a1 b1'), ('in:WORK boat', 'b1 c1'), ('it''s', 'a2'),
  (E'c:\\temp', 'd1'), ('foo-bar', 'd1'), ('a''b', 'd1'),
  ('!!! "" -', 'a2 b1 c1 d1'), ('joe@example.net', 'a1 c1'))
  t (q, e);
select is((select string_agg(nylas_message_id, ' ') from mail_search('boat', :inbox)), 'c1 a2 b1',
          'the best comes first: what has it in its subject, and often');
select is((select string_agg(ranked::text || coalesce(next, ''), ' ') from mail_search('boat', :inbox)),
          'true true true', 'and says that it is ranked');
select is(pg_temp.found('boats', null), 'a2 b1 z1', 'in all inboxes');
select throws_ok($$select from mail_search('before:monday')$$, '22007', null, 'a day that is none is told');
select throws_ok($$select from mail_search('x', after => 'nonsense')$$, '22023', null, 'so is a place that is none');
select lives_ok($$select from mail_search(repeat('from:"a'' ', 2000))$$, 'however long it is');

select nova.set_search_language('english'), pg_temp.fill() \g /dev/null
select is(pg_temp.found('boating runs'), 'a1', 'with a language the stems are found too');
select throws_ok($$select nova.set_search_language('klingon')$$, '22023', null, 'a language that is none is told');
select * from finish();
