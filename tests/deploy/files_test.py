#!/usr/bin/env python3
"""The files of deploy/ against what they are for: files_test.py NOVA. Prints TAP.

Tools of their makers judge where they are installed (docker compose, kubectl, systemd-analyze); what they do not see, names,
secrets and what belongs together, is checked here against the program itself.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from cases import DEPLOY, ROOT, run, skipped

nova = pathlib.Path(sys.argv[1]).resolve()
ROLES = {'webhooks', 'backfill', 'threads', 'completion'}
KUBERNETES = DEPLOY / 'kubernetes'
SECRETS = ('NYLAS_API_KEY', 'NYLAS_WEBHOOK_SECRET', 'NOVA_CLUSTER_SECRET', 'DATABASE_URL', 'POSTGRES_PASSWORD')


def command(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=120, **more)


def yaml():
    try:
        import yaml as module
    except ImportError:
        raise skipped('python3-yaml is not installed') from None
    return module


def compose():
    return yaml().safe_load((DEPLOY / 'docker-compose.yml').read_text())


def manifests():
    return [one for file in sorted(KUBERNETES.glob('*.yaml')) if file.name != 'kustomization.yaml'
            for one in yaml().safe_load_all(file.read_text())]


def of_kind(kind):
    return {one['metadata']['name']: one for one in manifests() if one['kind'] == kind}


def pod_of(workload):
    return workload['spec']['template']


def known_settings():
    done = command(nova, 'config', '--json', cwd='/')
    found = set(re.findall(r'"name": ?"([A-Z_]+)"', done.stdout)) or set(re.findall(r'"([A-Z]+_[A-Z_]+)"', done.stdout))
    assert 'NOVA_TLS_CERT' in found, done.stdout[:500] + done.stderr
    return found


def expect_a_command_line(words):
    """The program takes these flags: a wrong one is status 2 and its name; a good line fails for the lack of a key only."""
    words = [re.sub(r'\$\(\w+\)', '127.0.0.1' if ':' in word else 'a-pod', word) for word in words]
    clean = {key: value for key, value in os.environ.items() if key not in SECRETS and not key.startswith(('NOVA_', 'PG'))}
    with tempfile.TemporaryDirectory() as folder:
        done = command(nova, *words, cwd=folder, env={**clean, 'NOVA_ALLOW_UNSIGNED_WEBHOOKS': 'true'})
    assert done.returncode == 2 and 'NYLAS_API_KEY is not set' in done.stderr, (words, done)


def the_compose_file_is_accepted_by_docker():
    if not shutil.which('docker') or command('docker', 'compose', 'version').returncode:
        raise skipped('docker compose is not installed')
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(DEPLOY / 'docker-compose.yml', folder)
        for name in ('nova', 'postgres'):
            shutil.copy(DEPLOY / f'{name}.env.example', pathlib.Path(folder) / f'{name}.env')
        done = command('docker', 'compose', '-f', pathlib.Path(folder) / 'docker-compose.yml', 'config', '--quiet')
    assert done.returncode == 0, done.stderr


def the_compose_file_has_the_services_of_the_document():
    services = compose()['services']
    assert ROLES | {'postgres', 'migrate'} <= set(services), services.keys()
    assert services['threads']['deploy']['replicas'] == 2
    # A fixed name or a published port would forbid a second one.
    assert not {'container_name', 'ports', 'scale'} & set(services['threads'])


def every_compose_service_has_only_keys_that_the_format_knows():
    known = {'image', 'build', 'env_file', 'restart', 'stop_grace_period', 'read_only', 'tmpfs', 'cap_drop', 'security_opt', 'volumes',
             'networks', 'depends_on', 'healthcheck', 'command', 'entrypoint', 'ports', 'deploy', 'shm_size'}
    conditions = {'service_started', 'service_healthy', 'service_completed_successfully'}
    whole = compose()
    assert set(whole) <= {'name', 'services', 'networks', 'volumes', 'x-node'}, whole.keys()
    for name, service in whole['services'].items():
        assert set(service) <= known, (name, set(service) - known)
        for other, how in (service.get('depends_on') or {}).items():
            assert other in whole['services'] and how['condition'] in conditions, (name, other)
            if how['condition'] == 'service_completed_successfully':
                assert whole['services'][other]['restart'] == 'no', f'{name} waits for {other}, which never completes'
        for volume in service.get('volumes', []):
            assert volume.split(':')[0] in whole['volumes'], (name, volume)


def every_compose_node_is_checked_confined_and_given_time_to_drain():
    for name in ROLES:
        service = compose()['services'][name]
        assert service['healthcheck']['test'] == ['CMD', 'nova-healthcheck'], name
        assert service['stop_grace_period'] == '90s' and service['read_only'] and service['cap_drop'] == ['ALL'], name
        assert {'migrate', 'certs'} <= set(service['depends_on']), name


def every_role_of_the_program_has_a_place():
    """`nova run --help` names the roles."""
    known = set(re.search(r'--roles.*?\s((?:[a-z]+,\s+)+[a-z]+);', command(nova, 'run', '--help').stdout, re.S)[1].replace(',', ' ').split())
    assert ROLES <= known, known
    placed = {role for name in ROLES for role in compose()['services'][name]['command'][2].split(',')}
    assert placed == known, known ^ placed
    arguments = [pod_of(one)['spec']['containers'][0]['args'] for one in of_kind('Deployment').values()]
    assert {role for words in arguments for role in words[2].split(',')} == known, arguments


def every_compose_command_is_one_of_the_program():
    for name in ROLES:
        expect_a_command_line(without_certificates(compose()['services'][name]['command']))


def without_certificates(words):
    return ['127.0.0.1:0' if ':848' in word else word for word in words]


def no_secret_is_in_a_file():
    for file in sorted(path for path in DEPLOY.rglob('*') if path.is_file()):
        for name in SECRETS:
            for line in file.read_text().splitlines():
                match = re.match(rf'\s*-?\s*{name}\s*[:=]\s*(\S.*)', line)
                value = match[1] if match else ''
                assert not value or ':PASSWORD@' in value, f'{file.name}: {line}'
    assert not of_kind('Secret')


def the_example_settings_are_settings_of_the_program():
    names = set(re.findall(r'^([A-Z_]+)=', (DEPLOY / 'nova.env.example').read_text(), re.M))
    names |= set(of_kind('ConfigMap')['nova']['data'])
    assert names and names <= known_settings(), names - known_settings()


def an_example_sets_nothing_that_a_unit_or_image_sets():
    """`EnvironmentFile` wins over `Environment`, and `--env-file` over `ENV`: a default in an example would replace what they chose."""
    unit = (DEPLOY / 'systemd/nova@.service').read_text()
    image = (DEPLOY / 'Dockerfile').read_text()
    chosen = set(re.findall(r'^Environment=(\w+)=', unit, re.M))
    chosen |= {name for line in re.findall(r'^ENV (.*)', image, re.M) for name in re.findall(r'(\w+)=', line)}
    assert 'NOVA_HTTP' in chosen, chosen
    for example in (DEPLOY / 'nova.env.example', DEPLOY.parent / '.env.example'):
        names = set(re.findall(r'^([A-Z_]+)=', example.read_text(), re.M))
        assert not names & chosen, (example.name, names & chosen)


def the_example_and_the_page_are_what_the_program_prints():
    """A change of a setting's row is a change of both: `nova config --example` and `--page` print them."""
    example = command(nova, 'config', '--example', cwd='/').stdout
    assert (DEPLOY.parent / '.env.example').read_text() == example, 'nova config --example >.env.example'
    assert set(re.findall(r'^#([A-Z_]+)=', example, re.M)) == known_settings()
    assert not re.findall(r'^[A-Z_]+=', example, re.M), 'none is set'
    page = (DEPLOY.parent / 'docs/settings.md').read_text()
    assert command(nova, 'config', '--page', cwd='/').stdout in page, 'nova config --page prints the table'


def the_program_is_hardened():
    """As `meson.build` asks for: each shows in the file, where a compiler that ignores a flag would not."""
    if not shutil.which('readelf'):
        raise skipped('readelf is not installed')
    names = command('readelf', '--dyn-syms', '--wide', nova).stdout
    if '__asan' in names or '__tsan' in names:
        raise skipped('a sanitizer has checks of its own')
    assert 'DYN (Position-Independent Executable file)' in command('readelf', '-h', nova).stdout
    program = command('readelf', '--wide', '-l', nova).stdout
    assert 'GNU_RELRO' in program and re.search(r'GNU_STACK.* RW ', program), program
    assert re.search(r'FLAGS.*BIND_NOW|FLAGS_1.*NOW', command('readelf', '-d', nova).stdout), 'symbols are bound late'
    assert '__stack_chk_fail' in names, 'no stack protector'
    # It shows in a program only where a size is known beforehand, and no call of ours is like that today.
    commands = json.loads((nova.parent / 'compile_commands.json').read_text())
    ours = [one['command'] for one in commands if one['file'].endswith(('app/main.cpp', 'http-unity0.cpp'))]
    assert len(ours) == 2 and all('-D_FORTIFY_SOURCE=2' in one and '-O2' in one for one in ours), 'nothing is fortified'
    assert '__glibcxx_assert_fail' in names, 'the standard library checks nothing'
    if os.uname().machine == 'x86_64':
        # Debian's start files have no note for it, so the linker writes none; the instructions are there.
        assert nova.read_bytes().count(b'\xf3\x0f\x1e\xfa') > 1000, 'no control-flow protection'


def the_health_check_follows_readyz():
    answers = {'ready': ('HTTP/1.1 200 OK', '{}'), 'not': ('HTTP/1.1 503 Service Unavailable', '{"ready":false,"reasons":["no database"]}')}
    for name, (line, body) in answers.items():
        server = subprocess.Popen([sys.executable, '-c', ANSWER, line, body], stdout=subprocess.PIPE, text=True)
        port = server.stdout.readline().strip()
        done = command(DEPLOY / 'healthcheck', f'127.0.0.1:{port}')
        asked = server.communicate(timeout=30)[0]
        assert asked.startswith('GET /readyz HTTP/1.1'), asked
        assert (done.returncode == 0) == (name == 'ready'), (name, done)
        assert name == 'ready' or 'no database' in done.stderr, done
    assert command(DEPLOY / 'healthcheck', f'127.0.0.1:{port}').returncode != 0, 'nobody listens there any more'


ANSWER = r'''
import socket, sys
with socket.create_server(('127.0.0.1', 0)) as server:
    print(server.getsockname()[1], flush=True)
    client, _ = server.accept()
    asked = ''
    while '\r\n\r\n' not in asked:
        asked += client.recv(1000).decode()
    print(asked)
    client.sendall(f'{sys.argv[1]}\r\nContent-Length: {len(sys.argv[2])}\r\n\r\n{sys.argv[2]}'.encode())
    client.close()
'''


def dockerfile_stages():
    text = re.sub(r'\\\n', ' ', '\n'.join(line for line in (DEPLOY / 'Dockerfile').read_text().splitlines() if not line.startswith('#')))
    return text.split('\nFROM ')


def the_image_has_every_library_that_the_program_needs():
    if not shutil.which('dpkg') or not shutil.which('objdump'):
        raise skipped('dpkg or objdump is not installed')
    installed = set(re.search(r'--no-install-recommends (.*?)&&', dockerfile_stages()[-1], re.S)[1].split())
    for library in re.findall(r'NEEDED\s+(\S+)', command('objdump', '-p', nova).stdout):
        owners = {line.split(':')[0] for line in command('dpkg', '-S', f'/{library}').stdout.splitlines()}
        # Those of the C library and the compiler come with libstdc++6.
        assert not owners or owners & (installed | {'libc6', 'libgcc-s1', 'libtinfo6'}), f'{library} of {owners} is not in the image'


def the_image_does_not_run_as_root_and_does_not_keep_the_compiler():
    build, final = dockerfile_stages()
    assert 'AS build' in build and 'COPY --from=build' in final
    assert re.search(r'^USER 10001:10001$', final, re.M) and 'g++' not in final and '-dev' not in final
    assert final.index('USER ') < final.index('ENTRYPOINT')


def verify_units(folder):
    """What systemd-analyze says of the units, without what only this machine lacks."""
    names = ['nova@threads.service', 'nova-migrate.service', 'nova.target']
    for file in (DEPLOY / 'systemd').glob('nova*.*'):
        # The user and the program are made by the installation.
        text = re.sub(r'^(User|Group)=.*\n', '', file.read_text(), flags=re.M).replace('/usr/lib/nova/nova-node', '/bin/true')
        (folder / file.name).write_text(text)
    done = command('systemd-analyze', 'verify', '--man=no', *(folder / name for name in names))
    return done, [line for line in (done.stderr + done.stdout).splitlines() if 'nova' in line]


def the_units_are_accepted_by_systemd():
    if not shutil.which('systemd-analyze'):
        raise skipped('systemd-analyze is not installed')
    with tempfile.TemporaryDirectory() as name:
        done, complaints = verify_units(pathlib.Path(name))
    assert not complaints, complaints or done


def the_check_of_units_sees_a_mistake():
    if not shutil.which('systemd-analyze'):
        raise skipped('systemd-analyze is not installed')
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        verify_units(folder)
        broken = (folder / 'nova@.service').read_text().replace('ProtectHome=yes', 'ProtektHome=yes')
        (folder / 'nova@threads.service').write_text(broken)
        done = command('systemd-analyze', 'verify', '--man=no', folder / 'nova@threads.service')
    assert 'ProtektHome' in done.stderr + done.stdout, done


def the_sandbox_of_a_node_is_rated_well():
    if not shutil.which('systemd-analyze'):
        raise skipped('systemd-analyze is not installed')
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        verify_units(folder)
        shutil.copy(DEPLOY / 'systemd' / 'nova@.service', folder / 'nova@threads.service')
        done = command('systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=25', folder / 'nova@threads.service')
    if 'Unknown' in done.stderr or 'unrecognized option' in done.stderr:
        raise skipped('this systemd-analyze cannot rate files')
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


def the_unit_runs_the_role_that_its_instance_names():
    with tempfile.TemporaryDirectory() as folder:
        stand_in = pathlib.Path(folder) / 'nova'
        stand_in.write_text('#!/bin/sh\necho "$@"\n')
        stand_in.chmod(0o755)
        environment = {**os.environ, 'PATH': f"{folder}:{os.environ['PATH']}"}
        for instance, line in (('threads', 'run --name host-threads --roles threads'), ('all', 'run --name host-all'),
                               ('threads:2', 'run --name host-threads-2 --roles threads')):
            done = command(DEPLOY / 'systemd' / 'nova-node', instance, 'host', env=environment)
            assert done.stdout.strip() == line, done


def the_manifests_are_accepted_by_kustomize():
    if not shutil.which('kubectl'):
        raise skipped('kubectl is not installed')
    with tempfile.TemporaryDirectory() as home:
        # A configuration that names no cluster: nothing is asked over the network.
        done = command('kubectl', 'kustomize', KUBERNETES, env={'PATH': os.environ['PATH'], 'HOME': home, 'KUBECONFIG': '/dev/null'})
    assert done.returncode == 0, done.stderr
    assert len(list(yaml().safe_load_all(done.stdout))) == len(manifests())


def the_manifests_have_a_deployment_with_probes_for_each_role():
    deployments = of_kind('Deployment')
    assert set(deployments) == {f'nova-{role}' for role in ROLES}
    for name, one in deployments.items():
        pod = pod_of(one)['spec']
        container, = pod['containers']
        assert container['readinessProbe']['httpGet']['path'] == container['startupProbe']['httpGet']['path'] == '/readyz', name
        # Readiness falls with the database; to restart every node then would help nobody.
        assert container['livenessProbe']['httpGet']['path'] == '/healthz', name
        assert pod['terminationGracePeriodSeconds'] >= 90 and pod['securityContext']['runAsNonRoot'], name
        assert container['securityContext'] == {'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True, 'capabilities': {'drop': ['ALL']}}
        assert {'requests', 'limits'} <= set(container['resources']), name
        expect_a_command_line(without_certificates(container['args']))


def every_selector_of_the_manifests_finds_pods():
    pods = [pod_of(one)['metadata']['labels'] for kind in ('Deployment', 'Job') for one in of_kind(kind).values()]

    def finds(labels):
        return any(labels.items() <= pod.items() for pod in pods)

    for name, one in of_kind('Deployment').items():
        assert one['spec']['selector']['matchLabels'].items() <= pod_of(one)['metadata']['labels'].items(), name
    for name, one in of_kind('Service').items():
        assert finds(one['spec']['selector']), name
    for kind, key in (('PodDisruptionBudget', 'selector'), ('NetworkPolicy', 'podSelector')):
        for name, one in of_kind(kind).items():
            assert finds(one['spec'][key]['matchLabels']), name


def every_port_of_the_manifests_is_served():
    for name, service in of_kind('Service').items():
        for port in service['spec']['ports']:
            for one in of_kind('Deployment').values():
                if service['spec']['selector'].items() <= pod_of(one)['metadata']['labels'].items():
                    names = {served['name'] for served in pod_of(one)['spec']['containers'][0]['ports']}
                    assert port['targetPort'] in names, (name, port)
    assert of_kind('Service')['nova-members']['spec']['clusterIP'] == 'None'


def the_settings_and_volumes_of_the_manifests_belong_together():
    for kind in ('Deployment', 'Job'):
        for name, one in of_kind(kind).items():
            pod = pod_of(one)['spec']
            container, = pod['containers']
            assert {mount['name'] for mount in container.get('volumeMounts', [])} == {volume['name'] for volume in pod.get('volumes', [])}, name
            assert any('secretRef' in source for source in container['envFrom']), name
            assert pod['serviceAccountName'] in of_kind('ServiceAccount') and pod['automountServiceAccountToken'] is False, name


def the_autoscaler_follows_the_age_of_the_queue_of_a_deployment_that_fixes_no_number():
    scaler, = of_kind('HorizontalPodAutoscaler').values()
    target = of_kind('Deployment')[scaler['spec']['scaleTargetRef']['name']]
    assert 'replicas' not in target['spec']
    metric, = scaler['spec']['metrics']
    assert metric['external']['metric']['name'] == 'nova_queue_age_seconds'
    assert 'nova_queue_age_seconds' in (ROOT / 'docs' / 'http.md').read_text(), 'the metric is documented'


if __name__ == '__main__':
    sys.exit(run(sys.modules[__name__]))
