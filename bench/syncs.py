#!/usr/bin/env python3
"""Syncs beside a script of Node that does the same, in turns: syncs.py BUILD [ROWS]. NOVA_BENCH_PEERS names a folder with
`npm install pg pg-copy-streams`; without it Nova is measured alone.

Rows a second, processor time and peak memory of the process that moves the rows: a node with the role jobs, without what it takes idle
and before its first run, and the script. The server is one, fsync is on.
"""
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'sql'))
from server import private_server  # noqa: E402

build = str(pathlib.Path(sys.argv[1]).resolve())
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 500_000
RECORDS = ROWS // 5
RUNS = 3
HERE = pathlib.Path(__file__).parent
DURABLE = {'fsync': 'on', 'synchronous_commit': 'on', 'full_page_writes': 'on', 'shared_buffers': '256MB', 'max_wal_size': '4GB',
           'autovacuum_naptime': '1min'}
TABLE = 'create table t (id bigint primary key, name text not null, amount numeric(12,2), updated_at timestamptz not null, note text)'


class node:
    """A node that runs what is asked for."""

    def __init__(self, server, environment, folder):
        self.server = server
        self.log = open(folder / 'node.log', 'a', encoding='utf-8')
        self.process = subprocess.Popen([f'{build}/nova', 'run', '--roles', 'jobs', '--http', 'off'], env=environment, stdout=self.log,
                                        stderr=self.log, cwd='/')

    def used(self):
        fields = pathlib.Path(f'/proc/{self.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def memory(self, what):
        for line in pathlib.Path(f'/proc/{self.process.pid}/status').read_text().splitlines():
            if line.startswith(what + ':'):
                return int(line.split()[1]) * 1024
        return 0

    def run(self, stream):
        """A run of its own, watched by its row."""
        pathlib.Path(f'/proc/{self.process.pid}/clear_refs').write_text('5')
        began, deadline = self.used(), time.monotonic() + 600
        run = self.server.run('nova', f"select nova.ask_sync(id, 'bench') from integration_sync_configs where stream = '{stream}'").strip()
        while not (row := self.server.run('nova', "select status, records_inserted, extract(epoch from finished_at - started_at), error_message"
                                                  f" from integration_sync_history where id = '{run}' and finished_at is not null").strip()):
            if time.monotonic() > deadline:
                sys.exit(f'{stream}: its run does not end')
            time.sleep(0.2)
        status, rows, seconds, error = row.split('|')
        if status != 'succeeded':
            sys.exit(f'{stream}: {status}: {error}')
        return {'rows': int(rows), 'seconds': float(seconds), 'cpu': self.used() - began, 'rss': self.memory('VmHWM')}

    def stop(self):
        self.process.terminate()
        self.process.wait(40)
        self.log.close()


def peer(kind, source, target):
    return json.loads(subprocess.run(['node', HERE / 'sync_peer.mjs', kind, source, target], check=True, stdout=subprocess.PIPE, text=True).stdout)


def show(what, of, digits=0):
    print(f'{what:<46} {statistics.median(of):>12,.{digits}f}   ({min(of):,.{digits}f} .. {max(of):,.{digits}f})')


def tell(name, runs):
    show(f'{name}: rows a second', [r['rows'] / r['seconds'] for r in runs])
    show(f'{name}: processor seconds for a million', [1e6 * r['cpu'] / r['rows'] for r in runs], 2)
    show(f'{name}: memory at most, MiB', [r['rss'] / 2**20 for r in runs], 1)


def main():
    peers = os.environ.get('NOVA_BENCH_PEERS')
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(private_server(settings=DURABLE))

        def url(name):
            return f'postgresql://postgres@/{name}?host={server.folder}'
        server.run('postgres', 'create database crm')
        server.run('postgres', 'create database nova')
        server.run('crm', f"{TABLE}; insert into t select n, 'name ' || n, n * 1.01, '2026-01-01'::timestamptz + n * interval '1 s', "
                          f"md5(n::text) || repeat('x', 60) from generate_series(1, {ROWS}) n")
        server.run('crm', 'vacuum analyze t')
        pages = subprocess.Popen(['node', HERE / 'sync_pages.mjs', str(RECORDS), '1000'], stdout=subprocess.PIPE, text=True)
        stack.callback(pages.wait)
        stack.callback(pages.terminate)
        api = f'http://127.0.0.1:{pages.stdout.readline().strip()}'
        environment = dict(os.environ, DATABASE_URL=url('nova'), NOVA_SECRET_CRM=url('crm'), NOVA_SYSTEMS='integrations', NYLAS_API_KEY='none',
                           XDG_RUNTIME_DIR=str(server.folder), NOVA_NODE_NAME='bench')

        def nova(*arguments):
            subprocess.run([f'{build}/nova', *arguments], env=environment, check=True, stdout=subprocess.DEVNULL, cwd='/')
        nova('migrate', 'up')
        server.run('nova', TABLE)
        nova('sync', 'configs', 'add', 'crm/t', '--secret', 'crm', '--set', 'deletes=false')
        nova('sync', 'configs', 'add', 'api/people', '--provider', 'http_json', '--integration-set', f'url={api}', '--integration-set', 'allow_private=true',
             '--set', 'items=/items', '--set', 'page={"kind": "cursor", "next": "/next"}', '--set', 'deletes=false')
        server.run('postgres', 'create database script')
        server.run('script', f'{TABLE}; create table records (key text primary key, record jsonb not null, hash bytea not null)')
        one = node(server, environment, server.folder)
        done = {'nova, postgres': [], 'nova, http_json': []}
        if peers:
            done |= {'script, postgres': [], 'script, http_json': []}
        try:
            time.sleep(3)  # until it is there
            print(f'  node before its first run: {one.memory("VmRSS") / 2**20:.1f} MiB; {ROWS:,} rows, {RECORDS:,} records')
            for _ in range(RUNS):
                server.run('nova', 'truncate t; truncate integration_records')
                server.run('script', 'truncate t; truncate records')
                server.run('postgres', 'checkpoint')
                done['nova, postgres'].append(one.run('t'))
                if peers:
                    done['script, postgres'].append(peer('postgres', url('crm'), url('script')))
                done['nova, http_json'].append(one.run('people'))
                if peers:
                    done['script, http_json'].append(peer('http', api, url('script')))
        finally:
            one.stop()
        for name, runs in sorted(done.items(), key=lambda item: item[0].split(', ')[1]):
            tell(name, runs)


if __name__ == '__main__':
    main()
