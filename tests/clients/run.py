#!/usr/bin/env python3
"""Compiles clients/ts and runs it against a server that does what nodes and networks do: run.py FOLDER. Prints TAP.

npm installs the TypeScript compiler into the build folder at the first run; without npm or a way to its registry the test is skipped.
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / 'clients' / 'ts'
sys.path.insert(0, str(HERE.parent / 'sql'))
from tap import tap_stream  # pylint: disable=wrong-import-position


def install(folder):
    """Returns why it could not be installed, or nothing."""
    if not shutil.which('npm') or not shutil.which('node'):
        return 'node and npm are not installed'
    folder.mkdir(parents=True, exist_ok=True)
    for file in (CLIENT / 'package.json', CLIENT / 'tsconfig.json', CLIENT / 'mail_changes.ts', HERE / 'mail_changes.mjs'):
        shutil.copy(file, folder)
    if (folder / 'node_modules' / 'typescript').is_dir():
        return ''
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return 'npm install took too long'
    lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
    return '' if done.returncode == 0 else 'npm cannot install typescript: ' + (lines[0] if lines else 'no reason given')


def main(folder):
    folder = pathlib.Path(folder) / 'mail_changes'
    if reason := install(folder):
        print(f'1..0 # SKIP {reason}')
        return 0
    stream = tap_stream()
    done = subprocess.run(['node', 'node_modules/typescript/bin/tsc', '-p', '.'], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    stream.case(done.returncode == 0, 'the client compiles', done.stdout)
    done = subprocess.run(['node', 'mail_changes.mjs'], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    stream.merge('mail_changes', done.stdout, done.stderr if done.returncode else '')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
