#!/usr/bin/env python3
"""Compares docs/sql.md with what each system makes in schema public. Prints TAP."""
import pathlib
import re
import signal
import sys

from server import SYSTEMS, migrations, private_server
from tap import tap_stream

PAGE = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'sql.md'
ROW = re.compile(r'\| `([^`]+)` \| ([a-z ]+) \| [^|]+ \|')
MADE = """
select replace(p.oid::regprocedure::text, 'timestamp with time zone', 'timestamptz') || '|' || case when p.prorettype = 'trigger'::regtype then 'trigger' else 'function' end
  from pg_proc p where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') like '%(Nova)'
union all
select c.relname || '|' || case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and nova.is_marked(c.oid)
union all
select t.typname || '|type' from pg_type t
 where t.typnamespace = 'public'::regnamespace and t.typtype in ('d', 'e', 'r') and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
"""


def promised():
    """What the page lists, by system: names with their kind."""
    systems, current = {}, set()
    for line in PAGE.read_text().splitlines():
        if line.startswith('## '):
            current = systems.setdefault(line[3:].strip(), set())
        elif match := ROW.fullmatch(line):
            current.add((match[1].replace(', ', ','), match[2]))
    return systems


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    stream = tap_stream()
    listed = promised()
    unknown = listed.keys() - set(SYSTEMS)
    stream.case(not unknown, 'the page names systems that there are', ' '.join(unknown))
    with private_server() as server:
        server.create_database('nova')
        before = set()
        for system in SYSTEMS:
            for up in migrations(system):
                server.run_file('nova', up)
            now = {tuple(line.split('|')) for line in server.run('nova', MADE).split('\n') if line}
            made, wanted, before = now - before, listed.get(system, set()), now
            stream.case(made <= wanted, f'{system}: what it makes in public is listed', '\n'.join(map(str, made - wanted)))
            stream.case(wanted <= made, f'{system}: what is listed is there', '\n'.join(map(str, wanted - made)))
    stream.case(len(before) > 60, 'there are many')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
