#!/usr/bin/env python3
"""Holds migrations to "append only": schema/migrations.sha256 has the hash of every file of a migration.

tools/migrations.py          fails on a file that changed, is gone, or has no line yet
tools/migrations.py --write  adds the lines of new files; before the first release also writes those that changed again
"""
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / 'schema' / 'migrations.sha256'
KINDS = ('up', 'down', 'verify')


def files():
    return {str(file.relative_to(ROOT / 'schema')): hashlib.sha256(file.read_bytes()).hexdigest()
            for kind in KINDS for file in sorted((ROOT / 'schema').glob(f'*/*.{kind}.sql'))}


def recorded():
    return dict(reversed(line.split()) for line in LIST.read_text().splitlines()) if LIST.exists() else {}


def released():
    """A heading of the change log other than Unreleased is a version that people have."""
    return re.search(r'^## (?!Unreleased)', (ROOT / 'CHANGELOG.md').read_text(), re.M) is not None


def changed(there, known):
    way_out = 'restore it, and say what is new in a migration of its own' if released() else (
        'a migration is never edited; where nobody has it yet: tools/migrations.py --write')
    return [f'{name}: {"has changed" if name in there else "is gone"}: {way_out}'
            for name in known if there.get(name) != known[name]]


def numbers(there):
    """The numbers of a system's migrations have no gaps; a document's name with a date goes where its system lists it."""
    bad = []
    for system in sorted({name.split('/')[0] for name in there}):
        found = sorted(int(match[1]) for name in there if (match := re.match(rf'{system}/(\d{{3}})_.*\.up\.sql', name)))
        if found != list(range(1, len(found) + 1)):
            bad.append(f'{system}: its migrations are numbered {", ".join(map(str, found))}: a series from 1 has no gaps and no number twice')
    return bad


def triples(there):
    names = {re.sub(r'\.\w+\.sql$', '', name) for name in there}
    return [f'{name}.{kind}.sql: is missing' for name in sorted(names) for kind in KINDS if f'{name}.{kind}.sql' not in there]


def main(arguments):
    there, known = files(), recorded()
    bad = numbers(there) + triples(there)
    if arguments == ['--write']:
        bad += changed(there, known) if released() else []
        if not bad:
            LIST.write_text(''.join(f'{there[name]}  {name}\n' for name in sorted(there)))
    else:
        bad += changed(there, known)
        bad += [f'{name}: has no line in schema/migrations.sha256: tools/migrations.py --write' for name in there if name not in known]
    for complaint in bad:
        print(f'schema/{complaint}')
    return bool(bad)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
