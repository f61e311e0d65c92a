#!/usr/bin/env python3
"""The manifests against the published schemas of Kubernetes: kubernetes_test.py BUILD. Prints TAP.

The npm package kubernetes-types is Kubernetes' OpenAPI as TypeScript: each manifest becomes a constant of its type, and the compiler
refuses a field that is not there, a wrong type and a missing field. npm installs both into the build folder at the first run.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

from cases import DEPLOY, run, skipped

work = pathlib.Path(sys.argv[1]).resolve() / 'kubernetes_test'
PACKAGES = {'kubernetes-types': '1.30.0', 'typescript': '5.4.5'}


def install():
    if not shutil.which('npm') or not shutil.which('node'):
        raise skipped('node and npm are not installed')
    if all((work / 'node_modules' / name).is_dir() for name in PACKAGES):
        return
    work.mkdir(parents=True, exist_ok=True)
    (work / 'package.json').write_text(json.dumps({'private': True, 'dependencies': PACKAGES}))
    command = ['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        raise skipped('npm install took too long') from None
    if done.returncode:
        raise skipped(f"npm cannot install {', '.join(PACKAGES)}")


def manifests():
    try:
        import yaml
    except ImportError:
        raise skipped('python3-yaml is not installed') from None
    return [one for file in sorted((DEPLOY / 'kubernetes').glob('*.yaml')) if file.name != 'kustomization.yaml'
            for one in yaml.safe_load_all(file.read_text())]


def complaints(objects, name):
    """What the compiler says of the objects, one line a mistake."""
    lines = []
    for number, one in enumerate(objects):
        # A group's folder is its name without the domain.
        module = 'core/v1' if one['apiVersion'] == 'v1' else re.sub(r'\.[a-z0-9.]+/', '/', one['apiVersion'])
        lines += [f"import {{{one['kind']} as Type{number}}} from 'kubernetes-types/{module}';",
                  f'export const manifest{number}: Type{number} = {json.dumps(one)};']
    file = work / f'{name}.ts'
    file.write_text('\n'.join(lines) + '\n')
    done = subprocess.run(['node', work / 'node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--skipLibCheck', '--moduleResolution', 'node', file],
                          cwd=work, capture_output=True, text=True, check=False, timeout=120)
    return [line for line in done.stdout.splitlines() if re.search(r'error TS', line)]


def the_manifests_fit_the_published_schemas():
    install()
    found = complaints(manifests(), 'manifests')
    assert not found, '\n'.join(found)


def a_mistake_in_a_manifest_is_seen():
    install()
    one = next(one for one in manifests() if one['kind'] == 'Deployment')
    text = json.dumps(one)
    for right, wrong in (('"readinessProbe"', '"readynessProbe"'), ('"failureThreshold": 30', '"failureThreshold": "30"'), ('"selector"', '"selektor"')):
        assert right in text, right
        assert complaints([json.loads(text.replace(right, wrong))], 'mistake'), wrong


if __name__ == '__main__':
    sys.exit(run(sys.modules[__name__]))
