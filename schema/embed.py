#!/usr/bin/env python3
"""Writes SQL files into one C++ header: embed.py queries|migrations OUTPUT FILE.sql... [--optional SYSTEM...]"""
import argparse
import pathlib
import re

# A compiler may refuse string literals above 64 KiB; adjacent ones are joined.
CHUNK = 16_000


def literal(text):
    parts = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)] or ['']
    return '\n'.join(f'R"sql({part})sql"' for part in parts)


def queries(files, _optional):
    for query in files:
        yield f'inline constexpr statement {query.stem}{{"{query.stem}", {literal(query.read_text())}}};\n'
    yield '/// Every query, for the test that prepares them all.\n'
    yield f'inline constexpr const statement* all[] = {{{", ".join("&" + q.stem for q in files)}}};\n'


def migrations(files, optional):
    """Files come in the order of meson.build: systems in dependency order, steps in number order."""
    ups = [f for f in files if f.name.endswith('.up.sql')]
    yield '/// Every migration, in the order in which they are applied.\n'
    yield 'inline constexpr migration migrations[] = {\n'
    for up in ups:
        name = up.name[:-len('.up.sql')]
        named = re.search(r'^select nova[.]expect_names[(](.*?)[)];', up.read_text(), re.M | re.S)
        names = ','.join(f'"{each}"' for each in re.findall(r"'([^']+)'", re.sub(r"'\s*\n\s*'", '', named[1]))) if named else ''
        texts = [(up.parent / f'{name}.{kind}.sql').read_text() for kind in ('up', 'down', 'verify')] + [names]
        chosen = str(up.parent.name in optional).lower()
        yield f'  {{"{up.parent.name}", "{name}", {", ".join(map(literal, texts))}, {chosen}}},\n'
    yield '};\n'


parser = argparse.ArgumentParser()
parser.add_argument('kind', choices=['queries', 'migrations'])
parser.add_argument('output')
parser.add_argument('files', nargs='+', type=pathlib.Path)
parser.add_argument('--optional', nargs='*', default=[])
given = parser.parse_args()
writer = {'queries': queries, 'migrations': migrations}[given.kind]
with open(given.output, 'w') as header:
    header.write('#pragma once\n\n#include "schema/statement.hpp"\n\nnamespace nova::sql {\n\n')
    header.write('\n'.join(writer(given.files, given.optional)))
    header.write('\n} // namespace nova::sql\n')
