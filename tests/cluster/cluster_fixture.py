"""A cluster to break: nodes as processes over one private PostgreSQL and one simulator, each in a network namespace of its own.

The namespaces hang on a bridge in a namespace for server and simulator, so nothing outside is touched, and a node's cable can be
pulled. The test itself looks into the database through the server's unix socket, which no network fault reaches. Everything ends
with the fixture: processes by pid, namespaces by name.
"""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import server as sql_server  # noqa: E402
from tap import tap_stream  # noqa: E402

HUB = '10.213.7.1'
LEASE = 4.0  # seconds, as pg::default_lease


class broken(Exception):
    """What the cluster promises does not hold."""


def ip(*arguments):
    subprocess.run(['ip', *map(str, arguments)], check=True, capture_output=True)


def make_network(stack, prefix, names):
    """A namespace for each name, called PREFIX-NAME, on a bridge in PREFIX-hub. `stack` takes all of it away."""
    hub = f'{prefix}-hub'
    for one in [hub, *(f'{prefix}-{name}' for name in names)]:
        ip('netns', 'add', one)
        stack.callback(subprocess.run, ['ip', 'netns', 'del', one], check=False)
        ip('-n', one, 'link', 'set', 'lo', 'up')
    ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge')
    ip('-n', hub, 'addr', 'add', f'{HUB}/24', 'dev', 'bridge')
    ip('-n', hub, 'link', 'set', 'bridge', 'up')
    for i, name in enumerate(names):
        own = f'{prefix}-{name}'
        ip('-n', hub, 'link', 'add', f'to-{name}', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own)
        ip('-n', hub, 'link', 'set', f'to-{name}', 'master', 'bridge', 'up')
        ip('-n', own, 'addr', 'add', f'10.213.7.{10 + i}/24', 'dev', 'eth0')
        ip('-n', own, 'link', 'set', 'eth0', 'up')


def why_not():
    """Why such a cluster cannot be made here, or nothing."""
    if os.getuid() != 0:
        return 'network namespaces need root'
    if not shutil.which('ip') or not shutil.which('nsenter'):
        return 'iproute2 and util-linux are not installed'
    try:
        with contextlib.ExitStack() as stack:
            prefix = f'nova{os.getpid()}x'
            make_network(stack, prefix, ['n1'])
            ip('netns', 'exec', f'{prefix}-n1', 'true')
    except subprocess.CalledProcessError as failure:
        return f'networks of namespaces cannot be made here: {failure.stderr.decode(errors="replace").strip()}'
    return None


def eventually(holds, within=60.0, every=0.005, what='it'):
    """Polls until `holds()` is true and returns what it said."""
    deadline = time.monotonic() + within
    while not (said := holds()):
        if time.monotonic() > deadline:
            raise broken(f'{what} did not come true within {within:.0f} s')
        time.sleep(every)
    return said


class database_session:
    """One psql that stays open: a statement takes less than a millisecond."""

    MARK = '--done--'

    def __init__(self, connection):
        self.connection = connection
        self.psql = None

    def open(self):
        self.psql = subprocess.Popen(['psql', '-X', '-q', '-A', '-t', '-F', '\t', '-d', self.connection], text=True, bufsize=1,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     env=dict(os.environ, PGOPTIONS='-c client_min_messages=warning'))

    def rows(self, sql):
        """Rows as lists of texts; nothing when the server is away."""
        if not self.psql or self.psql.poll() is not None:
            self.open()
        try:
            self.psql.stdin.write(f'{sql};\n\\echo {self.MARK}\n')
            self.psql.stdin.flush()
        except BrokenPipeError:
            return []
        found = []
        while (line := self.psql.stdout.readline()) and line.rstrip('\n') != self.MARK:
            line = line.rstrip('\n')
            if 'connection to server' in line or line.startswith(('FATAL', 'server closed')) or 'terminating connection' in line:
                self.close()
                return []
            if line.startswith('ERROR'):
                raise broken(f'the database said: {line} to {sql[:300]}')
            if line:
                found.append(line.split('\t'))
        return found

    def value(self, sql, otherwise=None):
        """The first column of the first row. Without `otherwise` it waits for a server that is away."""
        deadline = time.monotonic() + 30
        while not (found := self.rows(sql)) and otherwise is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return found[0][0] if found else otherwise

    def close(self):
        if self.psql:
            with contextlib.suppress(OSError):
                self.psql.stdin.close()
            self.psql.kill()
            self.psql.wait()
            self.psql = None


class namespaced_server(sql_server.private_server):
    """The private PostgreSQL, also reachable over the bridge. Durable, because it is restarted."""

    def __init__(self, inside, port):
        super().__init__(port=port)
        self.inside = inside

    def start(self):
        data = self.folder / 'data'
        if not data.exists():
            subprocess.run([self.programs / 'initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
                           check=True, stdout=subprocess.DEVNULL, cwd='/', **self.identity)
            with open(data / 'pg_hba.conf', 'a', encoding='ascii') as rules:
                rules.write('host all all 10.213.7.0/24 trust\n')
        settings = {'unix_socket_directories': str(self.folder), 'listen_addresses': HUB, 'port': str(self.port), 'timezone': 'UTC',
                    'shared_buffers': '64MB', 'log_min_messages': 'warning', 'max_connections': '100', 'synchronous_commit': 'on'}
        self.log = open(self.folder / 'log', 'a', encoding='utf-8')
        # Inside the namespace by its file, because whoever runs the server may not enter it.
        command = ['nsenter', f'--net=/run/netns/{self.inside}', 'setpriv', f'--reuid={self.identity["user"]}',
                   f'--regid={self.identity["group"]}', '--clear-groups', str(self.programs / 'postgres'), '-D', str(data)]
        self.process = subprocess.Popen(command + [f'--{k}={v}' for k, v in settings.items()], stdout=self.log, stderr=self.log, cwd='/')
        deadline = time.monotonic() + 30
        while subprocess.run([sql_server.client_program('pg_isready'), '-q', '-h', self.folder, '-p', str(self.port)], check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit('PostgreSQL did not start:\n' + (self.folder / 'log').read_text())
            time.sleep(0.01)

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(30)

    def restart(self):
        self.stop()
        self.start()


class node:
    """One `nova run`, started again under its name like by a service manager."""

    def __init__(self, owner, name, address, roles):
        self.owner, self.name, self.address, self.roles = owner, name, address, roles
        self.namespace = owner.namespace(name)
        self.log = owner.folder / f'{name}.log'
        self.process = None
        self.ends = []  # statuses of earlier processes

    def start(self):
        certificates = self.owner.folder / 'certificates'
        environment = dict(self.owner.environment, NOVA_NODE_NAME=self.name, NOVA_TLS_CERT=str(certificates / f'{self.name}.crt'),
                           NOVA_TLS_KEY=str(certificates / f'{self.name}.key'), NOVA_TLS_CA=str(certificates / 'ca.crt'))
        command = ['ip', 'netns', 'exec', self.namespace, self.owner.program, 'run', '--listen', f'{self.address}:8481', '--http', 'off']
        if self.roles:
            command += ['--roles', self.roles]
        with open(self.log, 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd='/')

    def signal(self, which):
        self.process.send_signal(which)

    def kill(self):
        self.process.kill()
        self.ends.append(self.process.wait())

    def ended(self, within=30.0):
        self.ends.append(self.process.wait(within))
        return self.ends[-1]

    def running(self):
        return self.process is not None and self.process.poll() is None

    def cable(self, plugged):
        """Pulls the plug, or puts it back in: nothing gets out or in, and nobody is told."""
        subprocess.run(['ip', '-n', self.owner.namespace('hub'), 'link', 'set', f'to-{self.name}', 'up' if plugged else 'down'], check=True)

    def said(self, text):
        return text in self.log.read_text(encoding='utf-8', errors='replace') if self.log.exists() else False

    def stop(self):
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class cluster:
    """`with cluster(BUILD, nodes=3, threads=5000) as it:` has a migrated database, a simulator with such a mailbox and its inbox."""

    def __init__(self, build, nodes=3, threads=1000, messages=2, latency_ms=0, settings=None, roles='', port=5432):
        self.program = str(pathlib.Path(build).resolve() / 'nova')
        self.names = [f'n{i + 1}' for i in range(nodes)]
        self.mailbox = {'--mailbox-threads': threads, '--messages': messages, '--latency-ms': latency_ms}
        self.settings = settings or {}
        self.roles, self.port = roles, port
        self.prefix = f'nova{os.getpid()}'
        self.random = random.Random(7)

    def namespace(self, name):
        return f'{self.prefix}-{name}'

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='nova-cluster-'))
        os.chmod(self.folder, 0o755)
        self.stack = contextlib.ExitStack()
        try:
            self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            make_network(self.stack, self.prefix, self.names)
            self.server = self.stack.enter_context(namespaced_server(self.namespace('hub'), self.port))
            self.database = database_session(self.server.connection('nova'))
            self.stack.callback(self.database.close)
            self.server.run('postgres', 'create database nova')
            self.start_simulator()
            url = f'postgresql://postgres@{HUB}:{self.port}/nova'
            self.environment = dict(os.environ, DATABASE_URL=url, NYLAS_API_KEY=self.provider['api_key'], NYLAS_API_URI=self.provider['url'],
                                    NOVA_PLAIN_HTTP_HOSTS=HUB, POLL_INTERVAL_MS='1000', COMPLETION_CHECK_INTERVAL_MS='500', NOVA_CLUSTER_SECRET='only for this test, 32 characters',
                                    XDG_RUNTIME_DIR=str(self.folder),
                                    # Most faults are about threads that are claimed: with this strategy each of them is.
                                    **{'BACKFILL_STRATEGY': 'threads', **self.settings})
            self.nova('migrate', 'up')
            self.nova('cluster', 'certs', str(self.folder / 'certificates'), '--nodes', ','.join(self.names))
            self.nova('inbox', 'add', '--email', 'you@example.com', '--grant', self.provider['grant_ids'][0], '--provider', 'nylas')
            self.nodes = {name: node(self, name, f'10.213.7.{10 + i}', self.roles) for i, name in enumerate(self.names)}
            for one in self.nodes.values():
                self.stack.callback(one.stop)
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind and os.environ.get('NOVA_KEEP_LOGS'):
            shutil.copytree(self.folder, pathlib.Path(os.environ['NOVA_KEEP_LOGS']) / self.folder.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns('*.sock'))
        # All at once, else each waits for the next one's drain.
        for one in self.nodes.values():
            if one.running():
                one.signal(signal.SIGCONT)
                one.signal(signal.SIGTERM)
        self.stack.close()

    def start_simulator(self):
        command = ['ip', 'netns', 'exec', self.namespace('hub'), self.program, 'simulator', '--host', HUB, '--port', '0', '--provider', 'nylas']
        for key, value in self.mailbox.items():
            command += [key, str(value)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd='/')
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        self.provider = json.loads(process.stdout.readline())

    def nova(self, *arguments, fine=(0,)):
        """Runs a command of the program beside the server. `fine` are the statuses with which it may end."""
        done = subprocess.run(['ip', 'netns', 'exec', self.namespace('hub'), self.program, *arguments], capture_output=True, text=True,
                              env=self.environment, cwd='/', check=False)
        if done.returncode not in fine:
            raise broken(f'nova {" ".join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}')
        return done.stdout

    def shell(self, name, command):
        """The rows that a node answers with; none matching is none."""
        return json.loads(self.nova('shell', name, '-o', 'json', '-c', command, fine=(0, 7)))['rows']

    def simulator(self, what, settings=None):
        """`data` of a GET under /sim, or of a PUT of these settings."""
        ask = ('import sys, urllib.request as u; print(u.urlopen(u.Request(sys.argv[1], sys.argv[3].encode() or None, '
               '{"Authorization": "Bearer " + sys.argv[2]}, method="PUT" if sys.argv[3] else "GET")).read().decode())')
        done = subprocess.run(['ip', 'netns', 'exec', self.namespace('hub'), sys.executable, '-c', ask, f'{self.provider["url"]}/sim/{what}',
                               self.provider['api_key'], json.dumps(settings) if settings else ''], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)['data']

    def tend(self):
        """Starts again what ended with a failure, as a service manager does."""
        for one in self.nodes.values():
            if one.process and one.process.poll():
                one.ends.append(one.process.returncode)
                one.start()

    def start(self):
        """All nodes, until they are linked and each has been steady for long enough to judge."""
        for one in self.nodes.values():
            one.start()
        self.await_steady()

    def await_steady(self):
        count = len(self.nodes)
        try:
            eventually(lambda: self.database.value(
                f"select count(*) from nova.cluster_nodes where state = 'up' and steady_since < clock_timestamp() - interval '{LEASE} s'") == str(count),
                what='that all nodes are steady')
        except broken as error:
            raise broken(f'{error}: {self.describe()}') from None

    def describe(self):
        rows = self.database.rows("select id, name, state, coalesce(dead_reason, ''), clock_timestamp() - steady_since, coalesce(dead_by, 0) from nova.cluster_nodes order by id desc limit 6")
        return '; '.join(' '.join(row) for row in rows) + '; running: ' + ', '.join(one.name for one in self.nodes.values() if one.running())

    def incarnation(self, name):
        """Id and epoch of the newest process of that name."""
        found = self.database.rows(f"select id, epoch from nova.cluster_nodes where name = '{name}' order by id desc limit 1")
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def state(self, incarnation):
        return self.database.value(f'select state from nova.cluster_nodes where id = {incarnation}', '')

    def start_backfill(self):
        self.nova('backfill', 'start', '--inbox', 'you@example.com')
        self.config = self.database.value('select id from flux_inbox_configurations order by created_at desc limit 1')

    def left(self):
        """Threads that are not written yet; while they are still being found, many."""
        return int(self.database.value("select case when bool_and(discovery_done) then 0 else 100000 end from flux_inbox_configurations", '100000')) \
            + int(self.database.value("select count(*) from queued_threads where status in ('queued', 'processing')", '100000'))

    def await_completion(self, within=300):
        eventually(lambda: self.tend() or self.database.value(f"select backfill_status from flux_inbox_configurations where id = '{self.config}'", '') == 'completed',
                   within, every=0.05, what='that the backfill is completed')

    def verify(self):
        """The database equals the mailbox, and no step was done twice."""
        self.nova('audit', 'you@example.com')
        self.check_invariants()

    def check_invariants(self):
        wrong = {
            'threads that are not completed': "select count(*) from queued_threads where status <> 'completed'",
            'attempts that a node loss cost': 'select coalesce(sum(attempts), 0) from queued_threads',
            'backfills completed other than once': f"select abs(1 - count(*)) from sync_transitions where subject_id = '{self.config}' and to_status = 'completed'",
            'living nodes of one name': 'select count(*) from (select name from nova.cluster_nodes where ended_at is null group by 1 having count(*) > 1) x',
            'leases of ended nodes': 'select count(*) from nova.cluster_leases l join nova.cluster_nodes n on n.id = l.holder where n.ended_at is not null',
            'claims of ended nodes': "select count(*) from queued_threads q join nova.cluster_nodes n on n.epoch = q.claim_epoch"
                                     " where q.status = 'processing' and n.ended_at is not null",
        }
        for what, sql in wrong.items():
            if (count := self.database.value(sql)) != '0':
                raise broken(f'{what}: {count}')


def run_cases(cases, build, *patterns):
    """Runs the cases whose names have a pattern, all without one, and prints TAP; the status to end with."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is ended
    stream = tap_stream()
    reason = why_not()
    for case in (one for one in cases if not patterns or any(pattern in one.__name__ for pattern in patterns)):
        name = case.__name__.replace('_', ' ')
        if reason:
            stream.skip(name, reason)
            continue
        began = time.monotonic()
        try:
            said = case(build)
            stream.case(True, name, f'{said or "as it should be"}; {time.monotonic() - began:.0f} s')
        except broken as error:
            stream.case(False, name, str(error))
    return stream.end()
