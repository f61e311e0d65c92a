#!/usr/bin/env python3
"""Tests Nova's queues on a server where the extension pgmq can be had: run.py. Prints TAP.

PostgreSQL looks for extensions beside its own program, so the server is a copy of `postgres` in a tree of links, where a
stand-in for the extension can be put without touching what is installed.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from server import API_ROLES, binaries, migrations, private_server, sibling  # pylint: disable=wrong-import-position
from tap import tap_stream  # pylint: disable=wrong-import-position


def share_folder():
    """Where extensions are: beside the programs of a server out of npm, else as it was built or as Debian has it."""
    beside = binaries().parent / 'share' / 'postgresql'
    if beside.exists():
        return beside
    if (binaries() / 'pg_config').exists():
        return pathlib.Path(subprocess.run([binaries() / 'pg_config', '--sharedir'], capture_output=True, text=True, check=True).stdout.strip())
    return pathlib.Path('/usr/share/postgresql') / binaries().parent.name


def copy_of_server(root):
    """A tree of links below `root` with an own folder for extensions; returns the folder of its programs and that folder."""
    share = share_folder()
    programs = root / binaries().relative_to('/')
    extensions = root / share.relative_to('/') / 'extension'
    programs.mkdir(parents=True)
    extensions.mkdir(parents=True)
    (programs.parent / 'lib').symlink_to(binaries().parent / 'lib')
    for file in binaries().iterdir():
        if file.name in ('postgres', 'initdb'):
            shutil.copy(file, programs)
        else:
            (programs / file.name).symlink_to(file)
    for file in share.iterdir():
        if file.name != 'extension':
            (extensions.parent / file.name).symlink_to(file)
    for file in (share / 'extension').iterdir():
        (extensions / file.name).symlink_to(file)
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o755)
    return programs, extensions


def add_extension(extensions):
    for name in ('pgmq.control', 'pgmq--1.5.1.sql'):
        shutil.copy(HERE / name, extensions)
        os.chmod(extensions / name, 0o644)


def migrate(server, database, systems=('platform', 'queue')):
    for system in systems:
        for up in migrations(system):
            server.run_file(database, up)
            server.run_file(database, sibling(up, 'verify'))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    stream = tap_stream()
    root = pathlib.Path(tempfile.mkdtemp(prefix='nova-sql-extension-'))
    try:
        programs, extensions = copy_of_server(root)
        with private_server(programs=programs) as server:
            server.run('postgres', API_ROLES)
            server.create_database('moved')
            server.add_test_extensions('moved')
            migrate(server, 'moved')
            add_extension(extensions)
            server.create_database('found')
            server.add_test_extensions('found')
            migrate(server, 'found')
            for name in ('moved', 'found'):
                done = server.psql(name, '-f', str(HERE / f'{name}.sql'))
                stream.merge(name, done.stdout, done.stderr if done.returncode else '')
            for up in reversed(migrations('queue')):
                server.run_file('found', sibling(up, 'down'))
            stream.case(server.run('found', "select from pg_extension where extname = 'pgmq'") == '', 'found: down takes the extension that up created')
            server.run('found', 'create extension pgmq')
            migrate(server, 'found', ['queue'])
            for up in reversed(migrations('queue')):
                server.run_file('found', sibling(up, 'down'))
            left = server.run('found', "select (select count(*) from pg_extension where extname = 'pgmq'), to_regnamespace('nova_queue'), (select count(*) from pgmq.meta)")
            stream.case(left.strip() == '1||0', 'found: an extension that was there before stays', left)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
