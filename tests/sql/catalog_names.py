"""What Nova's SQL and programs name of PostgreSQL's own catalog, and whether a newer server has it as the oldest one has it.

A statement that is prepared, and the heading of a function, name what the server looks up at once; what stands in the body of a
function is looked up when it runs. So the words of the files decide: of each that is a function, relation, column, type or setting
of the oldest server, the newer one must have the same.
"""
import re

from server import SCHEMA

WORD = re.compile(r'[a-z_][a-z0-9_]*')
COMMENT = re.compile(r'^\s*--.*$', re.M)
CALL = re.compile(r'\b([a-z_][a-z0-9_]*)\s*\(')
NAMES = """
-- With every number of arguments that it can be called with.
select format('function|%s|(%s) returns %s', proname, (select string_agg(type::regtype::text, ', ' order by place)
              from unnest(proargtypes) with ordinality as a (type, place) where place <= n), prorettype::regtype)
  from pg_proc, generate_series((pronargs - pronargdefaults)::integer, pronargs::integer) as n where pronamespace = 'pg_catalog'::regnamespace
union all
select 'column|' || relname || '|' || attname from pg_class c join pg_attribute a on a.attrelid = c.oid
 where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v') and not attisdropped
union all
select 'type|' || typname || '|' from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype <> 'c' and typelem = 0
union all
select 'setting|' || name || '|' from pg_settings where name like '%\\_%'
"""

def texts():
    """All that is sent to a server, by file."""
    files = list(SCHEMA.rglob('*.sql')) + [file for folder in ('pg', 'app', 'demo') for file in (SCHEMA.parent / folder).rglob('*.cpp')]
    return {str(file.relative_to(SCHEMA.parent)): COMMENT.sub('', file.read_text()) for file in sorted(files)}


def catalog(server):
    """Triples of kind, name and what belongs to it: a signature, a column, nothing."""
    return {tuple(line.split('|', 2)) for line in server.run('postgres', NAMES).splitlines()}


def named(files, known):
    """Of what the oldest server has, what the files name, each with a file that does."""
    found = {}
    for file, text in files.items():
        words, calls = set(WORD.findall(text)), set(CALL.findall(text))
        for kind, name, detail in known:
            if kind == 'function' and name in calls or kind == 'column' and name in words and detail in words \
                    or kind in ('type', 'setting') and name in words:
                found.setdefault((kind, name, detail), file)
    return found


def missing(files, oldest, newer):
    """One line for each thing that the files name and the newer server has not, or has otherwise."""
    return [f'{file} names the {kind} {name} {detail}' for (kind, name, detail), file in sorted(named(files, oldest).items())
            if (kind, name, detail) not in newer]
