#!/usr/bin/env python3
"""Writes SQL files into one C++ header: embed.py queries|migrations OUTPUT FILE.sql..."""
import pathlib
import re
import sys

# A compiler may refuse string literals above 64 KiB; adjacent ones are joined.
CHUNK = 16_000


def literal(text):
    parts = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)] or ['']
    return '\n'.join(f'R"sql({part})sql"' for part in parts)


def queries(files):
    for query in files:
        yield f'inline constexpr statement {query.stem}{{"{query.stem}", {literal(query.read_text())}}};\n'
    yield '/// Every query, for the test that prepares them all.\n'
    yield f'inline constexpr const statement* all[] = {{{", ".join("&" + q.stem for q in files)}}};\n'


def migrations(files):
    """Files come in the order of meson.build: systems in dependency order, steps in number order."""
    ups = [f for f in files if f.name.endswith('.up.sql')]
    yield '/// Every migration, in the order in which they are applied.\n'
    yield 'inline constexpr migration migrations[] = {\n'
    for up in ups:
        name = up.name[:-len('.up.sql')]
        names = re.findall(r'^select nova[.]expect_names[(](.*?)[)];', up.read_text(), re.M | re.S)
        texts = [(up.parent / f'{name}.{kind}.sql').read_text() for kind in ('up', 'down', 'verify')] + names
        yield f'  {{"{up.parent.name}", "{name}", {", ".join(map(literal, texts))}}},\n'
    yield '};\n'


kind, output, *names = sys.argv[1:]
paths = [pathlib.Path(name) for name in names]
with open(output, 'w') as header:
    header.write('#pragma once\n\n#include "schema/statement.hpp"\n\nnamespace nova::sql {\n\n')
    header.write('\n'.join({'queries': queries, 'migrations': migrations}[kind](paths)))
    header.write('\n} // namespace nova::sql\n')
