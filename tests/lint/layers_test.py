#!/usr/bin/env python3
"""Tests what tools/layers.py says of headers and of queries. Prints TAP."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(root / 'tools'), str(root / 'tests' / 'sql')]

from layers import queries_apart, twice  # noqa: E402
from tap import tap_stream  # noqa: E402

CASES = [
    ('two headers of one name are found', ['pg/error.hpp', 'http/a.hpp', 'messages/error.hpp'],
     ['messages/error.hpp and pg/error.hpp have one name']),
    ('others are not', ['pg/error.hpp', 'messages/error_code.hpp'], []),
]

SQL = 'schema/email/queries/a.sql'
HEADER = 'struct a {\n  static constexpr const char* name = "a";\n'
BODY = 'conn.exec(sql::a);'
GOOD = {'pg/email/a.hpp': HEADER, 'pg/email/a.cpp': BODY}
# What, the files of SQL, the sources, what needs no object, what is said.
QUERIES = [
    ('a file and its object belong together', [SQL], GOOD, {}, []),
    ('a file without an object is found', [SQL], {'pg/email/b.cpp': ''}, {},
     [f'{SQL}: its object is struct a in pg/email/a.hpp, and says its name', f'{SQL}: pg/email/a.cpp does not run it']),
    ('an object of another system is none', ['schema/queue/queries/a.sql'], GOOD, {},
     ['schema/queue/queries/a.sql: its object is struct a in pg/queue/a.hpp, and says its name',
      'schema/queue/queries/a.sql: pg/queue/a.cpp does not run it', 'pg/email/a.cpp: a is run by pg/queue/a.cpp alone',
      'pg/email/a.hpp: no file of SQL is called a in that system']),
    ('an object that says another name is found', [SQL], {**GOOD, 'pg/email/a.hpp': HEADER.replace('"a"', '"b"')}, {},
     [f'{SQL}: its object is struct a in pg/email/a.hpp, and says its name',
      'pg/email/a.hpp: no file of SQL is called b in that system']),
    ('a second place that runs it is found', [SQL], {**GOOD, 'app/c.cpp': BODY}, {},
     ['app/c.cpp: a is run by pg/email/a.cpp alone']),
    ('what is said to need no object is run where that is said', [SQL], {'pg/b.cpp': BODY},
     {'schema/email/queries/?.sql': ('pg/b.cpp', 'of one shape')}, []),
    ('and is on the list for a file that is there', [SQL], GOOD, {'schema/queue/*': ('pg/b.cpp', '')},
     ['tools/layers.py: no file of SQL is schema/queue/*']),
]


def main():
    stream = tap_stream()
    for what, sql, sources, without, expected in QUERIES:
        found = queries_apart(sql, sources, without)
        stream.case(found == expected, what, f'found {found}')
    for what, headers, expected in CASES:
        found = twice(map(pathlib.PurePath, headers))
        stream.case(found == expected, what, f'found {found}')
    return stream.end()


sys.exit(main())
