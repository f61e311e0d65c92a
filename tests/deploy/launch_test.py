#!/usr/bin/env python3
"""deploy/launch against real sshd's: launch_test.py NOVA. Prints TAP.

Each host is a network namespace with an sshd of its own, joined by a bridge; the nodes share a PostgreSQL over its Unix socket.
"""
import atexit
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from cases import DEPLOY, run, skipped
from server import private_server

nova = pathlib.Path(sys.argv[1]).resolve()
HOSTS = 2
PATIENCE = 30  # seconds


def command(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=240, **more)


def must(*words):
    done = command(*words)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr or done.stdout}")
    return done.stdout


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {PATIENCE} s: {what}')
        time.sleep(0.05)


class network:
    """The operator's namespace with a bridge, and a namespace for each host, with an sshd. Gone when it is closed."""

    def __init__(self, folder):
        self.folder = folder
        # Interface names have at most 15 characters and are the machine's until they are moved.
        self.tag = f'nv{os.getpid() % 100000:05d}'
        self.operator = f'{self.tag}-op'
        self.spaces, self.daemons = [], []

    def add_space(self, name):
        must('ip', 'netns', 'add', name)
        self.spaces.append(name)
        must('ip', '-n', name, 'link', 'set', 'lo', 'up')

    def build(self):
        self.add_space(self.operator)
        must('ip', '-n', self.operator, 'link', 'add', 'br0', 'type', 'bridge')
        must('ip', '-n', self.operator, 'addr', 'add', '10.77.0.1/24', 'dev', 'br0')
        must('ip', '-n', self.operator, 'link', 'set', 'br0', 'up')
        for number in range(1, HOSTS + 1):
            space = f'{self.tag}-h{number}'
            self.add_space(space)
            must('ip', '-n', self.operator, 'link', 'add', f'v{number}', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
            must('ip', '-n', self.operator, 'link', 'set', f'v{number}', 'master', 'br0', 'up')
            must('ip', '-n', space, 'addr', 'add', f'10.77.0.{10 + number}/24', 'dev', 'eth0')
            must('ip', '-n', space, 'link', 'set', 'eth0', 'up')
        self.start_daemons()

    def start_daemons(self):
        folder = self.folder
        for key in ('host', 'client'):
            must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / key)
        shutil.copy(folder / 'client.pub', folder / 'authorized')
        (folder / 'sshd_config').write_text('\n'.join([
            'Port 22', f'HostKey {folder}/host', f'AuthorizedKeysFile {folder}/authorized', 'StrictModes no', 'UsePAM no',
            'PasswordAuthentication no', 'PermitRootLogin prohibit-password', 'PidFile none', 'LogLevel ERROR', '']))
        # Where sshd keeps its unprivileged child; the package makes it when the service starts.
        pathlib.Path('/run/sshd').mkdir(mode=0o755, exist_ok=True)
        for space in self.spaces[1:]:
            self.daemons.append(subprocess.Popen(['ip', 'netns', 'exec', space, '/usr/sbin/sshd', '-D', '-e', '-f', folder / 'sshd_config'],
                                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for number in range(1, HOSTS + 1):
            eventually(lambda: self.ssh(number, 'true').returncode == 0, f'sshd of host {number} answers')

    def ssh_options(self):
        return f'-F none -i {self.folder}/client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'

    def ssh(self, number, text):
        return command('ip', 'netns', 'exec', self.operator, 'ssh', *self.ssh_options().split(), '-o', 'BatchMode=yes',
                       f'root@10.77.0.{10 + number}', text)

    def close(self):
        for daemon in self.daemons:
            daemon.terminate()
            daemon.wait(10)
        for space in self.spaces:
            for pid in command('ip', 'netns', 'pids', space).stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            command('ip', 'netns', 'del', space)


class world:
    """The network, a migrated database, certificates and a host list."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='nova-launch-')))
            self.hosts = network(self.folder)
            self.stack.callback(self.hosts.close)
            self.hosts.build()
            self.server = self.stack.enter_context(private_server())
            self.server.create_database('nova')
            self.environment = {'DATABASE_URL': self.server.connection('nova'), 'NYLAS_API_KEY': 'a-key-of-the-test'}
            self.check(command(nova, 'migrate', 'up', env={**os.environ, **self.environment}))
            self.check(command(nova, 'cluster', 'certs', self.folder / 'certs', '--nodes', 'node', '--shared'))
            self.write_env()
            (self.folder / 'hosts').write_text(
                '# two hosts\n'
                f'root@10.77.0.11  all      name=first listen=10.77.0.11:8481 http=10.77.0.11:8480\n'
                f'root@10.77.0.12  threads  listen=10.77.0.12:8481 set:NOVA_THREAD_WINDOW=7  # the second\n')
        except BaseException:
            self.stack.close()
            raise

    @staticmethod
    def check(done):
        if done.returncode:
            raise RuntimeError(done.stderr or done.stdout)

    def write_env(self, **more):
        certs = self.folder / 'certs'
        values = {**self.environment, 'NOVA_TLS_CERT': certs / 'node.crt', 'NOVA_TLS_KEY': certs / 'node.key',
                  'NOVA_TLS_CA': certs / 'ca.crt', **more}
        (self.folder / 'nova.env').write_text(''.join(f'{key}={value}\n' for key, value in values.items()))

    def launch(self, action, *more, hosts='hosts'):
        return command('ip', 'netns', 'exec', self.hosts.operator, DEPLOY / 'launch', action, self.folder / hosts, *more,
                       '--ssh', self.hosts.ssh_options(), '--nova', nova, '--dir', self.folder / 'nodes', '--connect-timeout', '3')

    def start(self, *more):
        return self.launch('start', *more, '--env', self.folder / 'nova.env', '--timeout', '60')

    def states(self):
        return {row['node']: row['state'] for row in json.loads(self.launch('status', '--json').stdout)}


made = None


def world_here():
    """Made by the first case that needs it, gone when the program ends."""
    global made
    for tool in ('/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/ssh-keygen'):
        if not os.path.exists(tool):
            raise skipped(f'{tool} is missing')
    if os.getuid() != 0 or not shutil.which('ip'):
        raise skipped('network namespaces need root and iproute2')
    probe = f'nv-probe-{os.getpid()}'
    done = command('ip', 'netns', 'add', probe)
    if done.returncode:
        raise skipped(f'network namespaces are not permitted here: {done.stderr.strip()}')
    command('ip', 'netns', 'del', probe)
    if not made:
        made = world()
        atexit.register(made.stack.close)
    return made


def a_host_list_with_a_mistake_is_refused_with_its_place():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / 'hosts'
        for text, words in (('10.0.0.1\n', 'has no roles'), ('10.0.0.1 threads colour=red\n', 'colour=red'),
                            ('a threads name=x\n\nb threads name=x\n', "hosts:3: two nodes are named 'x'"), ('# nobody\n', 'names no host'),
                            ('-oProxyCommand=x threads\n', 'write HOST ROLES'), ('a threads name=../../x\n', 'the name')):
            file.write_text(text)
            done = command(DEPLOY / 'launch', 'status', file)
            assert done.returncode == 2 and words in done.stderr, (text, done)


def a_node_that_is_not_in_the_list_is_refused():
    with tempfile.NamedTemporaryFile('w') as file:
        file.write('10.0.0.1 threads name=there\n')
        file.flush()
        done = command(DEPLOY / 'launch', 'stop', file.name, 'elsewhere')
    assert done.returncode == 2 and 'there are: there' in done.stderr, done


def a_host_that_cannot_be_reached_is_named_and_the_others_are_shown():
    here = world_here()
    here.folder.joinpath('hosts-cut').write_text(here.folder.joinpath('hosts').read_text() + 'root@10.77.0.99 threads\n')
    done = here.launch('status', '--json', hosts='hosts-cut')
    rows = {row['node']: row for row in json.loads(done.stdout)}
    assert done.returncode == 1 and rows['first']['state'] == 'stopped', done
    assert rows['10.77.0.99-threads']['state'] == 'unknown' and '10.77.0.99' in rows['10.77.0.99-threads']['reason'], rows


def a_node_that_cannot_start_says_why():
    here = world_here()
    here.write_env(NOVA_TLS_CA='')
    done = here.start('first')
    here.write_env()
    assert done.returncode == 1 and 'ended with status 2' in done.stderr and 'NOVA_TLS_CA' in done.stderr, done


def a_program_that_is_not_there_is_named():
    here = world_here()
    done = command('ip', 'netns', 'exec', here.hosts.operator, DEPLOY / 'launch', 'start', here.folder / 'hosts', 'first',
                   '--ssh', here.hosts.ssh_options(), '--nova', '/no/such/nova', '--dir', here.folder / 'nodes')
    assert done.returncode == 1 and "no program '/no/such/nova'" in done.stderr, done


def the_nodes_of_two_hosts_become_ready_join_and_stop():
    here = world_here()
    started = here.start()
    try:
        assert started.returncode == 0, started
        assert started.stdout.count('ready as process') == 2, started
        assert here.states() == {'first': 'ready', '10.77.0.12-threads': 'ready'}, here.states()
        members = "select string_agg(name, ' ' order by name) from nova.cluster_nodes where state = 'up'"
        eventually(lambda: here.server.run('nova', members).strip() == '10.77.0.12-threads first', 'both are members')
        eventually(lambda: ' linked node=' in here.launch('logs', 'first', '--lines', '500').stdout, 'the hosts are linked over TLS')

        again = here.start()
        assert again.returncode == 0 and again.stdout.count('already runs as process') == 2, again
        shown = here.launch('logs', 'first', '--lines', '200')
        assert shown.returncode == 0 and 'first: ' in shown.stdout and '10.77.0.12-threads: ' not in shown.stdout, shown
    finally:
        stopped = here.launch('stop')
    assert stopped.returncode == 0 and stopped.stdout.count('stopped') == 2, stopped
    assert set(here.states().values()) == {'stopped'}, here.states()


def a_node_that_decides_completion_serves_the_age_of_the_queues():
    here = world_here()
    assert here.start('first').returncode == 0
    try:
        ask = "import urllib.request; print(urllib.request.urlopen('http://10.77.0.11:8480/metrics', timeout=10).read().decode())"
        text = must('ip', 'netns', 'exec', here.hosts.operator, sys.executable, '-c', ask)
        assert 'nova_mail_days{state="broken"} 0' in text, [line for line in text.splitlines() if 'nova_mail' in line]
        assert 'nova_queue_age_seconds{queue="threads"} 0' in text, [line for line in text.splitlines() if 'nova_queue' in line]
    finally:
        here.launch('stop', 'first')


def a_node_that_was_killed_is_seen_and_started_again():
    here = world_here()
    assert here.start('first').returncode == 0
    try:
        row = next(row for row in json.loads(here.launch('status', 'first', '--json').stdout))
        os.kill(int(row['pid']), signal.SIGKILL)
        eventually(lambda: here.states()['first'] == 'stopped', 'the loss is seen')
        again = here.start('first')
        assert again.returncode == 0 and 'ready as process' in again.stdout, again
    finally:
        here.launch('stop', 'first')


def a_process_that_was_given_the_number_of_a_former_node_is_left_alone():
    here = world_here()
    place = here.folder / 'nodes/first'
    place.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(['sleep', '300']) as stranger:
        place.joinpath('pid').write_text(f'{stranger.pid} 1\n')
        try:
            assert here.states()['first'] == 'stopped'
            done = here.launch('stop', 'first', '--now')
            assert done.returncode == 0 and 'does not run' in done.stdout, done
            assert stranger.poll() is None
        finally:
            stranger.kill()


def a_program_can_be_brought_along():
    here = world_here()
    done = here.start('first', '--copy', nova)
    try:
        assert done.returncode == 0 and 'ready as process' in done.stdout, done
        row = next(row for row in json.loads(here.launch('status', 'first', '--json').stdout))
        assert os.readlink(f"/proc/{row['pid']}/exe") == str(here.folder / 'nodes/program/nova')
    finally:
        here.launch('stop', 'first')


def no_secret_is_seen_by_other_users_of_a_host():
    here = world_here()
    assert here.start('first').returncode == 0
    try:
        row = next(row for row in json.loads(here.launch('status', 'first', '--json').stdout))
        settings = here.folder / 'nodes/first/.env'
        assert settings.stat().st_mode & 0o777 == 0o600 and 'a-key-of-the-test' in settings.read_text()
        assert b'a-key-of-the-test' not in pathlib.Path(f"/proc/{row['pid']}/cmdline").read_bytes()
    finally:
        here.launch('stop', 'first')


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that namespaces and servers go
    sys.exit(run(sys.modules[__name__]))
