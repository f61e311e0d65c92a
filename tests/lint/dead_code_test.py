#!/usr/bin/env python3
"""Tests tools/dead_code.py on programs of a few lines. Prints TAP."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(root / 'tools'), str(root / 'tests' / 'sql')]

from dead_code import find_dead, find_dead_sql  # noqa: E402
from tap import tap_stream                      # noqa: E402

MAIN = '#include "base/a.hpp"\nint main() {\n  return used();\n}\n'

# What the header has, what its source has, what is dead.
CASES = [
    ('a function that is called lives', 'int used();', 'int used() { return 1; }', []),
    ('one that is only defined is dead', 'int used();\nint seeded();',
     'int used() { return 1; }\nint seeded() { return 2; }', ['seeded']),
    ('so is one that only itself calls, and what only the dead call', 'int used();\nint seeded();\nint helper();',
     'int used() { return 1; }\nint seeded() { return seeded() + helper(); }\nint helper() { return 2; }', ['seeded', 'helper']),
    ('what a live one calls lives', 'int used();\nint helper();',
     'int used() { return helper(); }\nint helper() { return 2; }', []),
    ('a comment, a text and an #include call nothing', 'int used();\nint seeded(); // seeded()',
     '#include "base/seeded.hpp"\nint used() { return *"seeded()"; }\nint seeded() { return 2; }', ['seeded']),
    ('a method counts, its constructor and destructor do not',
     'int used();\nclass box {\npublic:\n  explicit box(int size);\n  ~box();\n  [[nodiscard]] int size() const noexcept {\n'
     '    return size_;\n  }\n\nprivate:\n  int size_ = 0;\n};',
     'box::box(int size) : size_{1} {}\nbox::~box() = default;\nint used() { box one{1}; return 0; }', ['size']),
    ('what overrides is called by its base', 'int used();\nstruct mine : theirs {\n  void called() override;\n};',
     'void mine::called() {}\nint used() { mine one; return 0; }', []),
    ('a type that nothing makes is dead, with its methods', 'int used();\nstruct query {\n  int run(int& conn) const;\n};',
     'int query::run(int& conn) const { return conn; }\nint used() { return 1; }', ['query', 'run']),
    ('a friend and a forward declaration keep nothing alive', 'struct seeded;\nint used();\nstruct seeded {\n  int a = 1;\n};',
     'int used() { return 1; }', ['seeded']),
    ('a default argument is a call', 'int helper();\nint used(int a = helper());',
     'int helper() { return 1; }\nint used(int a) { return a; }', []),
    ('so is the first value of a constant', 'int helper();\nint used();',
     'const int first = helper();\nint helper() { return 1; }\nint used() { return first; }', []),
    ('so is what a constructor begins with', 'int helper();\nint used();\nstruct box {\n  box();\n  int a, b;\n};',
     'box::box() : a{1}, b{helper()} {}\nint helper() { return 1; }\nint used() { return box{}.a; }', []),
    ('a template in a header may call what it does not see',
     'int used();\nstruct query {\n  int run() const;\n};\ntemplate <class T>\nint perform(const T& one) {\n  return one.run();\n}',
     'int query::run() const { return 1; }\nint used() { return perform(query{}); }', []),
    ('a namesake in a file that does not include it calls another', 'int used();\nint seeded();',
     'int used() { return 1; }\nint seeded() { return 2; }', ['seeded'],
     'int seeded() { return 3; }\nint other = seeded();'),
]

CALLED = 'create function nova.a() returns void language sql as $$ select nova.b() $$;\n'
CALLS_NOTHING = 'create or replace procedure nova.b(x integer default 1) language sql as $f$ select 1 $f$;\n'

# What a migration has, who calls what, what is dead.
SQL_CASES = [
    ('a function of SQL that a query calls lives, with what it calls', CALLED + CALLS_NOTHING, ['select nova.a()'], []),
    ('one that only the dead call is dead', CALLED + CALLS_NOTHING, [], ['nova.a', 'nova.b']),
    ('a comment, a right and a drop call nothing',
     CALLS_NOTHING + "-- nova.b()\ncomment on function nova.b(integer) is 'as nova.b';\nrevoke all on function nova.b(integer) from public;\n"
     'drop function if exists nova.b(integer);', [], ['nova.b']),
    ('a trigger calls', CALLS_NOTHING + 'create trigger t before insert on public.t execute function nova.b();', [], []),
    ('so does a block that the migration runs', CALLS_NOTHING + 'do $$ begin perform nova.b(); end $$;', [], []),
    ('the name is not enough of another schema', CALLS_NOTHING, ['select nova_queue.b()'], ['nova.b']),
]


def main():
    stream = tap_stream()
    for what, header, source, expected, *other in CASES:
        files = {'base/a.hpp': header, 'base/a.cpp': '#include "base/a.hpp"\n' + source, 'app/main.cpp': MAIN,
                 'app/other.cpp': ''.join(other)}
        found = [name for _, _, name in find_dead(files)[0]]
        stream.case(found == expected, what, f'found {found}')
    files = {'base/a.hpp': 'int used();\nint later();\nint helper();', 'app/main.cpp': MAIN,
             'base/a.cpp': '#include "base/a.hpp"\nint later() { return helper(); }'}
    stream.case(find_dead(files, ['later']) == ([], []), 'what is kept is not dead, nor what it calls')
    for what, migration, callers, expected in SQL_CASES:
        dead = [name for _, name in find_dead_sql({'schema/email/001_a.up.sql': migration}, callers)]
        stream.case(dead == expected, what, f'found {dead}')
    stream.case(find_dead(files, ['later', 'used', 'gone'])[1] == ['gone', 'used'], 'to keep what is in use or gone is a mistake')
    return stream.end()


sys.exit(main())
