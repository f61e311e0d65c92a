"""A private PostgreSQL for one test run: a temporary folder, a unix socket, nothing kept."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / 'schema'

# In the order in which they stand on each other.
SYSTEMS = ['platform', 'queue', 'cluster', 'email', 'jobs', 'messenger', 'integrations', 'assistant', 'access']

# Those that a database has only when somebody chose them; no other stands on them.
OPTIONAL = [system for system in SYSTEMS if f"optional_systems += '{system}'" in (SCHEMA / system / 'meson.build').read_text()]

# The roles of Supabase's API. Mail wants none of them, and grants them what is theirs where they are.
API_ROLES = """create role anon nologin noinherit; create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;"""

# Neither durability nor background work is wanted from a server that lives for seconds.
CONFIGURATION = {
    'fsync': 'off', 'synchronous_commit': 'off', 'full_page_writes': 'off', 'shared_buffers': '64MB',
    'autovacuum_naptime': '1s', 'log_min_messages': 'warning', 'timezone': 'UTC', 'max_connections': '40',
}


class sql_error(Exception):
    """psql ended with an error; the text is what it wrote."""


def binaries():
    """The folder of the server's programs: NOVA_POSTGRES_BIN, else of the newest version that Debian installed, else of PATH."""
    if named := os.environ.get('NOVA_POSTGRES_BIN'):
        return pathlib.Path(named).resolve()
    installed = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin/postgres'), key=lambda p: float(p.parts[-3]))
    found = installed[-1] if installed else shutil.which('postgres')
    if not found:
        raise SystemExit('PostgreSQL is not installed: ./dev setup')
    return pathlib.Path(found).parent


def client_program(name):
    """pg_isready, pgbench and the like: beside the server where they are, else of PATH, which any newer server answers too."""
    beside = binaries() / name
    found = beside if beside.exists() else shutil.which(name)
    if not found:
        raise SystemExit(f'{name} is not installed: ./dev setup')
    return found


def unprivileged():
    """PostgreSQL refuses to run as root, so root runs it as somebody else."""
    if os.getuid() != 0:
        return {}, os.getuid()
    for name in ('postgres', 'nobody'):
        try:
            user = pwd.getpwnam(name)
            return {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}, user.pw_uid
        except KeyError:
            continue
    raise SystemExit('neither the user postgres nor nobody exists to run PostgreSQL as')


class private_server:
    """`with private_server() as server:` runs one. The superuser is `postgres`, there is no password.

    `port` also listens on that port of the loopback interface, for clients that know no unix sockets. `programs` is another
    folder with the server's programs, `settings` what differs from CONFIGURATION.
    """

    def __init__(self, port=None, programs=None, settings=None):
        self.port = port
        self.settings = settings or {}
        self.programs = programs or binaries()
        self.identity, uid = unprivileged()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='nova-sql-'))
        os.chmod(self.folder, 0o755)
        os.chown(self.folder, uid, -1)
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def start(self):
        data = self.folder / 'data'
        subprocess.run([self.programs / 'initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
                       check=True, stdout=subprocess.DEVNULL, cwd='/', **self.identity)
        self.launch()

    def launch(self):
        """Runs the server on the folder of its data, which may be another's by now."""
        programs = self.programs
        data = self.folder / 'data'
        settings = dict({**CONFIGURATION, **self.settings}, unix_socket_directories=str(self.folder),
                        listen_addresses='127.0.0.1' if self.port else '', port=str(self.port or 5432))
        self.log = open(self.folder / 'log', 'w')
        self.process = subprocess.Popen([programs / 'postgres', '-D', data, *(f'--{k}={v}' for k, v in settings.items())],
                                        stdout=self.log, stderr=self.log, cwd='/', **self.identity)
        deadline = time.monotonic() + 30
        while subprocess.run([client_program('pg_isready'), '-q', '-h', self.folder, '-p', str(self.port or 5432)], check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit('PostgreSQL did not start:\n' + (self.folder / 'log').read_text())
            time.sleep(0.02)

    def connection(self, database):
        """A libpq connection string, also good for dblink inside the server."""
        return f'host={self.folder} port={self.port or 5432} dbname={database} user=postgres'

    def psql(self, database, *args):
        """Runs psql so that the first error ends it. Returns the finished process, with both outputs as text."""
        # What is installed for the tests is in schema tap, so that it is not mistaken for a system's own.
        settings = {'search_path': '"$user",public,tap', 'nova_test.connection': self.connection(database)}
        options = ' '.join(f'-c {name}=' + value.replace(' ', '\\ ') for name, value in settings.items())
        return subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', f'schema={SCHEMA}',
                               '-d', self.connection(database), *args],
                              capture_output=True, text=True, check=False,
                              env=dict(os.environ, PGOPTIONS=options, PGCLIENTENCODING='UTF8'))

    def run(self, database, sql):
        """Runs SQL; returns what it printed."""
        done = self.psql(database, '-c', sql)
        if done.returncode:
            raise sql_error(done.stderr.strip())
        return done.stdout

    def run_file(self, database, file):
        """Runs a migration file as the migrator does: in one transaction."""
        done = self.psql(database, '-1', '-f', str(file))
        if done.returncode:
            raise sql_error(done.stderr.strip())

    def create_database(self, name, template='template1'):
        self.run('postgres', f'create database "{name}" template "{template}"')

    def add_test_extensions(self, database):
        self.run(database, 'create schema tap; create extension pgtap schema tap; create extension dblink schema tap')


def migrations(system=None):
    """The up files in the order in which they are applied, of all systems or of one."""
    return [file for each in ([system] if system else SYSTEMS) for file in sorted((SCHEMA / each).glob('*.up.sql'))]


def migrations_for(system):
    """What a database must have for one system: that, and what every database has. Of what is no system, all."""
    return [up for each in SYSTEMS if each == system or each not in OPTIONAL or system not in SYSTEMS for up in migrations(each)]


def sibling(up, kind):
    """The down or verify file of a migration."""
    return up.with_name(up.name.replace('.up.sql', f'.{kind}.sql'))
