#!/usr/bin/env python3
"""Faults of nodes that sync: sync_faults.py BUILD [CASE]. Nodes are killed in the middle of runs while the sources change.

Sources are tables of another database, whose writers commit late and out of order, and an API. NOVA_SOAK=1 kills thirty times with thirty
syncs instead of six with six.
"""
import http.server
import json
import os
import pathlib
import random
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import cluster_fixture as fixture  # noqa: E402
from job_faults import set_namespace  # noqa: E402

SOAK = bool(os.environ.get('NOVA_SOAK'))
SYNCS = KILLS = 30 if SOAK else 6
ROWS = 6000
CANARY = 'canary-4f1d0c77'


class api(http.server.ThreadingHTTPServer):
    """Lists of records by a cursor; some answers are 401, and now and then a cursor has expired."""
    daemon_threads = True

    def __init__(self, namespace):
        self.records, self.lock, self.chance = {}, threading.Lock(), random.Random(3)
        outer = self

        class handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                path, _, query = self.path.partition('?')
                after = int(dict(part.split('=') for part in query.split('&') if part).get('cursor', 0))
                with outer.lock:
                    status = 401 if outer.chance.random() < 0.02 else 410 if after and outer.chance.random() < 0.02 else 200
                    mine = outer.records.get(path, {})
                    some = [mine[key] for key in sorted(mine) if key > after][:50]
                body = json.dumps({'items': some, 'next': some[-1]['id'] if len(some) == 50 else None}).encode()
                if self.headers['Authorization'] != f'Bearer {CANARY}':
                    status = 403
                time.sleep(0.01)  # so that a run takes a moment
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.handle_error = lambda *_: None
        own = os.open('/proc/self/ns/net', os.O_RDONLY)
        with open(f'/run/netns/{namespace}', encoding='ascii') as there:
            set_namespace(there.fileno())
        try:
            super().__init__((fixture.HUB, 0), handler)
        finally:
            set_namespace(own)
            os.close(own)


class sync_cluster(fixture.cluster):
    def __init__(self, build):
        super().__init__(build, nodes=3, threads=1, roles='jobs', settings={
            'NOVA_SYSTEMS': 'integrations', 'NOVA_CERTIFY': 'false', 'NOVA_SECRET_API': CANARY,
            'NOVA_SECRET_CRM': f'postgresql://postgres:{CANARY}@{fixture.HUB}:5432/crm', 'NOVA_SYNCS_RUNNING': '12'})

    def __enter__(self):
        super().__enter__()
        self.server.run('postgres', 'create database crm')
        self.crm = fixture.database_session(self.server.connection('crm'))
        self.stack.callback(self.crm.close)
        self.api = api(self.namespace('hub'))
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.stack.callback(self.api.shutdown)
        self.tables, self.lists = [], []
        for n in range(SYNCS):
            if n % 3 == 2:
                self.lists.append(f'l{n}')
                self.api.records[f'/l{n}'] = {i: {'id': i, 'v': 0} for i in range(1, 601)}
            else:
                self.tables.append(f't{n}')
        for name in self.tables:
            table = f'create table {name} (id bigint primary key, v bigint not null, updated_at timestamptz not null default now(), pad text)'
            self.server.run('crm', f"{table}; create index on {name} (updated_at); insert into {name} select i, 0, now() - interval '1 hour', "
                                   f"repeat('x', 100) from generate_series(1, {ROWS}) i")
            self.server.run('nova', table)
            # Every other one by its number of a row: of a full listing.
            mode = ['--mode', 'incremental', '--key', 'updated_at', '--set', 'overlap=0'] if name != self.tables[-1] else []
            self.nova('sync', 'configs', 'add', f'crm/{name}', '--secret', 'crm', *mode, '--every', '1 second', '--set', 'page_rows=200',
                      '--retry-base', '0.5 seconds', '--retry-max', '2 seconds', '--retries', '1000')
        url = f'http://{fixture.HUB}:{self.api.server_address[1]}'
        for name in self.lists:
            self.nova('sync', 'configs', 'add', f'api/{name}', '--provider', 'http_json', '--secret', 'api', '--integration-set', f'url={url}',
                      '--integration-set', 'allow_private=true', '--integration-set', 'auth={"kind": "header"}', '--every', '1 second', '--set', 'items=/items',
                      '--set', 'page={"kind": "cursor", "next": "/next"}', '--retry-base', '0.5 seconds', '--retry-max', '2 seconds', '--retries', '1000')
        return self

    def write_late(self, ended):
        """Changes rows in transactions of which some stay open while later ones commit."""
        chance = random.Random(5)
        sessions = [fixture.database_session(self.server.connection('crm')) for _ in range(3)]
        fresh = ROWS
        while not ended.is_set():
            busy = sessions[chance.randrange(3)]
            if getattr(busy, 'writes', False):
                busy.rows('commit')
                busy.writes = False
            else:
                busy.rows('begin')
                busy.writes = True
                for name in chance.sample(self.tables, min(3, len(self.tables))):
                    fresh += 1
                    # Rows of each session are its own, so that none waits for another.
                    mine = sessions.index(busy)
                    busy.rows(f'update {name} set v = v + 1, updated_at = now() where id = any (array(select (random() * {ROWS // 3})::bigint * 3 + {mine} '
                              f'from generate_series(1, 20)))')
                    busy.rows(f'insert into {name} (id, v) values ({fresh}, 1)')
            with self.api.lock:
                for name in self.lists:
                    key = chance.randrange(1, 601)
                    self.api.records[f'/{name}'][key] = {'id': key, 'v': chance.random()}
            time.sleep(0.02)  # the writers' pace
        for one in sessions:
            if getattr(one, 'writes', False):
                one.rows('commit')
            one.close()

    def rows_of(self, session, name, where='true'):
        return {tuple(row) for row in session.rows(f'select id, v, updated_at from {name} where {where}')}

    def check_watermarks(self):
        """All rows of the source up to the watermark are here, as they are there or later."""
        for name in self.tables[:-1]:
            mark = self.database.value(f"select watermark_value from integration_sync_configs where stream = '{name}'", '')
            if not mark:
                continue
            there = self.rows_of(self.crm, name, f"updated_at <= '{mark}'")
            here = {row[0]: row[2] for row in self.rows_of(self.database, name)}
            ahead = [row for row in there if here.get(row[0], '') < row[2]]
            if ahead:
                raise fixture.broken(f'{name}: the watermark {mark} is ahead of {len(ahead)} rows, for example {ahead[0]}; here {here.get(ahead[0][0])}')

    def differing(self):
        wrong = [name for name in self.tables if self.rows_of(self.crm, name) != self.rows_of(self.database, name)]
        for name in self.lists:
            here = {int(row[0]): json.loads(row[1]) for row in self.database.rows(
                f"select r.key, r.record from integration_records r join integration_sync_configs c on c.id = r.sync_config_id where c.stream = '{name}'")}
            if here != self.api.records[f'/{name}']:
                wrong.append(name)
        return wrong

    def check_leases(self):
        stuck = self.database.rows("select id, claimed_by, clock_timestamp() - lease_until from integration_sync_history "
                                   "where status = 'running' and lease_until < clock_timestamp() - interval '5 seconds'")
        if stuck:
            raise fixture.broken(f'runs are running for longer than their leases: {stuck}')

    def check_secret(self):
        for one in self.nodes.values():
            if one.said(CANARY):
                raise fixture.broken(f'the secret is in the log of {one.name}')
        for table in ('integration_sync_history', 'integration_sync_configs', 'integration_configs', 'integration_alert_history', 'integration_rejected_records',
                      'nova.actor_failures', 'nova.operator_actions'):
            if self.database.value(f"select count(*) from {table} x where x::text like '%{CANARY}%'") != '0':
                raise fixture.broken(f'the secret is in {table}')
        shown = self.nova('sync', 'configs', 'list', '--json') + self.nova('sync', 'history', '--json') + self.nova('config', '--json')
        for view in ('jobs', 'syncs', 'ps'):
            shown += json.dumps(self.shell(next(iter(self.nodes)), view))
        if CANARY in shown:
            raise fixture.broken('the secret is shown')


def target_equals_source_after_kills_in_the_middle_of_runs(build):
    chance = random.Random(11)
    with sync_cluster(build) as it:
        it.start()
        ended = threading.Event()
        writer = threading.Thread(target=it.write_late, args=[ended])
        writer.start()
        killed_at = []
        try:
            for _ in range(KILLS):
                running = fixture.eventually(lambda: it.database.rows(
                    "select n.name, count(*) from integration_sync_history h join nova.cluster_nodes n on h.claimed_by = 'node/' || n.epoch "
                    "where h.status = 'running' and n.ended_at is null group by 1"), within=60, every=0.01, what='that a sync runs')
                time.sleep(chance.uniform(0, 0.3))  # anywhere in a run
                victim = it.nodes[chance.choice(running)[0]]
                victim.kill()
                killed_at.append(it.database.value("select count(*) from integration_sync_history where status = 'running'"))
                victim.start()
                it.check_leases()
                it.check_watermarks()
                fixture.eventually(lambda: it.database.value("select count(*) from nova.cluster_nodes where ended_at is null and state = 'up'") == '3',
                                   within=60, every=0.05, what='that the killed node is declared dead and another has its name')
        finally:
            ended.set()
            writer.join()
        fixture.eventually(lambda: it.tend() or not it.differing(), within=120, every=0.5, what='that targets equal sources')
        it.check_watermarks()
        it.check_leases()
        it.check_secret()
        counts = dict(map(tuple, it.database.rows("select concat_ws(' ', status, error_class), count(*) from integration_sync_history group by 1")))
        if not any('worker_lost' in key for key in counts):
            raise fixture.broken(f'no run was lost: {counts}')
        return f'{KILLS} kills, {SYNCS} syncs, running when killed {",".join(killed_at)}; {counts}'


CASES = [target_equals_source_after_kills_in_the_middle_of_runs]


if __name__ == '__main__':
    sys.exit(fixture.run_cases(CASES, *sys.argv[1:]))
