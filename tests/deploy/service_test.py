#!/usr/bin/env python3
"""What a service manager hears of a node: service_test.py NOVA. Prints TAP. The manager's end of sd_notify(3) is a socket here."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from cases import run
from server import private_server

nova = pathlib.Path(sys.argv[1]).resolve()
PATIENCE = 30  # seconds
WATCHDOG = 3


class node:
    """A node of its own database, started as systemd would start it."""

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        server = self.stack.enter_context(private_server())
        server.create_database('nova')
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix='nova-service-'))
        self.socket = self.stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.socket.bind(f'{folder}/notify')
        self.server = server
        self.heard = ''
        clean = {key: value for key, value in os.environ.items() if not key.startswith(('NOVA_', 'PG'))}
        self.environment = {**clean, 'DATABASE_URL': server.connection('nova'), 'NYLAS_API_KEY': 'none', 'NOTIFY_SOCKET': f'{folder}/notify',
                            'WATCHDOG_USEC': str(WATCHDOG * 1_000_000)}
        subprocess.run([nova, 'migrate', 'up'], env=self.environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([nova, 'run', '--http', 'off'], env=self.environment, cwd=folder, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        self.stack.close()

    def hears(self, line, seconds=PATIENCE):
        """Whether the line came, now or within the time. What came before it is forgotten."""
        deadline = time.monotonic() + seconds
        while line + '\n' not in self.heard:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                self.heard += self.socket.recv(4096).decode()
            except socket.timeout:
                return False
        self.heard = self.heard.split(line + '\n', 1)[1]
        return True


def a_node_says_that_it_is_ready_that_it_lives_and_that_it_stops():
    with node() as one:
        assert one.hears('READY=1'), one.heard
        for _ in range(4):
            assert one.hears('WATCHDOG=1', WATCHDOG), one.heard
        one.process.send_signal(signal.SIGTERM)
        assert one.hears('STOPPING=1'), one.heard
        assert one.process.wait(PATIENCE) == 0


def a_node_without_its_database_says_so_and_lives_on():
    with node() as one:
        assert one.hears('READY=1'), one.heard
        one.server.process.send_signal(signal.SIGINT)
        one.server.process.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while 'STATUS=not ready: the database' not in one.heard:
            assert time.monotonic() < deadline, one.heard
            one.heard += one.socket.recv(4096).decode()
        for _ in range(4):
            assert one.hears('WATCHDOG=1', WATCHDOG), one.heard


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    sys.exit(run(sys.modules[__name__]))
