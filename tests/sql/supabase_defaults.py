#!/usr/bin/env python3
"""Tests what browsers may do where Supabase's default privileges grant them everything on new objects of public. Prints TAP.

All systems are migrated by an owner who is no superuser, as Supabase's `postgres` is; anon, authenticated and everybody must then have
the same rights as on plain PostgreSQL, on tables, sequences, functions and schemas.
"""
import signal
import sys

from migrations import same
from server import API_ROLES, migrations, private_server, sibling
from tap import tap_stream

BEFORE = """
create role supa_owner login createdb createrole bypassrls;
grant anon, authenticated, service_role to supa_owner;
"""
DEFAULTS = """
grant all on schema public to supa_owner;
alter default privileges for role supa_owner in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role supa_owner in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role supa_owner in schema public grant all on sequences to anon, authenticated, service_role;
"""
CONTROL = """
set session authorization supa_owner;
create table control (id serial); create function control() returns integer language sql as 'select 1';
"""
RIGHTS = """
select distinct format('%s %s %s', o.what, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), a.privilege_type) as may
  from (select c.oid::regclass::text as what, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) as acl, c.relnamespace as nsp
          from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'S')
        union all
        select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)), p.pronamespace from pg_proc p
         where p.prorettype <> 'trigger'::regtype and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
        union all
        select 'schema ' || n.nspname, coalesce(n.nspacl, acldefault('n', n.nspowner)), n.oid from pg_namespace n where n.nspname <> 'public') o
  join pg_namespace n on n.oid = o.nsp and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and o.what not in ('control', 'control_id_seq', 'control()')
 cross join aclexplode(o.acl) a
 where a.grantee = 0 or a.grantee::regrole::text in ('anon', 'authenticated')
 order by 1
"""

# What of Nova's a browser can use in any way, but for the assistant's tables, whose policies say who sees what, and what a user who
# signed in reads of mail: the rows are those of the own inboxes (tests/sql/access/readers.sql).
REACHED = """
with objects as (
  select c.oid, c.oid::regclass::text as what, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'S')
     and (n.nspname in ('nova', 'nova_queue', 'pgmq', 'pgmq_public') or n.nspname = 'public' and nova.is_marked(c.oid))
)
select r || ' may use schema ' || n.nspname from pg_namespace n, unnest(array['anon', 'authenticated']) r
 where n.nspname in ('nova', 'nova_queue', 'pgmq', 'pgmq_public') and has_schema_privilege(r, n.oid, 'usage')
union all
select r || ' may use ' || o.what from objects o, unnest(array['anon', 'authenticated']) r
 where not (r = 'authenticated' and o.what ~ '^(flux_inboxes|flux_email_(folders|threads|messages|attachments)|flux_inbox_configurations'
                                             '|inbox_sync_stats|backfill_windows|backfill_estimates|sync_progress)$'
            and not has_table_privilege(r, o.oid, 'insert, update, delete, truncate, references, trigger'))
   and o.relkind <> 'S' and o.what !~ '^(tenants|users|conversations|messages|feedback|usage_metrics|current_day_usage|nova[.]caller)$'
   and has_table_privilege(r, o.oid, 'select, insert, update, delete, truncate, references, trigger')
union all
select r || ' may use ' || o.what from objects o, unnest(array['anon', 'authenticated']) r
 where o.relkind = 'S' and has_sequence_privilege(r, o.oid, 'usage, select, update')
union all
select r || ' may call ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace, unnest(array['anon', 'authenticated']) r
 where p.prorettype <> 'trigger'::regtype and not (r = 'authenticated' and p.proname ~ '^(mail_|thread_messages|message_thread)')
   and has_schema_privilege(r, n.oid, 'usage') and has_function_privilege(r, p.oid, 'execute')
   and (n.nspname in ('nova', 'nova_queue', 'pgmq', 'pgmq_public') or n.nspname = 'public' and obj_description(p.oid, 'pg_proc') like '%(Nova)')
"""


def migrated(server, database, role, prepare=''):
    server.create_database(database)
    server.run('postgres', f'alter database {database} owner to {role}')
    if prepare:
        server.run(database, prepare)
    for up in migrations():
        for file in (up, sibling(up, 'verify')):
            done = server.psql(database, '-1', '-c', f'set session authorization {role}', '-f', str(file))
            if done.returncode:
                raise SystemExit(f'{file.name}: {done.stderr}')
    return server.run(database, RIGHTS)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    stream = tap_stream()
    with private_server() as server:
        server.run('postgres', API_ROLES + BEFORE)
        plain = migrated(server, 'plain', 'postgres')
        stream.case(len(plain.splitlines()) > 10, 'browsers have some rights')
        defaults = migrated(server, 'supabase', 'supa_owner', DEFAULTS)
        same(stream, 'with default privileges that grant everything they have the same', plain, defaults)
        same(stream, 'and reach nothing of mail, queues, messenger, integrations and the cluster', '', server.run('supabase', REACHED))
        server.run('supabase', 'grant select on flux_inboxes to anon')
        stream.case('anon may use flux_inboxes' in server.run('supabase', REACHED), 'which is noticed where they do')
        server.run('supabase', 'revoke all on flux_inboxes from anon')
        server.run('supabase', CONTROL)
        control = server.run('supabase', RIGHTS.replace("and o.what not in ('control', 'control_id_seq', 'control()')", "and o.what ~ '^control'"))
        granted = all(what in control for what in ('control anon INSERT', 'control_id_seq anon UPDATE', 'control() anon EXECUTE'))
        stream.case(granted, 'which do grant where nothing is revoked', '' if granted else control)
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
