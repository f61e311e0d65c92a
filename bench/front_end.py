#!/usr/bin/env python3
"""What a front end asks for, with its times: front_end.py [MESSAGES [CALLS]]. Prints a table; --plans adds what each touches.

Four messages a thread, one inbox with nine tenths of them and nine others, as a signed-in user over the functions and tables of the
system access. Each question is asked CALLS times (200) warm, in one session; the table has the median, the 95th of a
hundred and the mean processor time of the server's process, which does not depend on what else the machine does. At the
end: what the system costs a backfill, by storing the same 20,000 messages with it and without, and what it takes on disk.
"""
import argparse
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'sql'))
from server import API_ROLES, migrations_for, private_server  # pylint: disable=wrong-import-position

LOAD = """
set synchronous_commit = off;
insert into flux_inboxes (id, email, grant_id, user_id)
select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'user' || n || '@example.org', 'g' || n, case n when 0 then 'ann' else 'bob' end
  from generate_series(0, 9) n;
insert into flux_email_folders (inbox_id, nylas_folder_id, name)
select i.id, f, f from flux_inboxes i, unnest(array['INBOX', 'ARCHIVE', 'SENT', 'RARE', 'TRASH', 'SPAM', 'WORK', 'DRAFTS']) f;
insert into flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, starred, has_attachments, earliest_message_at,
  latest_message_at, subject, snippet, participants, folders)
select ('00000000-0000-0000-0000-' || lpad((case when g % 10 = 0 then 1 + g / 10 %% 9 else 0 end)::text, 12, '0'))::uuid, 'T' || g, 4,
       g %% 500 = 0 or g > {threads} - 20, g %% 777 = 0, g %% 10 = 3, now() - g * interval '5 min' - interval '1 day', now() - g * interval '5 min',
       'Invoice number ' || g || ' about ' || (array['ships', 'boats', 'trees', 'rivers', 'hills'])[1 + g %% 5], 'Dear customer, number ' || g,
       jsonb_build_array(jsonb_build_object('email', 'p' || g %% 1000 || '@example.net', 'name', 'P'),
                         jsonb_build_object('email', 'user0@example.org', 'name', 'Ann')),
       jsonb_build_array(case when g > {threads} - 30 then 'RARE' when g %% 3 = 0 then 'ARCHIVE' else 'INBOX' end)
  from generate_series(1, {threads}) g;
insert into flux_email_messages (inbox_id, lo, hi, nylas_message_id, nylas_thread_id, message_date, unread, has_attachments, subject, snippet,
  from_addresses, to_addresses, folders, body, origin)
select t.inbox_id, 1, 2, t.nylas_thread_id || '-' || n, t.nylas_thread_id, t.latest_message_at - (4 - n) * interval '1 hour',
       t.unread and n = 4, t.has_attachments and n = 1, t.subject, t.snippet, jsonb_build_array(t.participants -> 0),
       jsonb_build_array(t.participants -> 1), t.folders, '<p>Hello, this is message ' || n || ' of ' || t.nylas_thread_id || ' about ' || t.subject
       || case when hashtext(t.nylas_thread_id) %% 150 = 0 then ' zeppelin' else '' end || '. Please find the contract '
       || md5(t.nylas_thread_id || n) || ' attached.</p>' || repeat('lorem ipsum dolor ', 20), 'backfill'
  from flux_email_threads t, generate_series(1, 4) n;
"""
SEARCH = """
insert into public.flux_email_search (inbox_id, nylas_message_id, content, message_date, nylas_thread_id)
select m.inbox_id, m.nylas_message_id, nova.search_content(m.subject, concat_ws(' ', m.from_addresses, m.to_addresses, m.cc_addresses),
       coalesce(m.body, m.snippet)), m.message_date, m.nylas_thread_id from public.flux_email_messages m
"""
ANN = '00000000-0000-0000-0000-000000000000'
QUESTIONS = {
    'newest threads, table': f"select * from flux_email_threads where inbox_id = '{ANN}' order by latest_message_at desc limit 50",
    'unread threads, table': f"select * from flux_email_threads where inbox_id = '{ANN}' and unread order by latest_message_at desc limit 50",
    'a message by id, table': "select * from flux_email_messages where id = (select id from one_message)",
    'newest threads': f"select * from mail_threads(inbox => '{ANN}')",
    'unread': 'select * from mail_threads(unread => true)',
    'starred': 'select * from mail_threads(starred => true)',
    'a frequent folder': "select * from mail_threads(folder => 'INBOX')",
    'a rare folder': "select * from mail_threads(folder => 'RARE')",
    'unread in a folder': "select * from mail_threads(folder => 'INBOX', unread => true)",
    'a participant': "select * from mail_threads(participant => 'p77@example.net')",
    'a frequent participant in a rare folder': "select * from mail_threads(participant => 'user0@example.org', folder => 'RARE')",
    'a page far back': "select * from mail_threads(folder => 'INBOX', before => now() - interval '200 days')",
    'a thread': 'select * from mail_thread_messages((select id from one_thread))',
    'newest messages': 'select * from mail_messages()',
    'messages with attachments': 'select * from mail_messages(attached => true)',
    'counts of eight folders': 'select * from mail_counts()',
    'search, a rare word': "select * from mail_search('31415')",
    'search, a word in 7 of 1,000': "select * from mail_search('zeppelin')",
    'search, a word in a fifth': "select * from mail_search('boat')",
    'search, a word of every message': "select * from mail_search('contract')",
    'search, from: and has:': "select * from mail_search('from:p77 has:attachment')",
    'changes since a minute ago': "select * from mail_changes((select at from since))",
}
STORE = """
select count(*) from generate_series(0, 99) b cross join lateral (
  select nova.store_messages(array_agg('{ann}'::uuid), array_agg('N' || b || '-' || n), array_agg('NT' || b || '-' || n / 4), array_agg('The offer ' || n),
         array_agg('s'::text), array_agg(repeat('lorem ipsum ', 80)), array_agg('[{{"email":"p' || n || '@example.net","name":"P"}}]'), array_agg('[]'::text),
         array_agg('[]'::text), array_agg('[]'::text), array_agg('[]'::text), array_agg('[]'::text), array_agg('["INBOX"]'::text), array_agg('{{}}'::text), array_agg(1700000000 + n::bigint),
         array_agg(false), array_agg(false), array_agg(32767::bigint), array_agg(('c' || b || n)::bytea), array_agg('x'::bytea),
         array_agg(1::bigint), array_agg(2::bigint), array_agg('backfill'::text), array_agg(''::text)) from generate_series(0, 199) n) s
"""


def measure(server, question, calls):
    """Milliseconds of each call as psql's own clock has them, and the mean processor time of the server's process in them."""
    file = server.folder / 'question.sql'
    warm, calls_of_it = [question + ';'] * 5, [question + ';'] * calls
    file.write_text('\n'.join(["set role authenticated; set request.jwt.claims = '{\"sub\":\"ann\"}';", 'select pg_backend_pid() as pid \\gset',
                               '\\setenv PID :pid', '\\o /dev/null', *warm, '\\! cat /proc/$PID/stat', '\\timing on', *calls_of_it, '\\timing off',
                               '\\! cat /proc/$PID/stat']) + '\n')
    done = server.psql('bench', '-f', str(file))
    if done.returncode:
        raise SystemExit(done.stderr)
    lines = done.stdout.splitlines()
    times = [float(line.split()[1]) for line in lines if line.startswith('Time:')]
    ticks = [sum(map(int, line.rsplit(')', 1)[1].split()[11:13])) for line in lines if line and line[0].isdigit()]
    return sorted(times), (ticks[1] - ticks[0]) * 1000 / os.sysconf('SC_CLK_TCK') / calls


def touched(server, question):
    plan = server.run('bench', "set request.jwt.claims = '{\"sub\":\"ann\"}'; set role authenticated; explain (analyze, buffers, costs off, timing off) "
                      + question)
    return next((line.strip() for line in plan.splitlines() if 'Buffers' in line), '')


def backfill(server, database):
    """Seconds that 20,000 messages take to be stored, the best of three."""
    times = []
    for _ in range(3):
        server.run(database, "delete from flux_email_messages where nylas_message_id like 'N%'; delete from flux_email_threads where nylas_thread_id like 'NT%'")
        begin = time.monotonic()
        server.run(database, STORE.format(ann=ANN))
        times.append(time.monotonic() - begin)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('messages', type=int, nargs='?', default=400_000)
    parser.add_argument('calls', type=int, nargs='?', default=200)
    parser.add_argument('--plans', action='store_true')
    given = parser.parse_args()
    with private_server(settings={'shared_buffers': '2GB', 'work_mem': '16MB', 'max_wal_size': '8GB'}) as server:
        server.run('postgres', API_ROLES)
        for database, system in (('bench', 'access'), ('plain', 'email')):
            server.create_database(database)
            for up in migrations_for(system):
                server.run_file(database, up)
        server.run('bench', LOAD.replace('%%', '%').format(threads=given.messages // 4))
        server.run('bench', 'set search_path = pg_catalog;' + SEARCH)
        server.run('bench', """create table one_message as select id from flux_email_messages where nylas_message_id = 'T501-2';
          create table one_thread as select id from flux_email_threads where nylas_thread_id = 'T501';
          create table since as select position as at from nova.changes(); grant select on one_message, one_thread, since to authenticated;
          update flux_email_messages set starred = true, changed_in = pg_current_xact_id() where nylas_thread_id in ('T502', 'T503')""")
        server.run('bench', 'vacuum analyze')
        print(f'{given.messages:,} messages in {given.messages // 4:,} threads, {given.calls} calls each; milliseconds')
        print('| question | median | p95 | processor |' + (' touched |' if given.plans else ''))
        print('|---|---|---|---|' + ('---|' if given.plans else ''))
        for name, question in QUESTIONS.items():
            times, processor = measure(server, question, given.calls)
            plan = f' {touched(server, question)} |' if given.plans else ''
            print(f'| {name} | {statistics.median(times):.1f} | {times[int(len(times) * 0.95) - 1]:.1f} | {processor:.1f} |{plan}', flush=True)
        sizes = server.run('bench', "select pg_size_pretty(pg_total_relation_size('flux_email_messages')), pg_size_pretty(pg_total_relation_size("
                           "'nova.thread_labels')), pg_size_pretty(pg_relation_size('flux_email_search_newest') + pg_relation_size('flux_email_threads_changed')"
                           " + pg_relation_size('flux_email_messages_id') + pg_relation_size('flux_email_messages_attached'))").strip()
        print('on disk: messages, labels, indexes of the system:', sizes)
        server.run('plain', f"insert into flux_inboxes (id, email, grant_id) values ('{ANN}', 'a@example.org', 'g')")
        server.run('bench', 'truncate flux_email_search, flux_email_attachments, flux_email_messages, flux_email_threads, nova.thread_labels cascade')
        without, with_it = backfill(server, 'plain'), backfill(server, 'bench')
        print(f'20,000 messages stored: {without:.2f} s without the system, {with_it:.2f} s with it')


if __name__ == '__main__':
    main()
