#!/usr/bin/env python3
"""Tests every migration of every system: up twice, verify, down, up again. Prints TAP.

The catalog is written down as text before and after each step: `up` twice must leave what `up` once leaves, `down` must
leave what was there before, `verify` must complain as long as the migration is not applied.
"""
import difflib
import pathlib
import signal
import sys

from server import migrations, private_server, sibling, sql_error
from tap import tap_stream

CATALOG = (pathlib.Path(__file__).parent / 'catalog.sql').read_text()


def attempt(stream, what, action):
    """Runs a step as a case; says whether it worked."""
    try:
        action()
    except sql_error as error:
        stream.case(False, what, str(error))
        return False
    stream.case(True, what)
    return True


def same(stream, what, before, after):
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), 'expected', 'found', n=0, lineterm=''))
    stream.case(before == after, what, '\n'.join(line[:300] for line in diff[:40]))


def refused(server, database, file):
    try:
        server.run_file(database, file)
    except sql_error:
        return True
    return False


def check(server, stream, database):
    """Goes up step by step, then down step by step, then up again."""
    def catalog():
        return server.run(database, CATALOG)

    steps = migrations()
    levels = [catalog()]
    for up in steps:
        name = f'{up.parent.name} {up.name[:-7]}'
        verify = sibling(up, 'verify')
        stream.case(refused(server, database, verify), f'{name}: verify complains before up')
        if not attempt(stream, f'{name}: up', lambda: server.run_file(database, up)):
            return
        attempt(stream, f'{name}: verify is content after up', lambda: server.run_file(database, verify))
        levels.append(catalog())
        attempt(stream, f'{name}: up a second time', lambda: server.run_file(database, up))
        same(stream, f'{name}: the second up changes nothing', levels[-1], catalog())
    for up, before in reversed(list(zip(steps, levels))):
        name = f'{up.parent.name} {up.name[:-7]}'
        if not attempt(stream, f'{name}: down', lambda: server.run_file(database, sibling(up, 'down'))):
            return
        same(stream, f'{name}: down leaves nothing behind', before, catalog())
        attempt(stream, f'{name}: down a second time', lambda: server.run_file(database, sibling(up, 'down')))
    for up in steps:
        attempt(stream, f'{up.parent.name} {up.name[:-7]}: up after down', lambda: server.run_file(database, up))
    same(stream, 'up after down gives what up gave', levels[-1], catalog())


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    stream = tap_stream()
    with private_server() as server:
        server.create_database('nova')
        check(server, stream, 'nova')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
