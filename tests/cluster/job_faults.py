#!/usr/bin/env python3
"""Faults of nodes that do jobs: job_faults.py BUILD. Nodes are killed one after the other while messages are sent at a steady rate.

Half of the messages are done by a function of the database, which must have its effect once; the other half by a POST, which may come
once more with the same Idempotency-Key for each time that its node was killed. NOVA_SOAK=1 goes on for ten minutes instead of half a one.
"""
import collections
import http.server
import os
import pathlib
import random
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import cluster_fixture as fixture  # noqa: E402

SECONDS = 600 if os.environ.get('NOVA_SOAK') else 30
A_SECOND = 200  # messages that are sent

SCHEMA = """
create role clerk;
create schema work;
create table work.ledger (message bigint, at timestamptz default clock_timestamp());
create function work.book(job jsonb) returns void language sql as $$ insert into work.ledger values ((job ->> 'id')::bigint) $$;
grant usage on schema work to clerk;
grant insert on work.ledger to clerk;
create table work.picked (at timestamptz, waited interval);
"""


class receiver(http.server.ThreadingHTTPServer):
    """Counts how often each Idempotency-Key came."""
    daemon_threads = True

    def __init__(self, namespace):
        self.keys, self.lock = collections.Counter(), threading.Lock()
        outer = self

        class handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                self.rfile.read(int(self.headers['Content-Length']))
                with outer.lock:
                    outer.keys[self.headers['Idempotency-Key']] += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        # Whoever is killed hangs up.
        self.handle_error = lambda *_: None
        # The socket belongs to the namespace in which it is made.
        own = os.open('/proc/self/ns/net', os.O_RDONLY)
        with open(f'/run/netns/{namespace}', encoding='ascii') as there:
            set_namespace(there.fileno())
        try:
            super().__init__((fixture.HUB, 0), handler)
        finally:
            set_namespace(own)
            os.close(own)


def set_namespace(descriptor):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):
        raise OSError(ctypes.get_errno(), 'setns')


class job_cluster(fixture.cluster):
    def __init__(self, build):
        super().__init__(build, nodes=3, threads=1, roles='jobs', settings={'NOVA_SYSTEMS': 'messenger', 'NOVA_CERTIFY': 'false'})

    def __enter__(self):
        super().__enter__()
        self.server.run('nova', SCHEMA)
        self.receiver = receiver(self.namespace('hub'))
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.stack.callback(self.receiver.shutdown)
        url = f'http://{fixture.HUB}:{self.receiver.server_address[1]}/'
        self.server.run('nova', f"""insert into nova.messenger_handlers (type, kind, config) values
          ('book', 'sql', '{{"function": "work.book", "role": "clerk"}}'),
          ('post', 'http', '{{"url": "{url}", "allow_private": true}}')""")
        return self

    def send(self, count):
        self.database.rows(f"select count(*) from generate_series(1, {count}) n, lateral messenger_send(case n % 2 when 0 then 'book' else 'post' end,"
                           f" jsonb_build_object('n', n, 'text', repeat('x', 200)))")

    def left(self):
        return int(self.database.value('select count(*) from messenger_messages', '1'))


def nothing_is_lost_while_nodes_are_killed(build):
    chance = random.Random(7)
    with job_cluster(build) as it:
        it.start()
        sent, kills, began, next_kill = 0, 0, time.monotonic(), 2.0
        while (passed := time.monotonic() - began) < SECONDS:
            if sent < passed * A_SECOND:
                it.send(A_SECOND // 10)
                sent += A_SECOND // 10
            if passed > next_kill:
                victim = chance.choice([one for one in it.nodes.values() if one.running()])
                victim.kill()
                kills += 1
                victim.start()
                next_kill = passed + chance.uniform(1, 4)
            it.tend()
            time.sleep(0.01)  # the sender's pace
        fixture.eventually(lambda: it.tend() or it.left() == 0, within=120, every=0.1, what='that all messages are done')
        drained = time.monotonic() - began - SECONDS
        failed = it.database.rows('select error_class, count(*) from messenger_failed_messages group by 1')
        if failed:
            raise fixture.broken(f'given up: {failed}')
        booked, once = map(int, it.database.rows('select count(*), count(distinct message) from work.ledger')[0])
        if booked != sent // 2 or once != booked:
            raise fixture.broken(f'{sent // 2} were to be booked: {booked} bookings of {once} messages')
        posts = it.receiver.keys
        if len(posts) != sent // 2:
            raise fixture.broken(f'{sent // 2} were to be posted: {len(posts)} came')
        if max(posts.values()) > 3:
            raise fixture.broken(f'one message was posted {max(posts.values())} times')
        if kills < SECONDS / 6:
            raise fixture.broken(f'only {kills} kills')
        again = sum(count - 1 for count in posts.values())
        return f'{sent} messages, {kills} kills, {again} posts came again, one at most {max(posts.values())} times, the last was done {drained:.1f} s after the last was sent'


def a_killed_nodes_jobs_are_taken_over_at_once(build):
    """By the transaction that declares it dead, not when their leases end after a minute."""
    with job_cluster(build) as it:
        it.server.run('nova', "create function work.slow(job jsonb) returns void language plpgsql as "
                              "$$ begin perform pg_sleep(case when (job ->> 'attempt')::int > 5 then 0 else 3 end); perform work.book(job); end $$;"
                              "insert into nova.messenger_handlers (type, kind, config) values ('slow', 'sql', '{\"function\": \"work.slow\", \"role\": \"clerk\"}')")
        it.start()
        it.database.rows("select messenger_send('slow', '{}')")
        held = fixture.eventually(lambda: it.database.value("select locked_by from messenger_messages where status = 'processing'", ''), what='that a node has it')
        name = it.database.value(f"select name from nova.cluster_nodes where 'node/' || epoch = '{held}'")
        it.nodes[name].kill()
        killed = time.monotonic()
        fixture.eventually(lambda: it.database.value('select locked_by from messenger_messages', held) != held, within=20, what='that another has it')
        took = time.monotonic() - killed
        fixture.eventually(lambda: it.left() == 0, within=30, what='that it is done')
        if (booked := it.database.value('select count(*) from work.ledger')) != '1':
            raise fixture.broken(f'booked {booked} times')
        return f'taken over after {took:.2f} s'


CASES = [a_killed_nodes_jobs_are_taken_over_at_once, nothing_is_lost_while_nodes_are_killed]


if __name__ == '__main__':
    sys.exit(fixture.run_cases(CASES, *sys.argv[1:]))
