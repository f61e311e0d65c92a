#!/usr/bin/env python3
"""Tests what tools/style.py says of SQL, prose and words. Prints TAP."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(root / 'tools'), str(root / 'tests' / 'sql')]

from style import check_file, check_prose, check_source, check_sql  # noqa: E402
from tap import tap_stream                                          # noqa: E402


def function(lines, quote='$$', indent=''):
    """A function of so many lines, its head and its last included."""
    return f'{indent}create or replace function nova.f(p integer) returns void\nlanguage plpgsql as {quote}\n' + \
        '  null;\n' * (lines - 3) + f'{quote};\n'


LONG_LINE = 'a line of SQL ends at 120 columns'
LONG_FUNCTION = 'nova.f has more than 70 lines: name its steps'

# What is looked at, what is found of it: line and words.
CASES = [
    ('a line of 120 columns is one', '-- ' + '─' * 117, []),
    ('one of 121 is too long', 'select 1;\n-- ' + 'x' * 118, [(2, LONG_LINE)]),
    ('a function of 70 lines is one', function(70), []),
    ('one of 71 has steps without names', 'select 1;\n' + function(71), [(2, LONG_FUNCTION)]),
    ('so has one whose body has a quote of its own', function(71, '$f$'), [(1, LONG_FUNCTION)]),
    ('and one that a block makes', 'do $do$\nbegin\n' + function(71, indent='  ') + 'end\n$do$;', [(3, LONG_FUNCTION)]),
    ('a parameter in its head hides none', function(71).replace('p integer', "p text default 'a = $1'"), [(1, LONG_FUNCTION)]),
    ('two short ones are no long one', function(40) + function(40), []),
    ('a function of one line hides none', 'create function nova.g() returns int as $$ select 1 $$;\n' + function(71),
     [(2, LONG_FUNCTION)]),
    ('a long block is no function', 'do $$\n' + '  null;\n' * 80 + '$$;', []),
]


LONG_PROSE = 'a line of prose ends at 100 columns'
WORDS = 'word ' * 21

# What of a page is found.
PROSE = [
    ('a line of 100 columns is one', 'x ' * 50, []),
    ('one of more is too long', 'short\n' + WORDS, [(2, LONG_PROSE)]),
    ('in a list too', '- ' + WORDS, [(1, LONG_PROSE)]),
    ('a table has lines of its own', '| ' + WORDS, []),
    ('so has code', '```\n' + WORDS + '\n```\n' + WORDS, [(4, LONG_PROSE)]),
    ('and a command that is indented', '    ' + WORDS, []),
    ('what cannot be broken stays whole', '- `' + WORDS + '`', []),
    ('but does not take others along', 'see [' + WORDS + '](there.md)', [(1, LONG_PROSE)]),
]


# Which files are looked at like that.
FILES = [
    ('what the program says to PostgreSQL', 'schema/queue/queries/send.sql', [(1, LONG_LINE)]),
    ('what tests say', 'tests/sql/queue/send.sql', [(1, LONG_LINE)]),
    ('also deeper down', 'tests/sql/extension/moved.sql', [(1, LONG_LINE)]),
    ('but nothing that is no SQL', 'tests/sql/server.py', []),
]


def main():
    stream = tap_stream()
    for what, text, expected in CASES:
        found = check_sql(text)
        stream.case(found == expected, what, f'found {found}')
    for what, text, expected in PROSE:
        found = check_prose(text)
        stream.case(found == expected, f'prose: {what}', f'found {found}')
    found = check_source(pathlib.Path('actors/x.cpp'), 'int x;\nowed_answer<int> y;')
    stream.case(found == [(2, 'the word is promised_answer')], 'a word that has a better one', f'found {found}')
    found = check_source(pathlib.Path('shell/x.cpp'), 'for (const auto& row : get("x").document.GetArray())\n  f(row);')
    stream.case(len(found) == 1, 'a loop over what is gone', f'found {found}')
    found = check_source(pathlib.Path('shell/x.cpp'), 'for (const auto& row : got.document.GetArray())\n  f(row);')
    stream.case(not found, 'a loop over what has a name', f'found {found}')
    for what, name, expected in FILES:
        found = check_file(pathlib.Path(name), '-- ' + 'x' * 118)
        stream.case(found == expected, f'held to the columns: {what}', f'found {found}')
    return stream.end()


sys.exit(main())
