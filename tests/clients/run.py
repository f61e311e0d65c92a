#!/usr/bin/env python3
"""Compiles clients/ts and runs it: against a server that does what nodes and networks do, then against a node that is killed and
started again while mail changes: run.py BUILD FOLDER. Prints TAP.

npm installs the TypeScript compiler into the build folder at the first run; without npm or a way to its registry the test is skipped.
"""
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / 'clients' / 'ts'
sys.path.insert(0, str(HERE.parent / 'sql'))
from server import API_ROLES, migrations_for, private_server  # pylint: disable=wrong-import-position
from tap import tap_stream  # pylint: disable=wrong-import-position

INBOX = '00000000-0000-0000-0000-00000000000a'


def install(folder):
    """Returns why it could not be installed, or nothing."""
    if not shutil.which('npm') or not shutil.which('node'):
        return 'node and npm are not installed'
    folder.mkdir(parents=True, exist_ok=True)
    for file in (CLIENT / 'package.json', CLIENT / 'tsconfig.json', CLIENT / 'mail_changes.ts', HERE / 'mail_changes.mjs', HERE / 'follow.mjs'):
        shutil.copy(file, folder)
    if (folder / 'node_modules' / 'typescript').is_dir():
        return ''
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return 'npm install took too long'
    lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
    return '' if done.returncode == 0 else 'npm cannot install typescript: ' + (lines[0] if lines else 'no reason given')


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


class running_node:
    """A node with the role ingress, its API at `port`."""

    def __init__(self, build, server, port):
        settings = {'DATABASE_URL': f'postgresql://postgres@/feed?host={server.folder}', 'NYLAS_API_KEY': 'x', 'NYLAS_WEBHOOK_SECRET': 'x',
                    'NOVA_API': f'127.0.0.1:{port}', 'NOVA_API_TOKEN': secrets.token_hex(16), 'LOG_LEVEL': 'off', 'NOVA_INSPECT': 'off'}
        self.command = [pathlib.Path(build) / 'nova', 'run', '--roles', 'ingress', '--http', '127.0.0.1:0', '--listen', 'off']
        self.settings = dict(os.environ, **settings)
        subprocess.run([pathlib.Path(build) / 'nova', 'migrate', 'up'], env=self.settings, check=True, stdout=subprocess.DEVNULL, cwd='/')
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, env=self.settings, cwd='/')

    def stop(self, with_signal):
        self.process.send_signal(with_signal)
        self.process.wait(timeout=30)


class follower:
    """The client in a process of its own."""

    def __init__(self, folder, port, token):
        self.process = subprocess.Popen(['node', 'follow.mjs', f'http://127.0.0.1:{port}', token], cwd=folder, stdout=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, '')), daemon=True).start()

    def saw(self, what):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(line.strip() == what for line in self.lines):
                return True
            time.sleep(0.02)
        return False


def follow_a_node(stream, build, folder):
    with private_server() as server:
        server.run('postgres', API_ROLES)
        server.create_database('feed')
        for up in migrations_for('access'):
            server.run_file('feed', up)
        server.run('feed', f"insert into flux_inboxes (id, email, grant_id, user_id) values ('{INBOX}', 'ann@example.com', 'g', 'ann')")
        token, port = server.run('feed', "select mail_change_token('user', 'ann')").strip(), free_port()

        def write(key):
            server.run('feed', f"insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi) values ('{INBOX}', '{key}', 1, 2)")

        node = running_node(build, server, port)
        client = follower(folder, port, token)
        try:
            stream.case(client.saw('position'), 'a client follows a node')
            write('m1')
            stream.case(client.saw('change message m1'), 'and is told what changes')
            node.stop(signal.SIGKILL)
            for n in range(2, 20):
                write(f'm{n}')
            node.start()
            stream.case(client.saw('change message m19'), 'when the node was killed and is there again, what changed meanwhile')
            told = [line.strip() for line in client.lines if line.startswith('change')]
            good = told == [f'change message m{n}' for n in range(1, 20)]
            stream.case(good, 'each once, in order', '' if good else '\n'.join(told))
        finally:
            client.process.kill()
            node.stop(signal.SIGTERM)


def main(build, folder):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    folder = pathlib.Path(folder) / 'mail_changes'
    if reason := install(folder):
        print(f'1..0 # SKIP {reason}')
        return 0
    stream = tap_stream()
    done = subprocess.run(['node', 'node_modules/typescript/bin/tsc', '-p', '.'], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    stream.case(done.returncode == 0, 'the client compiles', done.stdout)
    done = subprocess.run(['node', 'mail_changes.mjs'], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    stream.merge('mail_changes', done.stdout, done.stderr if done.returncode else '')
    follow_a_node(stream, build, folder)
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
