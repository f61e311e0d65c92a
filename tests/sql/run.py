#!/usr/bin/env python3
"""Runs the pgTAP files of one folder, a system or `rules`: run.py FOLDER [PATTERN [hostile]]. Prints one TAP stream.

What the system needs, and no more, is migrated once into a template; `rules` has all systems. Its queries are prepared there, and each file tests/sql/FOLDER/*.sql runs in a database of its own made from
it, so that a file may commit, and may open more sessions with dblink (`current_setting('nova_test.connection')`). pgTAP and
dblink are in schema tap, which is on the search path; the psql variable `schema` is the folder of that name. The first error
of a file ends it and is a failed case. With `hostile` every session, that of the migrations too, has the settings that somebody
may have chosen for the whole database and that change what SQL means.
"""
import pathlib
import re
import signal
import sys

from server import API_ROLES, SCHEMA, migrations_for, private_server, sibling
from tap import tap_stream


HOSTILE = {'standard_conforming_strings': 'off', 'escape_string_warning': 'off', 'datestyle': 'SQL,DMY', 'timezone': 'Australia/Lord_Howe'}


def check_queries(server, stream, folder, database='migrated'):
    """A query of a system must not need another that the database may lack."""
    texts = {file.stem: re.sub(r'^--.*\n', '', file.read_text(), flags=re.M) for file in sorted((SCHEMA / folder / 'queries').glob('*.sql'))}
    if texts:
        # What is a block of code cannot be prepared, and makes what the others look at.
        words = [text for text in texts.values() if text.startswith('do ')]
        words.append("set search_path = ''")  # a role's own changes nothing: names say their schema
        words += [f'prepare {name} as {text}' for name, text in texts.items() if not text.startswith('do ')]
        done = server.psql(database, *(word for text in words for word in ('-c', text)))
        stream.case(done.returncode == 0, f'queries of {folder}: each fits the tables of what its system needs', done.stderr if done.returncode else '')


def main(folder, pattern='', sessions=''):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    files = sorted(f for f in (pathlib.Path(__file__).parent / folder).glob('*.sql') if pattern in f.stem)
    stream = tap_stream()
    if not files:
        return stream.end()
    with private_server(settings=HOSTILE if sessions == 'hostile' else {}) as server:
        if folder != 'platform':  # whose files make and drop them
            server.run('postgres', API_ROLES)
        server.create_database('migrated')
        server.add_test_extensions('migrated')
        for up in migrations_for(folder):
            server.run_file('migrated', up)
            server.run_file('migrated', sibling(up, 'verify'))
        if not pattern:
            check_queries(server, stream, folder)
        for file in files:
            server.create_database(file.stem, 'migrated')
            done = server.psql(file.stem, '-f', str(file))
            stream.merge(file.stem, done.stdout, done.stderr if done.returncode else '')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
