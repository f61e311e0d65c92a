#!/usr/bin/env python3
"""From commit to client: feed_clients.py BUILD [CLIENTS [CHANGES]], 1,000 and 500 by default. Prints the times.

One node with the role ingress, CLIENTS that follow GET /changes with one token, one session that commits a message every 20 ms. The time
of a change is from when psql says that it is committed until a client has read it. This process reads for all clients, so with many of
them most of the time is its own.
"""
import asyncio
import os
import pathlib
import secrets
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'sql'))
from server import API_ROLES, migrations_for, private_server  # pylint: disable=wrong-import-position

INBOX = '00000000-0000-0000-0000-00000000000a'


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


async def follow(port, token, arrived, live):
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    writer.write(f'GET /changes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n'.encode())
    while line := await reader.readline():
        if line.startswith(b'event: position'):
            live.release()
        elif line.startswith(b'data: ') and b'"key":"n' in line:
            arrived.append((int(line.split(b'"key":"n', 1)[1].split(b'"', 1)[0]), time.monotonic()))


async def measure(server, port, token, clients, changes):
    arrived, live = [], asyncio.Semaphore(0)
    tasks = [asyncio.create_task(follow(port, token, arrived, live)) for _ in range(clients)]
    for _ in tasks:
        await asyncio.wait_for(live.acquire(), 60)
    psql = await asyncio.create_subprocess_exec('psql', '-XqAt', '-d', server.connection('feed'), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    committed = []
    for n in range(changes):
        psql.stdin.write(f"insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi) values ('{INBOX}', 'n{n}', 1, 2);\n\\echo x\n".encode())
        await psql.stdout.readline()
        committed.append(time.monotonic())
        await asyncio.sleep(0.02)
    deadline = time.monotonic() + 30
    while len(arrived) < clients * changes and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    psql.stdin.close()
    for task in tasks:
        task.cancel()
    return sorted(max(at - committed[n], 0) * 1000 for n, at in arrived)


def main(build, clients='1000', changes='500'):
    clients, changes = int(clients), int(changes)
    with private_server() as server:
        server.run('postgres', API_ROLES)
        server.create_database('feed')
        for up in migrations_for('access'):
            server.run_file('feed', up)
        server.run('feed', f"insert into flux_inboxes (id, email, grant_id, user_id) values ('{INBOX}', 'ann@example.com', 'g', 'ann')")
        token = server.run('feed', "select mail_change_token('user', 'ann')").strip()
        port = free_port()
        settings = {'DATABASE_URL': f'postgresql://postgres@/feed?host={server.folder}', 'NYLAS_API_KEY': 'x', 'NYLAS_WEBHOOK_SECRET': 'x',
                    'NOVA_API': f'127.0.0.1:{port}', 'NOVA_API_TOKEN': secrets.token_hex(16), 'LOG_LEVEL': 'error', 'NOVA_INSPECT': 'off'}
        subprocess.run([f'{build}/nova', 'migrate', 'up'], env=dict(os.environ, **settings), check=True, stdout=subprocess.DEVNULL, cwd='/')
        with subprocess.Popen([f'{build}/nova', 'run', '--roles', 'ingress', '--http', '127.0.0.1:0', '--listen', 'off'], env=dict(os.environ, **settings), cwd='/') as node:
            try:
                deadline = time.monotonic() + 30
                while socket.socket().connect_ex(('127.0.0.1', port)) and time.monotonic() < deadline:
                    time.sleep(0.05)
                times = asyncio.run(measure(server, port, token, clients, changes))
            finally:
                node.terminate()
        if not times:
            raise SystemExit('nothing arrived')
        print(f'{clients} clients, {changes} changes: {len(times)} of {clients * changes} events arrived; milliseconds from commit to client: '
              f'median {statistics.median(times):.1f}, p99 {times[int(len(times) * 0.99) - 1]:.1f}, most {times[-1]:.1f}')


if __name__ == '__main__':
    main(str(pathlib.Path(sys.argv[1]).resolve()), *sys.argv[2:])
