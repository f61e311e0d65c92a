"""What a case of causes.py has to break: nodes as processes over a database and a simulator of their own.

Everything is on loopback; all processes end with the case, by pid.
"""
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import server as sql_server  # noqa: E402

NAMED_WITHIN = 5.0  # seconds: what is wrong is named
CURED_WITHIN = 30.0
patience = 1.0  # times as long, where other tests run beside
LEVELS = {'CRIT', 'WARN', 'NOTE', 'OK'}


class wrong(Exception):
    """A tool did not tell the truth."""


def eventually(holds, within, what='it'):
    """Polls until `holds()` is true and returns what it said."""
    deadline = time.monotonic() + within * patience
    while not (said := holds()):
        if time.monotonic() > deadline:
            raise wrong(f'{what}: not within {within:.0f} s')
        time.sleep(0.05)
    return said


def is_act(advice):
    """Whether an advice is a line of the shell that changes something."""
    return advice.split(' ')[0] in ('resume', 'undrain', 'wake', 'restart', 'unset', 'retry', 'requeue', 'cancel', 'archived', 'kill')


class node:
    """One `nova run`."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name
        self.log = owner.folder / f'{name}.log'
        self.process = None

    def start(self, *arguments, **settings):
        command = [self.owner.program, 'run', '--name', self.name, *arguments]
        if '--http' not in arguments:
            command += ['--http', 'off']
        environment = {k: v for k, v in dict(self.owner.environment, **settings).items() if v is not None}
        with open(self.log, 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd='/')
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def said(self, text):
        return self.log.exists() and text in self.log.read_text(encoding='utf-8', errors='replace')

    def signal(self, which):
        self.process.send_signal(which)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class trouble:
    """`with trouble(server, BUILD, nodes) as it:` has a migrated database, a simulator and an inbox; nodes are not started."""

    def __init__(self, server, build, count, number, mailbox=()):
        self.server, self.count, self.database = server, count, f'case_{number}'
        self.build = pathlib.Path(build).resolve()
        self.program = str(self.build / 'nova')
        self.mailbox = dict(mailbox)

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='nova-cause-'))
        os.chmod(self.folder, 0o700)
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.prepare()
        except BaseException:
            self.stack.close()
            raise
        return self

    def prepare(self):
        self.server.create_database(self.database, 'migrated')
        self.stack.callback(self.server.run, 'postgres', f'drop database if exists {self.database} with (force)')
        self.start_simulator()
        self.environment = dict(
            PATH=os.environ['PATH'], HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder), DATABASE_URL=self.url(), LOG_LEVEL='info',
            NYLAS_API_KEY=self.provider['api_key'], NYLAS_API_URI=self.provider['url'], NYLAS_WEBHOOK_SECRET=self.provider['webhook_secret'],
            NOVA_CLUSTER_SECRET='only for this test, 32 characters', POLL_INTERVAL_MS='500', COMPLETION_CHECK_INTERVAL_MS='500')
        self.grant = self.provider['grant_ids'][0]
        self.must('inbox', 'add', '--email', 'you@example.com', '--grant', self.grant, '--provider', self.mailbox.get('--provider', 'nylas'))
        self.nodes = {f'n{i + 1}': node(self, f'n{i + 1}') for i in range(self.count)}
        self.asked = 'n1'  # the node that the shell asks

    def url(self):
        return f'postgresql://postgres@/{self.database}?host={self.server.folder}&port={self.server.port or 5432}'

    def __exit__(self, kind, *_):
        if kind and os.environ.get('NOVA_KEEP_LOGS'):
            shutil.copytree(self.folder, pathlib.Path(os.environ['NOVA_KEEP_LOGS']) / self.database, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns('*.sock*'))
        for one in self.nodes.values():  # all at once, else each waits for the next one's end
            if one.running():
                one.signal(signal.SIGCONT)
                one.signal(signal.SIGKILL)
        for one in self.nodes.values():
            if one.process:
                one.process.wait()
        self.stack.close()

    def start_simulator(self):
        options = dict({'--port': '0', '--provider': 'nylas', '--mailbox-threads': '60', '--messages': '2'}, **self.mailbox)
        command = [self.program, 'simulator', *(str(x) for pair in options.items() for x in pair)]
        self.simulator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd='/')
        self.stack.callback(self.simulator.stdout.close)
        self.stack.callback(self.simulator.wait)
        self.stack.callback(self.simulator.kill)
        self.provider = json.loads(self.simulator.stdout.readline())

    # ---- what a case does

    def sql(self, statement):
        return self.server.run(self.database, statement).strip()

    @contextlib.contextmanager
    def session(self, statement, **options):
        """A session of somebody else that stays open after this statement."""
        name = options.get('application', 'somebody')
        psql = subprocess.Popen(['psql', '-X', '-q', '-A', '-t', '-d', self.server.connection(self.database).replace('user=postgres', f"user={options.get('user', 'postgres')}") + f' application_name={name}'],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            psql.stdin.write(statement + ';\n\\echo done\n')
            psql.stdin.flush()
            if options.get('wait', True):
                while psql.stdout.readline().strip() != 'done':
                    if psql.poll() is not None:
                        raise wrong(f'the session ended: {statement}')
            yield psql
        finally:
            psql.kill()
            psql.wait()
            psql.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                psql.stdin.close()

    def client(self, program, *arguments):
        """One of PostgreSQL's programs, on the database of the case."""
        subprocess.run([sql_server.client_program(program), '-h', self.server.folder, '-U', 'postgres', '-d', self.database, *arguments], check=True)

    def restore_into(self, server):
        """From now on the case has a copy of its database that lies on another server."""
        self.client('pg_dump', '-Fc', '-f', self.folder / 'dump')
        self.server = server
        self.server.create_database(self.database)
        self.client('pg_restore', self.folder / 'dump')
        self.environment['DATABASE_URL'] = self.url()

    def restore_data(self):
        """The rows of the case's database are in one that was migrated anew, and nobody has ended that."""
        self.client('pg_dump', '-Fc', '--data-only', '--exclude-table-data=nova.schema_migrations', '-f', self.folder / 'dump')
        self.server.run('postgres', f'drop database {self.database}')
        self.server.create_database(self.database, 'migrated')
        self.must('maintenance', 'before-restore')
        self.client('pg_restore', '--data-only', '--exit-on-error', self.folder / 'dump')

    def sim(self, method, path, body=None):
        request = urllib.request.Request(self.provider['url'] + path, json.dumps(body).encode() if body is not None else None,
                                         {'Authorization': 'Bearer ' + self.provider['api_key']}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def nova(self, *arguments, **settings):
        environment = {k: v for k, v in dict(self.environment, **settings).items() if v is not None}
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, env=environment, cwd='/', check=False, timeout=60,
                              stdin=subprocess.DEVNULL)

    def must(self, *arguments, **settings):
        done = self.nova(*arguments, **settings)
        if done.returncode:
            raise wrong(f'nova {" ".join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}')
        return done.stdout

    def start(self, *arguments, **settings):
        """All nodes, until each is up and works."""
        for one in self.nodes.values():
            one.start(*arguments, **settings)
        self.await_up()

    def await_up(self):
        count = str(len(self.nodes))
        eventually(lambda: self.sql("select count(*) from nova.cluster_nodes where state = 'up'") == count, 20, 'all nodes are up')
        eventually(lambda: all((self.folder / f'nova-{name}.sock').exists() for name in self.nodes), 20, 'all nodes listen')

    def backfill(self):
        out = self.must('backfill', 'start', '--inbox', 'you@example.com', '--json')
        self.config = json.loads(out)['config_id']
        return self.config

    def status(self):
        return self.sql(f"select backfill_status from flux_inbox_configurations where id = '{self.config}'")

    def await_status(self, wanted, within=30):
        eventually(lambda: self.status() in wanted.split('|'), within, f'the backfill is {wanted}')

    def shell(self, line, *options):
        return self.nova('shell', *([] if self.asked == '--pg' else [self.asked]), *(['--pg'] if self.asked == '--pg' else []), *options, '-c', line)

    def rows(self, line):
        done = self.shell(line, '-o', 'json')
        try:
            return json.loads(done.stdout)['rows'], done
        except (ValueError, KeyError):
            return [], done

    # ---- what must be seen

    def expect(self, finds, **wanted):
        """The finding whose `what: text` matches comes first within five seconds, from every tool, and its advice cures it.

        level: CRIT, WARN or NOTE. explain: what the step that blocks says, when the trouble is one of the backfill; False: nothing blocks.
        cure: what does what the advice says in words; nothing: the advice is run as it stands. by: which doctors name it.
        """
        level, doctors = wanted.get('level', 'WARN'), wanted.get('by', ('nova', 'shell'))
        within = wanted.get('within', NAMED_WITHIN)
        for doctor in doctors:
            self.found = self.named_first(doctor, finds, within)
            levels = level if isinstance(level, tuple) else (level,)
            if self.found['level'] not in levels:
                raise wrong(f'{doctor} doctor: level {self.found["level"]} instead of {level}: {self.found}')
            self.check_exit_codes(doctor, self.found['level'])
        if 'status' in wanted:
            self.check_status(wanted['status'])
        elif 'shell' in doctors:
            self.check_status(level != 'NOTE')
        if wanted.get('explain') is not None:
            self.check_explain(wanted['explain'])
        for line, says in wanted.get('says', {}).items():
            done = self.shell(line)
            if not re.search(says, done.stdout + done.stderr):
                raise wrong(f'`{line}` does not say {says}:\n{done.stdout}{done.stderr}')
        self.cure(wanted.get('cure'))
        if wanted.get('cured', True):
            eventually(lambda: not self.any(doctors[-1], finds), CURED_WITHIN, f'after `{self.found["next"]}` {finds} is gone')

    def named_first(self, doctor, finds, within):
        """The finding, once it comes first. Raises what was said instead."""
        deadline = time.monotonic() + within * patience
        while True:
            if found := self.first(doctor, finds):
                return found
            if time.monotonic() > deadline:
                rows = self.doctor_rows(doctor)
                said = '\n'.join(f"{r['level']} {r['what']}: {r['text']} -> {r['next']}" for r in rows if r['level'] != 'OK') or 'nothing'
                raise wrong(f'{doctor} doctor does not say {finds} first within {within:.0f} s, but:\n{said}')
            time.sleep(0.05)

    def doctor_rows(self, doctor):
        if doctor == 'shell':
            rows, done = self.rows('doctor')
        else:
            done = self.nova('doctor', '--json')
            try:
                rows = json.loads(done.stdout)
            except ValueError:
                rows = []
        self.ended = done
        for row in rows:
            if set(row) != {'level', 'what', 'text', 'since', 'next'} or row['level'] not in LEVELS:
                raise wrong(f'{doctor} doctor: a row of another form: {row}')
        return rows

    def matching(self, row, finds):
        return re.search(finds, f"{row['what']}: {row['text']}")

    def first(self, doctor, finds):
        rows = self.doctor_rows(doctor)
        return rows[0] if rows and rows[0]['level'] != 'OK' and self.matching(rows[0], finds) else None

    def any(self, doctor, finds):
        return [row for row in self.doctor_rows(doctor) if row['level'] != 'OK' and self.matching(row, finds)]

    def check_exit_codes(self, doctor, level):
        wanted = 0 if level == 'NOTE' else 1
        text = self.shell('doctor') if doctor == 'shell' else self.nova('doctor')
        for done in (self.ended, text):
            if done.returncode not in (wanted, 3 if self.found['what'] == 'database' else wanted):
                raise wrong(f'{doctor} doctor ends with {done.returncode} instead of {wanted}:\n{done.stdout}{done.stderr}')
        if self.found['text'].split(' ')[0] not in text.stdout or self.found['what'] not in text.stdout:
            raise wrong(f'{doctor} doctor in text does not name {self.found["what"]}:\n{text.stdout}')
        if doctor == 'nova':
            check = self.nova('doctor', '--check')
            codes = {'NOTE': (0,), 'WARN': (1,), 'CRIT': (2, 3) if self.found['what'] == 'database' else (2,)}[level]
            if check.returncode not in codes or len(check.stdout.splitlines()) != 1:
                raise wrong(f'doctor --check ends with {check.returncode}:\n{check.stdout}{check.stderr}')

    def check_status(self, troubled):
        done = self.shell('status')
        if troubled and ('nothing is wrong' in done.stdout or not done.returncode):
            raise wrong(f'status ends with {done.returncode}:\n{done.stdout}')

    def check_explain(self, says):
        def blocks():
            rows, _ = self.rows(f'explain {self.config}')
            self.steps = rows
            return [row for row in rows if row['state'] == 'BLOCKS']
        if says is False:
            if found := blocks():
                raise wrong(f'explain says that this blocks: {found}')
            return
        deadline = time.monotonic() + NAMED_WITHIN * patience
        while not (found := blocks()) or not re.search(says, f"{found[0]['step']}: {found[0]['text']}"):
            if time.monotonic() > deadline:
                raise wrong(f'explain does not say that {says} blocks, but {found or self.steps}')
            time.sleep(0.05)

    def cure(self, by_hand):
        advice = self.found['next']
        if is_act(advice):
            dry = self.shell(advice + ' --dry-run', '--role', 'admin')
            if dry.returncode:
                raise wrong(f'`{advice} --dry-run` ends with {dry.returncode}:\n{dry.stdout}{dry.stderr}')
        if by_hand is not None:
            by_hand()
        else:
            self.paste(advice)

    def paste(self, advice):
        """Runs an advice as it stands."""
        if is_act(advice):
            done = self.shell(advice + ' --yes', '--role', 'admin')
        elif advice.startswith('nova '):
            done = self.nova(*shlex.split(advice)[1:])
        elif advice.startswith('psql '):
            done = subprocess.run(['bash', '-c', advice], capture_output=True, text=True, env=self.environment, check=False)
        else:
            raise wrong(f'nobody can paste `{advice}`')
        if done.returncode:
            raise wrong(f'`{advice}` ends with {done.returncode}:\n{done.stdout}{done.stderr}')


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def server_alone(settings=None, kind=sql_server.private_server):
    return kind(settings=dict({'max_connections': '200', 'wal_level': 'replica', 'max_replication_slots': '10'}, **(settings or {})))


@contextlib.contextmanager
def migrated_server(build, settings=None, kind=sql_server.private_server):
    """A server with the database `migrated`, which the cases copy."""
    with server_alone(settings, kind) as server:
        server.run('postgres', 'create database migrated')
        subprocess.run([str(pathlib.Path(build).resolve() / 'nova'), 'migrate', 'up'], check=True, stdout=subprocess.DEVNULL, cwd='/',
                       env=dict(os.environ, DATABASE_URL=f'postgresql://postgres@/migrated?host={server.folder}'))
        yield server


class stoppable_server(sql_server.private_server):
    """Which a case may stop and start."""

    def halt(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def resume(self):
        settings = dict({**sql_server.CONFIGURATION, **self.settings}, unix_socket_directories=str(self.folder), listen_addresses='')
        data = self.folder / 'data'
        self.process = subprocess.Popen([self.programs / 'postgres', '-D', data, *(f'--{k}={v}' for k, v in settings.items())],
                                        stdout=self.log, stderr=self.log, cwd='/', **self.identity)


class small_server(stoppable_server):
    """Its databases lie in a file system of their own that can be filled up; the log of the server does not."""

    def start(self):
        super().start()
        self.small = self.folder / 'small'
        self.small.mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=160m', 'nova-small', str(self.small)], check=True)
        os.chmod(self.small, 0o755)
        os.chown(self.small, self.identity.get('user', os.getuid()), -1)
        self.run('postgres', f"create tablespace small location '{self.small}'")

    def create_database(self, name, template='template1'):
        self.run('postgres', f'create database "{name}" template "{template}" tablespace small')

    def fill(self):
        with contextlib.suppress(OSError), open(self.small / 'ballast', 'wb', buffering=0) as ballast:
            while True:
                ballast.write(b'x' * 4096)

    def make_room(self):
        (self.small / 'ballast').unlink()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        subprocess.run(['umount', str(self.folder / 'small')], check=False)
        super().__exit__()


@contextlib.contextmanager
def own_server(build, settings):
    """One that a case may harm; nothing where this needs root."""
    if settings == 'small' and os.getuid() != 0:
        yield None
        return
    kind = small_server if settings == 'small' else stoppable_server
    with migrated_server(build, settings if settings != 'small' else None, kind=kind) as server:
        yield server
