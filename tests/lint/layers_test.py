#!/usr/bin/env python3
"""Tests what tools/layers.py says of headers. Prints TAP."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(root / 'tools'), str(root / 'tests' / 'sql')]

from layers import twice  # noqa: E402
from tap import tap_stream  # noqa: E402

CASES = [
    ('two headers of one name are found', ['pg/error.hpp', 'http/a.hpp', 'messages/error.hpp'],
     ['messages/error.hpp and pg/error.hpp have one name']),
    ('others are not', ['pg/error.hpp', 'messages/error_code.hpp'], []),
]


def main():
    stream = tap_stream()
    for what, headers, expected in CASES:
        found = twice(map(pathlib.PurePath, headers))
        stream.case(found == expected, what, f'found {found}')
    return stream.end()


sys.exit(main())
