#!/usr/bin/env python3
"""What the documents of the messenger and of the assistant promise, acted out by a running node: promises_test.py BUILD.

Their statements are run word for word by tests/sql; here somebody sends, and a node does. One server, one node with the role jobs, one
receiver of POSTs; the commands are those that a person would type.
"""
import collections
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / 'sql'))
import server as sql_server  # noqa: E402
from tap import tap_stream  # noqa: E402

TOKEN = 'a-token-of-more-than-sixteen-characters'

WORK = """
create role clerk;
create schema work;
create table work.ledger (n bigint generated always as identity, message bigint, body jsonb, at timestamptz default clock_timestamp());
create function work.book(job jsonb) returns void language sql as $$
  insert into work.ledger (message, body) values ((job ->> 'id')::bigint, job -> 'body') $$;
grant usage on schema work to clerk;
grant insert on work.ledger to clerk;
"""


class broken(Exception):
    """A promise does not hold."""


class receiver(http.server.ThreadingHTTPServer):
    """Answers a POST to /CODE with that code, or with 204 once it has been asked so often as /CODE/TIMES says."""
    daemon_threads = True

    def __init__(self):
        self.seen, self.lock = collections.defaultdict(list), threading.Lock()
        outer = self

        class handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                code, times = (self.path[1:].split('/') + ['1000'])[:2]
                with outer.lock:
                    outer.seen[body['id']].append((time.monotonic(), body))
                    count = len(outer.seen[body['id']])
                self.send_response(int(code) if count <= int(times) else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(('127.0.0.1', 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def address(self, path):
        return f'http://127.0.0.1:{self.server_address[1]}/{path}'


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def eventually(holds, what, within=30):
    deadline = time.monotonic() + within
    while not (said := holds()):
        if time.monotonic() > deadline:
            raise broken(f'{what} did not come true within {within} s')
        time.sleep(0.02)
    return said


class stage:
    def __init__(self, build, stack):
        self.program, self.stack = f'{build}/nova', stack
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='nova-promises-')))
        self.server = stack.enter_context(sql_server.private_server())
        self.server.run('postgres', 'create database nova')
        self.receiver = receiver()
        stack.callback(self.receiver.shutdown)
        self.api = free_port()
        self.environment = {'PATH': os.environ['PATH'], 'DATABASE_URL': self.server.connection('nova'), 'NYLAS_API_KEY': 'x', 'NOVA_LISTEN': 'off',
                            'NOVA_HTTP': 'off', 'NOVA_INSPECT': str(self.folder / 'socket'), 'NOVA_JOBS_WINDOW': '8', 'POLL_INTERVAL_MS': '1000',
                            'NOVA_API': f'127.0.0.1:{self.api}', 'NOVA_API_TOKEN': TOKEN, 'NOVA_EXPORT_DIR': str(self.folder)}
        self.nova('migrate', 'up', '--system', 'messenger', '--system', 'assistant')
        self.sql(WORK)

    def sql(self, statement):
        return self.server.run('nova', statement).strip()

    def nova(self, *words, good=True, **more):
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False, env={**self.environment, **more}, cwd=self.folder,
                              timeout=120)
        if good and done.returncode:
            raise broken(f'nova {" ".join(words)}: code {done.returncode}: {done.stderr}{done.stdout}')
        return done

    def start(self):
        self.log = open(self.folder / 'log', 'w', encoding='utf-8')
        self.node = subprocess.Popen([self.program, 'run', '--roles', 'jobs,ingress', '--name', 'n1'], stdout=self.log, stderr=self.log,
                                     env=self.environment, cwd=self.folder)
        self.stack.callback(self.stop)
        eventually(lambda: self.sql("select count(*) from nova.cluster_nodes where state = 'up'") == '1', 'that the node is up')

    def stop(self):
        self.node.terminate()
        self.node.wait(30)

    def booked(self):
        return [json.loads(line) for line in self.sql('select body from work.ledger order by n').splitlines()]

    def forget(self):
        self.sql('truncate work.ledger')

    def left(self):
        return int(self.sql("select count(*) from messenger_messages where status <> 'completed'"))

    def done(self, within=30):
        eventually(lambda: self.left() == 0, 'that all messages are done', within)


def equal(seen, wanted):
    if seen != wanted:
        raise broken(f'{seen!r} instead of {wanted!r}')


def says(text, *parts):
    for part in parts:
        if part not in text:
            raise broken(f'{part!r} is not in: {text}')


# The messenger, first without a node: what consume does.

def handlers_are_set_listed_tested_and_removed(it):
    it.nova('messenger', 'handlers', 'set', '--type', 'book', '--sql', 'work.book', '--as', 'clerk')
    it.nova('messenger', 'handlers', 'set', '--type', 'gone', '--http', it.receiver.address(204), '--allow-private')
    says(it.nova('messenger', 'handlers', 'list').stdout, 'work.book', 'gone')
    says(it.nova('messenger', 'handlers', 'test', '--type', 'book').stdout, 'done')
    equal(it.booked(), [])
    it.nova('messenger', 'handlers', 'remove', '--type', 'gone')
    if 'gone' in it.nova('messenger', 'handlers', 'list').stdout:
        raise broken('it is still listed')


def messages_are_sent_by_sql_and_by_command_and_consumed(it):
    it.sql("""insert into messenger_messages (type, body) values ('book', '{"by": "insert"}')""")
    it.sql("""select messenger_send('book', '{"by": "function"}')""")
    it.nova('messenger', 'send', 'book', '{"by": "command"}')
    says(it.nova('messenger', 'stats').stdout, 'default')
    equal(it.sql("select transport, status, message_count from messenger_queue_depth"), 'default|pending|3')
    it.nova('messenger', 'consume', '--limit', '3')
    equal(sorted(one['by'] for one in it.booked()), ['command', 'function', 'insert'])
    equal(it.left(), 0)


def the_larger_priority_goes_first(it):
    for priority in (-5, 50, 0, 100):
        it.nova('messenger', 'send', 'book', json.dumps({'n': priority}), '--priority', str(priority))
    it.nova('messenger', 'consume', '--limit', '4', NOVA_JOBS_WINDOW='1')
    equal([one['n'] for one in it.booked()], [100, 50, 0, -5])


def what_is_scheduled_comes_at_its_time(it):
    it.sql("""select messenger_send('book', '{"n": 2}', p_available_at => clock_timestamp() + interval '1500 ms')""")
    it.nova('messenger', 'send', 'book', '{"n": 1}', '--delay', '200ms')
    it.nova('messenger', 'consume', '--limit', '2')
    equal([one['n'] for one in it.booked()], [1, 2])
    equal(it.left(), 0)


def two_who_consume_never_do_one_twice(it):
    it.sql("select count(*) from (select messenger_send('book', jsonb_build_object('n', n)) from generate_series(1, 400) n) s")
    workers = [subprocess.Popen([it.program, 'messenger', 'consume', '--time-limit', '20', '--limit', '200'], env=it.environment, cwd=it.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    for one in workers:
        one.wait(60)
    equal(sorted(one['n'] for one in it.booked()), list(range(1, 401)))


def a_bad_message_is_refused_and_says_why(it):
    refused = it.nova('messenger', 'send', 'book', 'no json', good=False)
    equal(refused.returncode, 2)
    says(refused.stderr, 'JSON')
    says(it.nova('messenger', 'send', 'book', '{}', '--priority', '101', good=False).stderr, 'priority', '100')
    equal(it.left(), 0)


# And by a node.

def a_node_works_off_what_is_sent(it):
    it.start()
    it.nova('messenger', 'send', 'book', '{"n": 1}')
    it.done()
    equal(it.booked(), [{'n': 1}])


def over_http_too_and_once_for_one_key(it):
    for _ in range(2):
        request = urllib.request.Request(f'http://127.0.0.1:{it.api}/messenger/v1/send', b'{"type": "book", "body": {"by": "http"}}',
                                         {'Authorization': f'Bearer {TOKEN}', 'Idempotency-Key': 'k1'})
        with urllib.request.urlopen(request, timeout=10) as answer:
            equal(answer.status, 202)
    it.done()
    if len(it.booked()) not in (1, 2): # the second may be sent when the first is done and its key free
        raise broken(it.booked())


def failures_are_tried_again_with_a_growing_pause(it):
    it.nova('messenger', 'handlers', 'set', '--type', 'shaky', '--transport', 'slow', '--http', it.receiver.address('500/2'), '--allow-private')
    it.sql("""insert into messenger_transports (name, type, retry_delay, retry_multiplier, retry_jitter)
              values ('slow', 'supabase', '300 ms', 3, 0)""")
    it.nova('messenger', 'send', 'shaky', '{"n": 1}', '--transport', 'slow')
    it.done()
    tries = it.receiver.seen.popitem()[1]
    equal([body['attempt'] for _, body in tries], [1, 2, 3])
    first, second = tries[1][0] - tries[0][0], tries[2][0] - tries[1][0]
    if not (first >= 0.28 and second >= 0.88):
        raise broken(f'pauses of {first:.2f} and {second:.2f} s')


def after_all_attempts_it_is_a_dead_letter_with_its_content_and_error(it):
    it.nova('messenger', 'handlers', 'set', '--type', 'doomed', '--transport', 'slow', '--http', it.receiver.address(500), '--allow-private')
    it.nova('messenger', 'send', 'doomed', '{"text": "keep me"}', '--transport', 'slow', '--header', 'who=ann')
    it.done()
    failed, = json.loads(it.nova('messenger', 'failed', 'list', '--json').stdout)
    shown = it.nova('messenger', 'failed', 'show', failed['id']).stdout
    says(shown, 'keep me', 'ann', 'http_500', 'slow')
    equal(it.sql("select type, error_class, failed_count from messenger_failed_summary"), 'doomed|http_500|1')
    says(it.nova('doctor', good=False).stdout, 'messages:doomed')


def a_dead_letter_is_sent_again(it):
    it.nova('messenger', 'handlers', 'set', '--type', 'doomed', '--transport', 'slow', '--http', it.receiver.address(204), '--allow-private')
    failed, = json.loads(it.nova('messenger', 'failed', 'list', '--json').stdout)
    it.nova('messenger', 'failed', 'retry', failed['id'])
    it.done()
    equal(it.nova('messenger', 'failed', 'list', '--json').stdout.strip(), '[]')


def a_type_that_nobody_does_says_what_to_run(it):
    it.sql("select messenger_send('unheard', '{}', p_transport => 'slow')")
    it.done()
    equal(it.sql("select error_class from messenger_failed_messages where type = 'unheard'"), 'no_handler')
    says(it.sql("select error_message from messenger_failed_messages where type = 'unheard'"), 'nova messenger handlers set --type unheard')


def transports_are_changed_while_all_runs(it):
    it.sql("insert into messenger_transports (name, type) values ('default', 'supabase')")
    it.nova('messenger', 'transports', '--pause', 'default')
    it.nova('messenger', 'send', 'book', '{"n": 1}')
    says(it.nova('messenger', 'transports').stdout, 'slow', 'default')
    time.sleep(1.5)  # more than a poll: nothing may come
    equal(it.booked(), [])
    it.nova('messenger', 'transports', '--resume', 'default')
    it.done()
    equal(it.booked(), [{'n': 1}])
    it.sql("update messenger_transports set enabled = false where name = 'default'")
    says(it.nova('messenger', 'send', 'book', '{}', good=False).stderr, 'default')
    it.sql("update messenger_transports set enabled = true where name = 'default'")


def schedules_fire_by_themselves(it):
    it.sql("""insert into messenger_schedules (name, kind, every, type, body) values ('often', 'interval', '1 second', 'book', '{"by": "interval"}');
              insert into messenger_schedules (name, kind, run_at, type, body)
              values ('once', 'once', clock_timestamp() + interval '1 second', 'book', '{"by": "once"}');
              insert into messenger_schedules (name, kind, cron, type, body) values ('clock', 'cron', '* * * * *', 'book', '{"by": "cron"}')""")
    says(it.nova('messenger', 'schedules').stdout, 'often', 'once', 'clock')
    says(it.sql('select name from messenger_schedules_summary'), 'often', 'once', 'clock')
    eventually(lambda: {one['by'] for one in it.booked()} == {'interval', 'once', 'cron'}, 'that all three fire', 75)
    by = collections.Counter(one['by'] for one in it.booked())
    equal(by['once'], 1)
    if by['cron'] > 2 or by['interval'] < 2:
        raise broken(by)
    it.sql('delete from messenger_schedules')


def what_a_crashed_worker_held_is_done(it):
    it.nova('messenger', 'transports', '--pause', 'default')
    it.sql("select messenger_send('book', '{\"n\": 1}')")
    it.nova('messenger', 'transports', '--resume', 'default')
    it.sql("select count(*) from messenger_claim('default', null, 'dead', 1, interval '1 second')")
    it.done()
    if it.booked() not in ([{'n': 1}],):
        raise broken(it.booked())


def what_is_old_is_pruned(it):
    it.sql("update messenger_failed_messages set failed_at = now() - interval '31 days'")
    it.nova('maintenance', 'run', 'messenger_prune')
    equal(it.sql('select count(*) from messenger_failed_messages'), '0')


def the_same_migrations_again_change_nothing(it):
    it.nova('migrate', 'up', '--system', 'messenger')
    it.nova('migrate', 'verify')


# The assistant's database is kept well.

def it_has_conversations(it):
    it.sql("""insert into tenants (id, name, slug) values ('00000000-0000-0000-0000-00000000000a', 'Acme', 'acme');
              insert into users (id, tenant_id, email, name, role) values ('00000000-0000-0000-0000-00000000000b',
                '00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'Ann', 'user');
              insert into conversations (id, tenant_id, user_id, title, updated_at)
              values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', 'new', now()),
                     ('00000000-0000-0000-0000-0000000000c2', '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', 'old',
                      now() - interval '7 months');
              insert into messages (id, conversation_id, tenant_id, role, content)
              values ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', 'assistant', 'Hi');
              insert into feedback (message_id, tenant_id, user_id, rating) values ('00000000-0000-0000-0000-0000000000d1',
                '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', 1);
              insert into usage_metrics (tenant_id, user_id, date, total_messages, total_tokens, estimated_cost)
              select '00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', d, 3, 100, 0.5
                from (values (current_date), ((date_trunc('month', now()) - interval '8 months')::date)) v (d)""")


def views_are_refreshed_when_it_is_time(it):
    equal(it.sql('select count(*) from monthly_usage_summary'), '0')
    it.sql("update nova.upkeep_tasks set next_run_at = clock_timestamp() where name ~ '^refresh_'")
    eventually(lambda: it.sql('select (select count(*) from monthly_usage_summary), (select count(*) from message_feedback_summary)') == '2|1',
               'that a node refreshes both views')


def tables_are_analyzed_and_vacuumed(it):
    for task in ('analyze_messages', 'analyze_usage_metrics', 'vacuum_conversations', 'vacuum_messages', 'vacuum_feedback', 'vacuum_usage_metrics'):
        it.nova('maintenance', 'run', task, NOVA_MAINTENANCE_URL=it.environment['DATABASE_URL'])
    eventually(lambda: it.sql("""select count(*) from pg_stat_user_tables where last_vacuum is not null and last_analyze is not null
      and relname in ('conversations', 'messages', 'feedback', 'usage_metrics')""") == '4', 'that the server has noted it')


def sizes_are_reported(it):
    says(it.nova('maintenance', 'run', 'sizes').stdout, 'usage_metrics', 'conversations')


def old_conversations_are_archived_without_looking_alive(it):
    before = it.sql("select title, updated_at from conversations order by title")
    it.nova('maintenance', 'run', 'archive_conversations')
    equal(it.sql('select title from conversations where is_archived'), 'old')
    equal(it.sql("select title, updated_at from conversations order by title"), before)


def usage_is_exported_with_a_digest(it):
    it.nova('maintenance', 'run', 'export_usage_metrics')
    file, = it.folder.glob('usage_metrics-*.ndjson')
    row, = map(json.loads, file.read_text().splitlines())
    equal(row['total_tokens'], 100)
    equal((file.parent / (file.name + '.sha256')).read_text().split()[0], hashlib.sha256(file.read_bytes()).hexdigest())


def each_run_is_in_the_history(it):
    for task in ('refresh_monthly_usage_summary', 'analyze_messages', 'vacuum_messages', 'sizes', 'archive_conversations', 'export_usage_metrics'):
        says(it.nova('maintenance', 'history', task).stdout, 'done')
    says(it.nova('maintenance', 'list').stdout, 'refresh_message_feedback_summary')


def its_use_is_reported(it):
    equal(json.loads(it.nova('assistant', 'report', 'active-users', '--json').stdout)[0]['active_users'], 1)
    equal(json.loads(it.nova('assistant', 'report', 'feedback', '--json').stdout)[0]['positive'], 1)
    usage, = json.loads(it.nova('assistant', 'report', 'usage', '--json').stdout)
    equal((usage['tenant_name'], usage['total_tokens']), ('Acme', 100))
    says(it.nova('assistant', 'report', 'usage', '--days', '365', '--csv').stdout, 'Acme')


PROMISES = [
    handlers_are_set_listed_tested_and_removed, messages_are_sent_by_sql_and_by_command_and_consumed, the_larger_priority_goes_first,
    what_is_scheduled_comes_at_its_time, two_who_consume_never_do_one_twice, a_bad_message_is_refused_and_says_why, a_node_works_off_what_is_sent,
    over_http_too_and_once_for_one_key, failures_are_tried_again_with_a_growing_pause,
    after_all_attempts_it_is_a_dead_letter_with_its_content_and_error, a_dead_letter_is_sent_again, a_type_that_nobody_does_says_what_to_run,
    transports_are_changed_while_all_runs, schedules_fire_by_themselves, what_a_crashed_worker_held_is_done, what_is_old_is_pruned,
    the_same_migrations_again_change_nothing, it_has_conversations, views_are_refreshed_when_it_is_time, tables_are_analyzed_and_vacuumed,
    sizes_are_reported, old_conversations_are_archived_without_looking_alive, usage_is_exported_with_a_digest, each_run_is_in_the_history,
    its_use_is_reported,
]


def main():
    out = tap_stream()
    with contextlib.ExitStack() as stack:
        it = stage(sys.argv[1], stack)
        for promise in PROMISES:
            it.forget()
            began = time.monotonic()
            try:
                promise(it)
                out.case(True, promise.__name__.replace('_', ' '), f'{time.monotonic() - began:.1f} s')
            except (broken, sql_server.sql_error, OSError, ValueError, LookupError, subprocess.TimeoutExpired) as failure:
                out.case(False, promise.__name__.replace('_', ' '), f'{type(failure).__name__}: {failure}')
        if out.failed and (log := it.folder / 'log').exists():
            out.diagnose(log.read_text(encoding='utf-8')[-3000:])
    return out.end()


if __name__ == '__main__':
    sys.exit(main())
