#!/usr/bin/env python3
"""Runs the published pgmq-js client against our queues: run.py BUILD. Prints TAP.

npm installs it into the build folder at the first run; without npm or a way to its registry the test is skipped.
"""
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from server import migrations, private_server  # pylint: disable=wrong-import-position
from tap import tap_stream  # pylint: disable=wrong-import-position


def install(folder):
    """Returns why it could not be installed, or nothing."""
    if not shutil.which('npm') or not shutil.which('node'):
        return 'node and npm are not installed'
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('package.json', 'client.mjs'):
        shutil.copy(HERE / name, folder)
    if (folder / 'node_modules' / 'pgmq-js').is_dir():
        return ''
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=90)
    except subprocess.TimeoutExpired:
        return 'npm install took too long'
    lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
    return '' if done.returncode == 0 else 'npm cannot install pgmq-js: ' + (lines[0] if lines else 'no reason given')


def main(build):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    folder = pathlib.Path(build) / 'pgmq_js'
    if reason := install(folder):
        print(f'1..0 # SKIP {reason}')
        return 0
    stream = tap_stream()
    with private_server() as server:
        server.create_database('migrated')
        for up in migrations():
            server.run_file('migrated', up)
        done = subprocess.run(['node', 'client.mjs', str(server.folder), 'migrated'], cwd=folder, capture_output=True, text=True,
                              check=False, timeout=60)
        stream.merge('pgmq-js', done.stdout, done.stderr if done.returncode else '')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
