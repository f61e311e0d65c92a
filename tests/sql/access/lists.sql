-- Lists follow the threads, in every combination of what they are asked for, page by page.
set client_min_messages = warning;
select plan(17);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1'),
                                                      ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2');
\set inbox '''00000000-0000-0000-0000-00000000000a'''
select setseed(0.5) \g /dev/null
insert into flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, starred, latest_message_at, folders,
                                participants)
select case n % 5 when 0 then '00000000-0000-0000-0000-00000000000b'::uuid else :inbox end,
       't' || n, 1, random() < 0.3, random() < 0.2,
       -- Several of one second: a page ends between them too.
       case when n % 50 <> 0 then '2026-01-01'::timestamptz + (n / 4) * interval '1 second' end,
       to_jsonb(array(select f from unnest(array['INBOX', 'WORK', 'OLD']) f where random() < 0.5)),
       (select coalesce(jsonb_agg(jsonb_build_object('email', p || '@Example.net', 'name', p)), '[]')
          from unnest(array['eve', 'joe', 'sue']) p where random() < 0.4 + 0 * n)
  from generate_series(1, 600) n;

-- What there is to show, without any index of ours.
create function pg_temp.expected(p_inbox uuid, p_folder text, p_unread boolean, p_starred boolean, p_person text)
returns text language sql as $$
  select string_agg(t.nylas_thread_id, ' ' order by t.latest_message_at desc, t.id desc)
    from flux_email_threads t
   where (p_inbox is null or t.inbox_id = p_inbox) and t.latest_message_at is not null
     and (p_folder is null or t.folders ? p_folder) and (p_unread is null or t.unread = p_unread)
     and (p_starred is null or t.starred = p_starred)
     and (p_person is null or exists (select from jsonb_array_elements(t.participants) e
                                       where lower(e->>'email') = lower(p_person)))
$$;
create function pg_temp.paged(p_inbox uuid, p_folder text, p_unread boolean, p_starred boolean, p_person text,
                              p_size integer)
returns text language plpgsql as $$
declare
  v_row flux_email_threads;
  v_all text[] := '{}';
  v_page integer;
begin
  loop
    v_page := 0;
    for v_row in select * from mail_threads(p_inbox, p_folder, p_unread, p_starred, p_person, v_row.latest_message_at,
                                            v_row.id, p_size) loop
      v_all := v_all || v_row.nylas_thread_id;
      v_page := v_page + 1;
    end loop;
    exit when v_page < p_size;
  end loop;
  return nullif(array_to_string(v_all, ' '), '');
end $$;
create function pg_temp.wrong() returns setof text language sql as $$
  select format('%s %s %s %s %s', i, f, u, s, p)
    from unnest(array[null, '00000000-0000-0000-0000-00000000000a']::uuid[]) i,
         unnest(array[null, 'INBOX', 'nothing']) f, unnest(array[null, true, false]) u,
         unnest(array[null, true, false]) s, unnest(array[null, 'EVE@example.net']) p
   where pg_temp.paged(i, f, u, s, p, 37) is distinct from pg_temp.expected(i, f, u, s, p)
$$;
create function pg_temp.stale() returns bigint language sql as $$
  select count(*)
    from (select l.inbox_id, l.label, l.latest_message_at, l.thread_id from nova.thread_labels l) l
    full join (select t.inbox_id, l.label collate "C" as label, t.latest_message_at, t.id as thread_id
                 from flux_email_threads t
                cross join nova.labels_of(t.folders, t.participants, t.unread, t.starred) l (label)
                where t.latest_message_at is not null) t using (inbox_id, label, latest_message_at, thread_id)
   where l.thread_id is null or t.thread_id is null
$$;
select is_empty('select * from pg_temp.wrong()', 'every combination gives its threads, in order, none twice');
update flux_email_threads set unread = not unread where random() < 0.3;
update flux_email_threads set latest_message_at = latest_message_at + interval '1 hour' where random() < 0.3;
update flux_email_threads set folders = '["WORK"]', starred = false where random() < 0.2;
update flux_email_threads set latest_message_at = null where nylas_thread_id in ('t1', 't2');
update flux_email_threads set subject = 'x';
delete from flux_email_threads where nylas_thread_id ~ '3$';
select is(pg_temp.stale(), 0::bigint, 'labels follow what changes');
select is_empty('select * from pg_temp.wrong()', 'so do the lists');
insert into flux_email_threads as t (inbox_id, nylas_thread_id, unread, latest_message_at, folders)
values (:inbox, 't4', true, now(), '["INBOX"]'), (:inbox, 'new', true, now(), '["INBOX"]')
    on conflict (nylas_thread_id, inbox_id) do update set unread = excluded.unread, folders = excluded.folders;
select is(pg_temp.stale(), 0::bigint, 'also when one statement adds some and changes others');

insert into flux_email_folders (inbox_id, nylas_folder_id, name, deleted_at)
values (:inbox, 'INBOX', 'Inbox', null), (:inbox, 'WORK', 'Work', null), (:inbox, 'GONE', 'Gone', now());
select results_eq(
  format($$select folder_id, threads, unread, starred from mail_counts(%L) order by folder_id nulls first$$, :inbox),
  format($$select f, count(*), count(*) filter (where unread), count(*) filter (where starred)
             from flux_email_threads t, unnest(array[null, 'INBOX', 'WORK']) f
            where t.inbox_id = %L and t.latest_message_at is not null and (f is null or t.folders ? f)
            group by f order by f nulls first$$, :inbox), 'counts are those of the threads');
select is((select threads || '/' || up_to from mail_counts(:inbox, 5) where folder_id is null), '5/5',
          'counted as far as asked');

insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, message_date, has_attachments,
                                 deleted_at)
select :inbox, 'm' || n, 'new', 1, 2, '2026-01-01'::timestamptz + (n / 3) * interval '1 second', n % 4 = 0,
       case when n % 7 = 0 then now() end from generate_series(1, 100) n;
select id as thread from flux_email_threads where nylas_thread_id = 'new' \gset
create function pg_temp.read_thread(p_thread uuid, p_size integer) returns text language plpgsql as $$
declare
  v_row flux_email_messages;
  v_all text[] := '{}';
  v_page integer;
begin
  loop
    v_page := 0;
    for v_row in select * from mail_thread_messages(p_thread, v_row.message_date, v_row.id, p_size) loop
      v_all := v_all || v_row.nylas_message_id;
      v_page := v_page + 1;
    end loop;
    exit when v_page < p_size;
  end loop;
  return array_to_string(v_all, ' ');
end $$;
select is(pg_temp.read_thread(:'thread', 13),
          (select string_agg(nylas_message_id, ' ' order by message_date desc, id desc) from flux_email_messages
            where nylas_thread_id = 'new' and deleted_at is null), 'a thread has its messages, page by page');
select is((select count(*) from mail_messages(:inbox, page_size => 500)), 86::bigint, 'all messages');
select is((select count(*) from mail_messages(:inbox, true, page_size => 500)), 22::bigint, 'those with attachments');
select is((select count(*) from mail_messages(:inbox, false, page_size => 500)), 64::bigint, 'those without');
select is((select count(*) from flux_email_threads t, thread_messages(t)), 86::bigint, 'a thread embeds its messages');
select is((select count(distinct x.id) from flux_email_messages m, message_thread(m) x), 1::bigint,
          'a message its thread');
select is((select count(*) from mail_threads(page_size => 100000)), 500::bigint, 'a page has an end');
select is((select count(*) from mail_threads(page_size => -1)), 1::bigint, 'and a beginning');

-- What strangers send.
insert into flux_email_threads (inbox_id, nylas_thread_id, unread, latest_message_at, folders, participants)
values (:inbox, 'hostile', true, now(), jsonb_build_array(repeat('f', 9000), 5, null),
        (select jsonb_agg(jsonb_build_object('email', case when n = 1 then repeat('p', 9000) else n || '@x' end))
           from generate_series(1, 5000) n) || '[{"name":"no address"}, {"email":5}]');
select ok((select count(*) from nova.thread_labels l join flux_email_threads t on t.id = l.thread_id
            where t.nylas_thread_id = 'hostile') < 300, 'a mail to thousands has some hundred labels');
select is((select nylas_thread_id from mail_threads(folder => repeat('f', 9000))), 'hostile',
          'a name that is too long for an index is found by its beginning');
delete from flux_inboxes where id = :inbox;
select is((select count(*) from nova.thread_labels where inbox_id = :inbox), 0::bigint, 'nothing stays of an inbox');
select * from finish();
