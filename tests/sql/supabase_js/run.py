#!/usr/bin/env python3
"""Runs supabase-js over HTTP semantics of PostgREST (@supabase/lite) against the policies: run.py BUILD. Prints TAP.

npm installs both, and the Node that they want, into the build folder at the first run; without npm or a way to its registry the test is
skipped.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from server import API_ROLES, migrations, private_server  # pylint: disable=wrong-import-position
from tap import tap_stream  # pylint: disable=wrong-import-position

# What of Supabase's own tables the server of the API wants to see of a user.
USERS = """
create schema if not exists auth;
create table auth.users (id uuid primary key, aud text default 'authenticated', role text default 'authenticated', email text, phone text,
  raw_app_meta_data jsonb default '{}', raw_user_meta_data jsonb default '{}', is_anonymous boolean default false, is_super_admin boolean,
  is_sso_user boolean default false, email_confirmed_at timestamptz, confirmed_at timestamptz, last_sign_in_at timestamptz,
  created_at timestamptz default now(), updated_at timestamptz default now(), banned_until timestamptz, deleted_at timestamptz);
insert into auth.users (id, email, raw_app_meta_data)
select ('a0000000-0000-4000-8000-00000000000' || n)::uuid, n || '@example.com', case n when 4 then '{"tenant_id":"acme"}' else '{}' end::jsonb
  from generate_series(1, 4) n;
"""
ROWS = """
select nova.set_rights();
insert into flux_inboxes (id, email, grant_id, user_id, tenant_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'ga', 'a0000000-0000-4000-8000-000000000001', null),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'gb', 'a0000000-0000-4000-8000-000000000002', null),
       ('00000000-0000-0000-0000-00000000000c', 'team@example.com', 'gc', null, 'acme');
insert into flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, latest_message_at, folders)
select i.id, 't', 1, true, now(), '["INBOX"]' from flux_inboxes i;
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, subject, message_date, has_attachments, body)
select i.id, 'm', 't', 1, 2, 'The offer', now(), true, 'A secret harbour' from flux_inboxes i;
insert into flux_email_attachments (inbox_id, nylas_message_id, position, filename) select i.id, 'm', 0, 'a.pdf' from flux_inboxes i;
insert into flux_email_folders (inbox_id, nylas_folder_id, name) select i.id, 'INBOX', 'Inbox' from flux_inboxes i;
insert into flux_inbox_configurations (inbox_id, backfill_start, backfill_end) select i.id, now() - interval '1 day', now() from flux_inboxes i;
"""


def install(folder):
    """Returns why it could not be installed, or nothing."""
    if not shutil.which('npm') or not shutil.which('node'):
        return 'node and npm are not installed'
    folder.mkdir(parents=True, exist_ok=True)
    for name in ('package.json', 'client.mjs'):
        shutil.copy(HERE / name, folder)
    if (folder / 'node_modules' / 'node' / 'bin' / 'node').exists():
        return ''
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        return 'npm install took too long'
    lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
    if done.returncode == 0 and not (folder / 'node_modules' / 'node' / 'bin' / 'node').exists():
        return 'npm has no Node 22 for this machine'
    return '' if done.returncode == 0 else 'npm cannot install @supabase/lite: ' + (lines[0] if lines else 'no reason given')


def main(build):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    folder = pathlib.Path(build) / 'supabase_js'
    if reason := install(folder):
        print(f'1..0 # SKIP {reason}')
        return 0
    stream = tap_stream()
    with private_server() as server:
        server.run('postgres', API_ROLES)
        server.create_database('migrated')
        for up in migrations():
            # The tenant of a caller is that of the assistant's table where there is one: here the claim is asked.
            if up.parent.name != 'assistant':
                server.run_file('migrated', up)
        server.run('migrated', USERS + ROWS)
        server.run('migrated', 'select nova.fill_search(100)')
        done = subprocess.run(['node_modules/node/bin/node', 'client.mjs', str(server.folder), 'migrated'], cwd=folder, capture_output=True,
                              text=True, check=False, timeout=120, env=dict(os.environ, DO_NOT_TRACK='1', LITE_TELEMETRY='0'))
        stream.merge('supabase-js', done.stdout, done.stderr if done.returncode else '')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
