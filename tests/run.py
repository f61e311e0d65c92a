#!/usr/bin/env python3
"""Runs the tests of a build folder and tallies their cases: run.py BUILD [PATTERN].

Boost.Test executables write JUnit files, pgTAP and node tests print TAP; meson runs them in parallel. The last line is
`N passed, N failed, N skipped`; the exit status is 1 when something failed or nothing ran.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

build = pathlib.Path(sys.argv[1])
pattern = sys.argv[2] if len(sys.argv) > 2 else ''
results = build / 'test-results'


def meson_tests():
    listing = subprocess.run(['meson', 'introspect', '--tests', str(build)], check=True, capture_output=True, text=True)
    return [test['name'] for test in json.loads(listing.stdout) if 'bench' not in ' '.join(test['suite'])]


def tally_junit(file):
    """Boost writes a skipped case as a testcase with a <skipped> child, a failed one with <failure> or <error>."""
    passed = failed = skipped = 0
    # Texts of failures may hold control characters, which XML forbids and Boost writes all the same.
    text = re.sub(r'[\x00-\x08\x0b\x0c\x0e-\x1f]', '?', file.read_text(errors='replace'))
    try:
        cases = xml.fromstring(text).iter('testcase')
    except xml.ParseError:
        return 0, 0, 0  # the process ended before it had written its report, which main() counts as a failure
    for case in cases:
        kinds = {child.tag for child in case}
        if 'skipped' in kinds:
            skipped += 1
        elif kinds & {'failure', 'error'}:
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def tally_tap(text):
    passed = failed = skipped = 0
    for line in text.splitlines():
        match = re.match(r'(not )?ok\b(.*)', line)
        if not match:
            continue
        if re.search(r'# skip', match[2], re.I):
            skipped += 1
        elif match[1] and not re.search(r'# todo', match[2], re.I):
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def failures_in_tap(text):
    """Each failed case with its diagnosis, which meson leaves out of what it prints."""
    failed = []
    for line in text.splitlines():
        if line.startswith('not ok'):
            failed.append([line])
        elif re.match(r'ok\b', line):
            failed.append([])
        elif line.startswith('#') and failed and failed[-1]:
            failed[-1].append(line)
    return ['\n  '.join(lines) for lines in failed if lines]


def main():
    # A name that two suites have stands for both, once.
    chosen = list(dict.fromkeys(name for name in meson_tests() if pattern in name))
    if not chosen:
        print(f"no test has '{pattern}' in its name; there are: {', '.join(meson_tests())}", file=sys.stderr)
        return 2
    results.mkdir(exist_ok=True)
    for old in results.glob('*.xml'):
        old.unlink()
    jobs = os.environ.get('NOVA_TEST_JOBS', str(max(2, os.cpu_count() or 2)))
    subprocess.run(['meson', 'test', '-C', str(build), '--no-rebuild', '--num-processes', jobs, '--print-errorlogs', '--no-suite', 'bench', *chosen])
    total = [0, 0, 0]
    counted = set()
    for line in (build / 'meson-logs' / 'testlog.json').read_text().splitlines():
        test = json.loads(line)
        name = test['name'].split(' / ')[-1]
        report = results / next((a.split('JUNIT,warning,')[1].split('/')[-1] for a in test['command'] if 'JUNIT,warning,' in a), 'none')
        if report.exists():
            counts = tally_junit(report)
        else:
            counts = tally_tap(test.get('stdout', ''))
            for failure in failures_in_tap(test.get('stdout', '')):
                print(f'{name}: {failure}')
        # A crash, a time-out or a bad plan is a failure even when every finished case passed.
        if test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL') and counts[1] == 0:
            counts = (counts[0], 1, counts[2])
        if test['result'] == 'SKIP' and counts == (0, 0, 0):
            counts = (0, 0, 1)
        counted.add(name)
        total = [a + b for a, b in zip(total, counts)]
    print(f'{total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return 1 if total[1] or not total[0] else 0


sys.exit(main())
