-- What cannot be read is kept, bounded, read again by another version, and goes; absent is not empty.
set client_min_messages = warning;
select plan(28);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
create function pg_temp.keep(p_id text, p_raw text, p_kind text default 'message', p_version text default '1')
returns void language sql as $$
  select nova.record_rejects('{00000000-0000-0000-0000-00000000000a}', array[p_kind], array[convert_to(p_id, 'UTF8')],
                             array[p_id], '{why}', array[p_raw], p_version)
$$;
create function pg_temp.kept() returns text language sql as $$
  select string_agg(concat_ws(':', provider_id, times_seen, raw), ' ' order by kind, provider_id)
    from flux_email_rejects
$$;
create function pg_temp.bytes() returns bigint language sql as 'select reject_bytes from flux_inboxes';

select pg_temp.keep('m1', '{}') \g /dev/null
select pg_temp.keep('m1', '{"a":1}') \g /dev/null
select pg_temp.keep('m2', '') \g /dev/null
select is(pg_temp.kept(), 'm1:2:{"a":1} m2:1', 'each once, counted, the newest raw');
select is(pg_temp.bytes(), 7::bigint, 'the room is counted');
select lives_ok($$select nova.record_rejects(array_fill('00000000-0000-0000-0000-00000000000a'::uuid, '{2}'),
                                             '{thread,thread}', array['\x01', '\x01']::bytea[], '{t,t}', '{a,b}',
                                             '{x,x}', '1')$$, 'the same twice in a call');
select is((select times_seen from flux_email_rejects where kind = 'thread'), 2::bigint, 'counts twice');
select throws_ok($$select pg_temp.keep('x', '{}', 'nonsense')$$, '23514', null, 'an unknown kind');
select is((select count(*) from nova.claim_rejects('1', 10)), 0::bigint, 'this version does not read its own again');
select is((select count(*) from nova.claim_rejects('2', 1)), 1::bigint, 'another does, as many as it asks for');
select is((select count(*) from nova.claim_rejects('2', 10)), 1::bigint, 'then the others that are kept whole');
select is((select count(*) from nova.claim_rejects('2', 10)), 0::bigint, 'each once');
select nova.reject_still('{00000000-0000-0000-0000-00000000000a}', '{thread}', array['\x01'::bytea], '{still}',
                         '2') \g /dev/null
select is((select version || reason from flux_email_rejects where kind = 'thread'), '2still',
          'what that one cannot read either waits for the next');
select is(nova.forget_rejects('{00000000-0000-0000-0000-00000000000a}', '{message}', array[convert_to('m1', 'UTF8')]),
          1::bigint, 'what can be read goes');
select is(pg_temp.bytes(), 1::bigint, 'and gives its room back');
update flux_inboxes set reject_bytes = nova.reject_bytes_max() - 3;
select pg_temp.keep('m3', '{"a":1}') \g /dev/null
select is((select raw from flux_email_rejects where provider_id = 'm3'), null,
          'beyond the room of an inbox only id and reason');
update flux_inboxes set reject_bytes = 0;
select pg_temp.keep('m4', '"' || repeat('x', 1048576) || '"') \g /dev/null
select is((select raw from flux_email_rejects where provider_id = 'm4'), null, 'and above a mebibyte');
select lives_ok($$select nova.record_rejects('{00000000-0000-0000-0000-00000000000f}', '{message}',
                                             array['\x01'::bytea], '{x}', '{r}', '{}', '1')$$, 'an inbox that is gone');
select is((select count(*) from flux_email_rejects where provider_id = 'x'), 0::bigint, 'keeps nothing');
delete from flux_email_rejects;

-- One observation of one message with these fields; the others are not carried.
create function pg_temp.see(p_carried bigint, p_lo bigint, p_text text, p_hash text default null,
                            p_extra text default '')
returns text language sql as $$
  select concat_ws(' ', inserted, replaced, confirmed, ignored, doubtful)
    from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', '{m1}', array[p_text], array[p_text],
                             array[p_text], array[p_text], array[format('[{"email":%I}]', p_text)],
                             array[format('[{"email":%I}]', p_text)], array[format('[{"email":%I}]', p_text)],
                             array[format('[{"email":%I}]', p_text)], array[format('[{"email":%I}]', p_text)],
                             array[format('[{"id":"%s"}]', p_text)], array[format('["%s"]', p_text)],
                             array[format('{"k":"%s"}', p_text)], array[length(p_text)::bigint], array[p_text <> 'A'],
                             array[p_text <> 'A'], array[p_carried],
                             array[convert_to(coalesce(p_hash, p_text || p_carried), 'UTF8')],
                             array[convert_to(p_extra, 'UTF8')], array[p_lo], array[p_lo + 1], '{backfill}',
                             array[case when p_text = 'ODD' then '{"date":"odd"}' else '' end])
$$;
create function pg_temp.row_of() returns text language sql as $$
  select concat_ws('|', nylas_thread_id, subject, snippet, from_addresses, to_addresses, cc_addresses, bcc_addresses,
                   reply_to_addresses, folders, metadata, extract(epoch from message_date)::bigint, unread, starred,
                   body, has_attachments, (select string_agg(a.nylas_attachment_id, ',') from flux_email_attachments a))
    from flux_email_messages where nylas_message_id = 'm1'
$$;
select is(pg_temp.see(32767, 10, 'A', 'hash', 'extra'), '1 0 0 0 0', 'a whole message');
select pg_temp.row_of() as whole \gset
select is(pg_temp.see(0, 20, 'ZZ'), '0 0 1 0 0', 'one that says nothing confirms');
select is(pg_temp.row_of(), :'whole', 'and writes nothing');
create temporary table fields (bit bigint, changed text);
do $$
declare
  b bigint := 1;
  n bigint := 100;
begin
  while b < 32767 loop
    perform pg_temp.see(b, n, 'ZZ', null, case when b & 28 <> 0 then 'other' else '' end);
    insert into fields values (b, pg_temp.row_of());
    perform pg_temp.see(32767, n + 10, 'A', 'hash', 'extra');
    insert into fields values (0, pg_temp.row_of());
    b := b * 2; n := n + 100;
  end loop;
end
$$;
select is((select count(distinct changed) from fields where bit > 0 and changed <> :'whole'), 15::bigint,
          'each field is written alone');
select is((select count(*) from fields where bit = 0 and changed <> :'whole'), 0::bigint,
          'and nothing else was touched');
select is((select convert_from(core_hash, 'UTF8') || convert_from(extra_hash, 'UTF8') from flux_email_messages),
          'hashextra', 'the hashes are those of the whole');
select is(pg_temp.see(1 + 4 + 128, nova.open_below(), 'A', 'other', 'other'), '0 0 1 0 0',
          'some fields that are equal confirm');
select is(pg_temp.see(1, 5000, 'ODD'), '0 1 0 0 0', 'another subject');
select is((select reader_notes::text from flux_email_messages), '{"date": "odd"}', 'with a note');
select is((select core_hash from flux_email_messages), null, 'makes the hash unknown');
select is(pg_temp.see(32767, 6000, 'A', 'hash', 'extra'), '0 1 0 0 0', 'the whole again');
select is((select reader_notes::text || coalesce(nylas_thread_id, '') from flux_email_messages), null, 'has no note');
