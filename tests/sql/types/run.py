#!/usr/bin/env python3
"""Compares `nova types` with @supabase/postgres-meta, by the TypeScript compiler: run.py BUILD FOLDER. Prints TAP.

database.types.ts of the repository is compared with the documented schema first, which needs no npm. npm installs postgres-meta and the
compiler into the build folder at the first run; without npm or a way to its registry the rest is skipped.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))
from server import API_ROLES, migrations, private_server  # pylint: disable=wrong-import-position
from tap import tap_stream  # pylint: disable=wrong-import-position


def install(folder):
    """Returns why it could not be installed, or nothing."""
    if not shutil.which('npm') or not shutil.which('node'):
        return 'node and npm are not installed'
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('package.json', 'tsconfig.json', 'calls.ts'):
        shutil.copy(HERE / name, folder)
    if (folder / 'node_modules' / 'typescript').is_dir():
        return ''
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return 'npm install took too long'
    lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
    return '' if done.returncode == 0 else 'npm cannot install postgres-meta: ' + (lines[0] if lines else 'no reason given')


def nova(build, server, database, *words):
    url = f'postgresql://postgres@/{database}?host={server.folder}'
    return subprocess.run([pathlib.Path(build) / 'nova', 'types', *words], capture_output=True, text=True, check=False, cwd='/',
                          env=dict(os.environ, DATABASE_URL=url, LOG_LEVEL='off'))


def theirs(folder, server, database, schemas):
    url = f"postgresql://postgres@{urllib.parse.quote(str(server.folder), safe='')}/{database}"
    settings = {'PG_META_DB_URL': url, 'PG_META_GENERATE_TYPES': 'typescript', 'PG_META_GENERATE_TYPES_INCLUDED_SCHEMAS': schemas,
                'PG_META_GENERATE_TYPES_DETECT_ONE_TO_ONE_RELATIONSHIPS': 'true'}
    return subprocess.run(['node', 'node_modules/@supabase/postgres-meta/dist/server/server.js'], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=120, env=dict(os.environ, **settings))


def compiled(folder, *files):
    """What the compiler complains of."""
    (folder / 'checked.json').write_text(json.dumps({'extends': './tsconfig.json', 'files': files}))
    done = subprocess.run(['node', 'node_modules/typescript/bin/tsc', '-p', 'checked.json'], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=120)
    return done.stdout + done.stderr


def compare(stream, build, folder, server, database, schemas):
    their, our = theirs(folder, server, database, schemas), nova(build, server, database, '--schema', schemas)
    (folder / 'theirs.ts').write_text(their.stdout)
    (folder / 'ours.ts').write_text(our.stdout)
    stream.case(their.returncode == our.returncode == 0, f'{database} {schemas}: both write types', their.stderr + our.stderr)
    for schema in schemas.split(','):
        (folder / 'same.ts').write_text((HERE / 'same.ts').read_text().replace('SCHEMA', schema))
        told = compiled(folder, 'same.ts')
        stream.case(not told, f'{database} {schemas}: the types of {schema} are the same', told[:3000])


def check_own(stream, build, server):
    """The file of the repository, and the command without a compiler."""
    file = ROOT / 'database.types.ts'
    told = nova(build, server, 'documented', '--check', '--out', str(file))
    stream.case(told.returncode == 0, 'database.types.ts is that of the documented schema: nova types --out database.types.ts', told.stderr)
    server.run('documented', 'create table extra (id integer)')
    told = nova(build, server, 'documented', '--check', '--out', str(file))
    stream.case(told.returncode == 1 and 'from line' in told.stderr, 'a table more is told', told.stdout + told.stderr)
    server.run('documented', 'drop table extra')
    told = nova(build, server, 'documented', '--schema', 'nowhere')
    stream.case(told.returncode == 2 and 'nowhere' in told.stderr, 'a schema that is not there is told', told.stderr)


def main(build, folder):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    folder = pathlib.Path(folder) / 'types'
    stream = tap_stream()
    with private_server() as server:
        server.run('postgres', API_ROLES)
        for database in ('documented', 'odd'):
            server.create_database(database)
        for up in migrations():
            server.run_file('documented', up)
        server.run_file('odd', HERE / 'schema.sql')
        check_own(stream, build, server)
        if reason := install(folder):
            stream.skip('the types are those of postgres-meta', reason)
            return stream.end()
        compare(stream, build, folder, server, 'documented', 'public')
        compare(stream, build, folder, server, 'odd', 'public,other')
        compare(stream, build, folder, server, 'odd', 'public')
        ours = (folder / 'ours.ts').read_text()
        (folder / 'ours.ts').write_text(ours.replace('"with space": string | null', '"with space": string', 1))
        stream.case('Parents' in compiled(folder, 'same.ts'), 'one column that differs would be told')
        shutil.copy(ROOT / 'database.types.ts', folder)
        told = compiled(folder, 'calls.ts')
        stream.case(not told, 'what is documented compiles, what is wrong does not', told[:3000])
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
