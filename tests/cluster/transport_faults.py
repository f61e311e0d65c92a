#!/usr/bin/env python3
"""Faults of brokers and of nodes that work with them: transport_faults.py BUILD [PATTERN]. Messages are sent at a steady rate while
nodes and the broker are killed and nodes are cut off.

Each message is noted by a function of the database, once at least; one in ten fails once, one in fifty for good.
NOVA_SOAK=1 goes on for ten minutes instead of a quarter of one.
"""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import cluster_fixture as fixture  # noqa: E402
from job_faults import set_namespace  # noqa: E402

SECONDS = 600 if os.environ.get('NOVA_SOAK') else 15
A_SECOND = 100  # messages that are sent
PASSWORD = 'a password of the broker'

SCHEMA = """
create role clerk;
create schema work;
create table work.ledger (message bigint, attempt integer);
create function work.book(job jsonb) returns void language plpgsql as $$ begin
  if (job #>> '{body,n}')::int % 50 = 7 then raise exception 'never' using errcode = 'NM007'; end if;
  if (job #>> '{body,n}')::int % 10 = 3 and (job ->> 'attempt')::int = 1 then raise exception 'not at first'; end if;
  insert into work.ledger values ((job ->> 'id')::bigint, (job ->> 'attempt')::int);
end $$;
grant usage on schema work to clerk;
grant insert on work.ledger to clerk;
"""


class broker:
    """A server in the namespace of the hub, where all nodes reach it."""

    def __init__(self, namespace, folder):
        self.namespace, self.folder, self.process = namespace, folder, None

    def start(self):
        command, variables = self.how()
        with open(f'{self.folder}/output', 'ab') as log:
            self.process = subprocess.Popen(['ip', 'netns', 'exec', self.namespace, *command], stdout=log, stderr=log, start_new_session=True,
                                            env={**os.environ, **variables})
        fixture.eventually(self.answers, within=60, every=0.1, what=f'that {type(self).__name__} answers')

    def kill(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def says(self, port, text):
        own = os.open('/proc/self/ns/net', os.O_RDONLY)
        try:
            with open(f'/run/netns/{self.namespace}', encoding='ascii') as there:
                set_namespace(there.fileno())
            try:
                with socket.create_connection((fixture.HUB, port), timeout=1) as to:
                    to.sendall(text)
                    return to.recv(200)
            except OSError:
                return b''
        finally:
            set_namespace(own)
            os.close(own)


class redis(broker):
    program = '/usr/bin/redis-server'
    config = f'{{"url": "redis://{fixture.HUB}:6379", "secret_name": "broker", "lease_s": "2"}}'

    def how(self):
        return [self.program, '--bind', fixture.HUB, '--port', '6379', '--dir', self.folder, '--requirepass', PASSWORD, '--appendonly', 'yes',
                '--appendfsync', 'always', '--save', ''], {}

    def answers(self):
        return b'PONG' in self.says(6379, f'AUTH "{PASSWORD}"\r\nPING\r\n'.encode())


class rabbitmq(broker):
    program = '/usr/lib/rabbitmq/bin/rabbitmq-server'
    config = f'{{"url": "amqp://{fixture.HUB}:5672", "user": "nova", "secret_name": "broker"}}'

    def how(self):
        folder = pathlib.Path(self.folder)
        (folder / 'rabbitmq.conf').write_text(f'listeners.tcp.1 = {fixture.HUB}:5672\ndefault_user = nova\ndefault_pass = {PASSWORD}\n'
                                              'loopback_users = none\ndisk_free_limit.absolute = 10MB\n', encoding='ascii')
        (folder / 'enabled_plugins').write_text('[].\n', encoding='ascii')
        # Else the first node of Erlang starts an epmd that outlives it.
        return ['/bin/sh', '-c', f'epmd & exec {self.program}'], {
            'RABBITMQ_NODENAME': 'nova@localhost', 'RABBITMQ_MNESIA_BASE': f'{folder}/mnesia', 'RABBITMQ_LOG_BASE': f'{folder}/log',
            'RABBITMQ_CONFIG_FILE': f'{folder}/rabbitmq.conf', 'RABBITMQ_ENABLED_PLUGINS_FILE': f'{folder}/enabled_plugins',
            'RABBITMQ_CONF_ENV_FILE': '/dev/null', 'RABBITMQ_DIST_PORT': '25672', 'ERL_EPMD_ADDRESS': '127.0.0.1', 'HOME': str(folder)}

    def answers(self):
        return self.says(5672, b'AMQP????').startswith(b'AMQP')


class broker_cluster(fixture.cluster):
    def __init__(self, build, kind):
        super().__init__(build, nodes=3, threads=1, roles='jobs',
                         settings={'NOVA_SYSTEMS': 'messenger', 'NOVA_CERTIFY': 'false', 'NOVA_SECRET_BROKER': PASSWORD})
        self.kind = kind

    def __enter__(self):
        super().__enter__()
        folder = tempfile.mkdtemp(prefix='nova-broker-')
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self.broker = self.kind(self.namespace('hub'), folder)
        self.stack.callback(self.broker.kill)
        self.broker.start()
        self.server.run('nova', SCHEMA)
        self.server.run('nova', f"""
          insert into messenger_transports (name, type, config, retry_delay) values ('far', '{self.kind.__name__}', '{self.kind.config}', '200 ms');
          insert into nova.messenger_handlers (type, transport, kind, config)
          values ('book', 'far', 'sql', '{{"function": "work.book", "role": "clerk"}}')""")
        return self

    def send(self, first, count):
        self.database.rows(f"select count(*) from generate_series({first}, {first + count - 1}) n, lateral messenger_send('book', "
                           "jsonb_build_object('n', n, 'text', repeat('x', 200)), p_transport => 'far')")

    def left(self):
        return int(self.database.value('select count(*) from messenger_messages', '1'))

    def ended(self):
        done, failed = self.database.rows('select (select count(distinct message) from work.ledger), '
                                          '(select count(distinct message_id) from messenger_failed_messages)')[0]
        return int(done), int(failed)


def nothing_is_lost(build, kind):
    if not os.access(kind.program, os.X_OK):
        return f'skipped: {kind.program} is missing'
    chance = random.Random(11)
    with broker_cluster(build, kind) as it:
        it.start()
        sent, kills, breaks, cuts, began, next_fault = 0, 0, 0, 0, time.monotonic(), 2.0
        cut = None
        while (passed := time.monotonic() - began) < SECONDS:
            if sent < passed * A_SECOND:
                it.send(sent, A_SECOND // 10)
                sent += A_SECOND // 10
            if passed > next_fault:
                if cut:
                    cut.cable(True)
                    cut = None
                what = chance.choice(['node', 'node', 'broker', 'cable'])
                victim = chance.choice([one for one in it.nodes.values() if one.running()])
                if what == 'node':
                    victim.kill()
                    victim.start()
                    kills += 1
                elif what == 'broker':
                    it.broker.kill()
                    it.broker.start()
                    breaks += 1
                else:
                    victim.cable(False)
                    cut = victim
                    cuts += 1
                next_fault = time.monotonic() - began + chance.uniform(2, 4)
            it.tend()
            time.sleep(0.01)  # the sender's pace
        if cut:
            cut.cable(True)
        if breaks == 0:
            it.broker.kill()
            it.broker.start()
            breaks = 1
        never = len([n for n in range(sent) if n % 50 == 7])
        fixture.eventually(lambda: it.tend() or it.ended() == (sent - never, never), within=180, every=0.2,
                           what=f'that {sent - never} messages are done and {never} among the failed')
        drained = time.monotonic() - began - SECONDS
        odd = it.database.rows("select error_class, count(*) from messenger_failed_messages where error_class <> 'sql_NM007' group by 1")
        if odd:
            raise fixture.broken(f'given up: {odd}')
        again = int(it.database.value('select count(*) - count(distinct message) from work.ledger'))
        fixture.eventually(lambda: it.left() == 0, within=60, what='that the outbox is empty')
        return (f'{sent} messages, {kills} nodes killed, {breaks} times the broker, {cuts} cables pulled: {again} were done again, '
                f'the last {drained:.1f} s after the last was sent')


def nothing_is_lost_with_redis(build):
    return nothing_is_lost(build, redis)


def nothing_is_lost_with_rabbitmq(build):
    return nothing_is_lost(build, rabbitmq)


CASES = [nothing_is_lost_with_redis, nothing_is_lost_with_rabbitmq]


if __name__ == '__main__':
    sys.exit(fixture.run_cases(CASES, *sys.argv[1:]))
