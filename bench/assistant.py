#!/usr/bin/env python3
"""The assistant's two queries in a large database: assistant.py [CONVERSATIONS] [TENANTS], 1,000,000 and 10,000 by default.

Ten messages a conversation. A private server in a temporary folder (about 8 GB at full size, gone afterwards); what is measured only
reads, so durability plays no part. The client is pgbench with prepared statements over a unix socket. What runs with policies and
what runs with an explicit filter take turns, because the machine's speed changes from second to second.
"""
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tests/sql'))
import server  # noqa: E402  it is found by the path above

TURNS = 15
SECONDS_A_TURN = 1
TENANT = 5  # any

LOAD = '''
set session_replication_role = replica; -- neither triggers nor foreign keys while the rows are made
insert into tenants (id, name, slug) select md5('t' || i)::uuid::text, 'Tenant ' || i, i from generate_series(1, {tenants}) i;
insert into users (id, tenant_id, email)
select md5('u' || i)::uuid::text, md5('t' || i)::uuid::text, i || '@example.com' from generate_series(1, {tenants}) i;
alter table messages drop constraint messages_of_tenant cascade;
drop index idx_messages_conversation_created;
insert into conversations (id, tenant_id, user_id, title, is_archived, created_at, updated_at)
select md5('c' || i)::uuid::text, md5('t' || 1 + i % {tenants})::uuid::text, md5('u' || 1 + i % {tenants})::uuid::text, 'About ' || i,
       i % 10 = 0, at, at
  from (select i, now() - random() * interval '300 days' as at from generate_series(1, {conversations}) i) c;
insert into messages (id, conversation_id, tenant_id, role, content, created_at)
select md5('m' || i)::uuid::text, md5('c' || 1 + i % {conversations})::uuid::text, md5('t' || 1 + (1 + i % {conversations}) % {tenants})::uuid::text,
       case when i / {conversations} % 2 = 0 then 'user' else 'assistant' end, repeat('what was said ', 8), now() - random() * interval '300 days'
  from generate_series(0, 10 * {conversations} - 1) i;
set maintenance_work_mem = '512MB';
create unique index messages_of_tenant on messages (id, tenant_id);
create index idx_messages_conversation_created on messages (conversation_id, created_at);
'''

CONVERSATIONS = 'SELECT * FROM conversations WHERE {filter}is_archived = false ORDER BY updated_at DESC LIMIT 20;\n'
MESSAGES = "SELECT * FROM messages WHERE {filter}conversation_id = '{conversation}' ORDER BY created_at ASC;\n"


class client:
    """Runs pgbench on one query."""

    def __init__(self, bench, name, query, role, claims):
        self.bench, self.role, self.claims = bench, role, claims
        self.file = bench.folder / f'{name}.sql'
        self.file.write_text(query)
        self.latencies = []

    def environment(self):
        return dict(os.environ, PGOPTIONS=f'-c role={self.role} -c request.jwt.claims={self.claims}')

    def run(self, keep=True):
        """One turn; returns microseconds a query, round trip included."""
        log = self.bench.folder / 'latency'
        subprocess.run([server.client_program('pgbench'), '-n', '-M', 'prepared', '-T', str(SECONDS_A_TURN), '-l', '--log-prefix', str(log),
                        '-f', str(self.file), '-h', str(self.bench.folder), '-U', 'postgres', 'bench'],
                       env=self.environment(), check=True, capture_output=True)
        # The end of each query; its column of latencies is 0 where an answer came before pgbench looked at the clock again.
        files = list(self.bench.folder.glob('latency.*'))
        ends = [int(line.split()[4]) * 1_000_000 + int(line.split()[5]) for file in files for line in file.read_text().splitlines()]
        values = [later - earlier for earlier, later in zip(ends, ends[1:])]
        for file in files:
            file.unlink()
        if keep:
            self.latencies += values
        return statistics.median(values)

    def plan(self):
        done = subprocess.run(['psql', '-X', '-A', '-t', '-h', str(self.bench.folder), '-U', 'postgres', 'bench',
                               '-c', 'explain ' + self.file.read_text()], env=self.environment(), check=True, capture_output=True, text=True)
        return done.stdout


def compare(what, index, explicit, isolated):
    """`isolated` runs with policies as a user, `explicit` as the service with the tenant in the condition."""
    for each in (explicit, isolated):
        if index not in each.plan():
            sys.exit(f'{what}: not from {index}:\n{each.plan()}')
        each.run(keep=False)  # warm
    pairs = [(explicit.run(), isolated.run()) for _ in range(TURNS)]
    ratio = statistics.median(b / a for a, b in pairs)
    for name, each in (('explicit filter', explicit), ('policies', isolated)):
        ordered = sorted(each.latencies)
        print(f'{what + ", " + name:<44} p50 {ordered[len(ordered) // 2] / 1000:.3f} ms, p99 {ordered[len(ordered) * 99 // 100] / 1000:.3f} ms'
              f' of {len(ordered):,} queries')
    print(f'{what + ", policies against explicit filter":<58} {ratio:>6.3f}')


def main(conversations=1_000_000, tenants=10_000):
    server.CONFIGURATION.update(shared_buffers='1GB', max_wal_size='8GB', checkpoint_timeout='1h')
    with server.private_server() as bench:
        bench.create_database('bench')
        for up in server.migrations():
            bench.run_file('bench', up)
        bench.run('bench', LOAD.format(conversations=int(conversations), tenants=int(tenants)))
        bench.run('bench', 'vacuum analyze')
        bench.run('bench', 'checkpoint')
        size = bench.run('bench', "select pg_size_pretty(pg_database_size('bench')), (select count(*) from conversations), (select count(*) from messages)")
        print('size|conversations|messages:', size.strip())
        tenant, user, conversation = bench.run('bench', f"""
            select t, md5('u' || {TENANT})::uuid, (select id from conversations where tenant_id = t limit 1)
              from (select md5('t' || {TENANT})::uuid::text as t) x""").strip().split('|')
        explicit = f"tenant_id = '{tenant}' AND "
        claims = f'{{"sub":"{user}"}}'
        for what, index, query in (('conversations', 'idx_conversations_tenant_updated', CONVERSATIONS),
                                   ('messages', 'idx_messages_conversation_created', MESSAGES)):
            compare(what, index, client(bench, f'{what}_explicit', query.format(filter=explicit, conversation=conversation), 'service_role', ''),
                    client(bench, f'{what}_policies', query.format(filter='', conversation=conversation), 'authenticated', claims))


if __name__ == '__main__':
    main(*sys.argv[1:])
