#!/usr/bin/env python3
"""Fails on what STYLE.md forbids and neither formatter nor compiler sees. Prints `file:line: what`."""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 500
SQL_COLUMNS_MAX = 120
SQL_FUNCTION_LINES_MAX = 70
PROSE_COLUMNS_MAX = 100
# Words that have a better one; docs/glossary.md has those that stay.
RETIRED = {'owed_answer': 'promised_answer', 'leash': 'lifeline', 'message_fate': 'message_disposition',
           'notification_fate': 'notification_status', 'grants_links': 'grants_needs', 'backfill_links': 'backfill_needs',
           'hints_actor': 'wakeups_actor', 'knocked': 'connect_result'}
WIRE = pathlib.Path('messages/wire.hpp')
# Where time and chance come into the program; everybody else is given them, so that a test can set both.
SOURCES = ('base/clock.hpp', 'base/seed.cpp')


def lines_matching(text, pattern, what):
    return [(text.count('\n', 0, match.start()) + 1, what) for match in re.finditer(pattern, text, re.M)]


def check_source(file, text):
    bad = lines_matching(text, r'#include <caf/(io/)?all\.hpp>', 'include the part of CAF that is used')
    bad += lines_matching(text, r'//.*\bTODO\b(?!\s*\(?#\d)', 'a TODO names its issue: TODO #12')
    bad += lines_matching(text, r'NOLINT(NEXTLINE)?(?!\w*\()', 'NOLINT names the check: NOLINT(check)')
    bad += lines_matching(text, r'for \(.* : .*\)\.\w+\.Get(Array|Object)\(\)\)',
                          'what the loop runs over is gone when it begins (C++20): give the document a name')
    if file.suffix == '.hpp':
        if '#pragma once' not in text:
            bad.append((1, 'a header begins with #pragma once'))
        bad += lines_matching(text, r'^using namespace ', 'no using namespace in a header')
    if file.parts[0] in ('base', 'http', 'json', 'mail', 'nylas', 'pg', 'shell', 'simulator'):
        bad += lines_matching(text, r'#include <caf/', f'{file.parts[0]}/ does not know CAF')
    if file == WIRE:
        bad += lines_matching(text, r'std::optional<', 'CAF 0.17.6 serialises caf::optional, not std::optional')
    elif file.parts[0] in ('actors', 'app', 'cluster', 'demo', 'inspection', 'mail', 'messages', 'webhooks'):
        bad += lines_matching(text, r'\bCAF_ADD_TYPE_ID\(|\binspect\(Inspector&', f'only what leaves a process has an id and an inspector: {WIRE}')
    if file.parts[0] == 'actors':
        bad += check_states(text)
        bad += lines_matching(text, r'stateful_pointer<', 'an actor is an observed one: observed_pointer')
    if file.parts[0] not in ('bench', 'tests') and file.as_posix() not in SOURCES:
        bad += lines_matching(text, r'clock::now\(|\brandom_device\b', f'time and chance come from {" and ".join(SOURCES)}')
    if file.parts[0] in ('actors', 'cluster', 'messages') and file.suffix == '.hpp':
        bad += lines_matching(text, r'\bto\s+(?:///\s+)?itself\b', 'a message to itself is private: messages/timer.hpp')
    for word, better in RETIRED.items():
        bad += lines_matching(text, rf'\b{word}\b', f'the word is {better}')
    return bad


def check_states(text):
    """In C++20 CAF 0.17.6 initialises the first member of a state without a constructor from an address."""
    bad = []
    for match in re.finditer(r'^struct (\w+_state)\b[^;{]*\{(.*?)^\};', text, re.M | re.S):
        if f'explicit {match[1]}(' not in match[2]:
            bad.append((text.count('\n', 0, match.start()) + 1, f'{match[1]} has no constructor that takes self'))
    return bad


def check_sql(text):
    """A function ends where the quote of its body does; one within a string of SQL counts as well."""
    bad = [(number, f'a line of SQL ends at {SQL_COLUMNS_MAX} columns')
           for number, line in enumerate(text.split('\n'), 1) if len(line) > SQL_COLUMNS_MAX]
    function = r'^ *create (?:or replace )?(?:function|procedure) ([\w."]+).*?\bas (\$\w*\$).*?\2'
    for match in re.finditer(function, text, re.M | re.S):
        if match[0].count('\n') + 1 > SQL_FUNCTION_LINES_MAX:
            bad.append((text.count('\n', 0, match.start()) + 1,
                        f'{match[1]} has more than {SQL_FUNCTION_LINES_MAX} lines: name its steps'))
    return bad


def check_prose(text):
    """Code in a fence, tables and headings have lines of their own; a link or code in backticks cannot be broken."""
    bad, fenced = [], False
    for number, line in enumerate(text.split('\n'), 1):
        fenced ^= line.lstrip().startswith('```')
        one = re.sub(r'`[^`]*`|\[[^\]]*\]\([^)]*\)', lambda found: found[0].replace(' ', '_'), line)
        words = re.sub(r'^ *(?:[-*+]|\d+[.)]) ', '', one).split()
        if len(line) > PROSE_COLUMNS_MAX and len(words) > 1 and not fenced and not re.match(r' {4}|\||#|<', line):
            bad.append((number, f'a line of prose ends at {PROSE_COLUMNS_MAX} columns'))
    return bad


def check_file(file, text):
    """What of one file is not as it should be: line and words."""
    bad = check_source(file, text) if file.suffix in ('.cpp', '.hpp') else []
    if file.suffix == '.sql':
        bad += check_sql(text)
    if file.suffix == '.md':
        bad += check_prose(text)
    if text.count('\n') > LINES_MAX:
        bad.append((LINES_MAX + 1, f'a file ends at {LINES_MAX} lines'))
    return bad


def main():
    files = subprocess.run(['git', 'ls-files', '*.cpp', '*.hpp', '*.py', '*.sql', '*.md', 'dev', 'tools/*'],
                           check=True, capture_output=True, text=True).stdout.split()
    failed = False
    for file in map(pathlib.Path, dict.fromkeys(files)):
        for line, what in check_file(file, file.read_text()):
            failed = True
            print(f'{file}:{line}: {what}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
