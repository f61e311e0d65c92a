#!/usr/bin/env python3
"""Alarms and dashboard of deploy/ against the metrics of a running node: monitoring_test.py NOVA. Prints TAP.

promtool judges the rules and plays series to them where it is installed (Debian's package prometheus; it is not asked for, because
installing it starts a service).
"""
import functools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from cases import DEPLOY, ROOT, run, skipped
import server as sql_server  # noqa: E402 - beside the tests of SQL, where `cases` leads

nova = pathlib.Path(sys.argv[1]).resolve()
RULES = DEPLOY / 'prometheus/nova.rules.yml'
DASHBOARD = DEPLOY / 'grafana/nova.json'
NAME = re.compile(r'\bnova_[a-z_]+')


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def fetched(address):
    """What a node with all roles shows, once it is up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f'http://{address}/metrics', timeout=5) as answer:
                text = answer.read().decode()
            if 'nova_queue_age_seconds' in text:
                return text
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.05)
    raise AssertionError('the node shows no metrics')


@functools.cache
def shown():
    """Name -> kind -> labels with their values, of a node with all roles."""
    with tempfile.TemporaryDirectory() as folder, sql_server.private_server() as server:
        server.run('postgres', 'create database nova')
        port = free_port()
        environment = {'PATH': os.environ['PATH'], 'DATABASE_URL': server.connection('nova'), 'NYLAS_API_KEY': 'x', 'NYLAS_WEBHOOK_SECRET': 'y',
                       'NYLAS_API_URI': 'http://127.0.0.1:9', 'NOVA_LISTEN': 'off', 'NOVA_HTTP': f'127.0.0.1:{port}', 'NOVA_INSPECT': f'{folder}/socket'}
        subprocess.run([nova, 'migrate', 'up', '--system', 'messenger'], check=True, capture_output=True, env=environment, cwd=folder)
        with open(f'{folder}/log', 'w', encoding='utf-8') as log:
            node = subprocess.Popen([nova, 'run', '--name', 'n1'], stdout=log, stderr=log, env=environment, cwd=folder)
        try:
            text = fetched(f'127.0.0.1:{port}')
        finally:
            node.terminate()
            node.wait(60)
    found = {}
    for line in text.splitlines():
        if match := re.match(r'(nova_[a-z_]+)(?:\{(.*)\})? ', line):
            labels = found.setdefault(match[1], {})
            for name, value in re.findall(r'([a-z_]+)="([^"]*)"', match[2] or ''):
                labels.setdefault(name, set()).add(value)
    return found


def expressions_of_rules():
    try:
        import yaml
    except ImportError:
        raise skipped('python3-yaml is not installed') from None
    return {rule['alert']: rule['expr'] for group in yaml.safe_load(RULES.read_text())['groups'] for rule in group['rules']}


def expressions_of_dashboard():
    return {panel['title']: target['expr'] for panel in json.loads(DASHBOARD.read_text())['panels'] for target in panel.get('targets', [])}


def expect_known(expressions):
    for where, expression in expressions.items():
        for name in NAME.findall(expression):
            assert name in shown(), f'{where}: no node shows {name}'
        for name, labels in re.findall(r'\b(nova_[a-z_]+)\{([^}]*)\}', expression):
            for label, how, value in re.findall(r'([a-z_]+)(=~|=)"([^"]*)"', labels):
                if label == 'job': # the scraper's
                    continue
                known = shown()[name].get(label, set())
                for one in value.split('|') if how == '=~' else [value]:
                    assert one in known, f'{where}: {name} has no {label} {one!r}, only {sorted(known)}'


def every_alarm_names_metrics_that_a_node_shows():
    expect_known(expressions_of_rules())


def every_panel_names_metrics_that_a_node_shows():
    expect_known(expressions_of_dashboard())


def every_alarm_says_what_is_wrong_and_what_to_do():
    import yaml
    for group in yaml.safe_load(RULES.read_text())['groups']:
        for rule in group['rules']:
            assert {'summary', 'action'} <= set(rule['annotations']) and rule['labels']['severity'] in ('warning', 'critical'), rule


def a_dashboard_has_each_panel_once_and_none_on_another():
    taken, ids = set(), set()
    for panel in json.loads(DASHBOARD.read_text())['panels']:
        at = panel['gridPos']
        cells = {(x, y) for x in range(at['x'], at['x'] + at['w']) for y in range(at['y'], at['y'] + at['h'])}
        assert not cells & taken and at['x'] + at['w'] <= 24 and panel['id'] not in ids, panel['title']
        taken |= cells
        ids.add(panel['id'])


def every_metric_is_in_the_documents():
    text = (ROOT / 'docs/http.md').read_text()
    named = set(NAME.findall(text))
    for name in shown():
        plain = re.sub(r'_(bucket|sum|count)$', '', name)
        assert name in named or plain in named, f'docs/http.md does not name {plain}'


PLAYED = """
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'up{{job="nova", instance="n1"}}', values: '1x10 0x30'}}
      - {{series: 'up{{job="nova", instance="n2"}}', values: '1x40'}}
      - {{series: 'nova_queue_age_seconds{{queue="threads"}}', values: '0x10 100+60x30'}}
      - {{series: 'nova_mail_days{{state="broken"}}', values: '0x100'}}
      - {{series: 'nova_webhooks_received_total{{result="unavailable"}}', values: '0x10 0+5x30'}}
    alert_rule_test:
      - {{alertname: NovaNodeDown, eval_time: 9m}}
      - {{alertname: NovaNodeDown, eval_time: 20m, exp_alerts: [{{exp_labels: {{severity: warning, job: nova, instance: n1}},
          exp_annotations: {{summary: n1 does not answer, action: nova doctor; others have its work by now}}}}]}}
      - {{alertname: NovaGone, eval_time: 20m}}
      - {{alertname: NovaNotMeasured, eval_time: 20m}}
      - {{alertname: NovaWorkWaits, eval_time: 12m}}
      - {{alertname: NovaWorkWaits, eval_time: 25m, exp_alerts: [{{exp_labels: {{severity: critical, queue: threads}},
          exp_annotations: {{summary: 'the oldest work of threads has waited for 15m 40s', action: nova doctor; explain CONFIG in nova shell}}}}]}}
      - {{alertname: NovaDaysBroken, eval_time: 90m}}
      - {{alertname: NovaWebhooksRefused, eval_time: 10m}}
      - {{alertname: NovaWebhooksRefused, eval_time: 25m, exp_alerts: [{{exp_labels: {{severity: critical, result: unavailable}},
          exp_annotations: {{summary: 'webhooks are answered with unavailable: Nylas sends them again, and gives up after days', action: nova doctor}}}}]}}
  - interval: 1m
    input_series: []
    alert_rule_test:
      - {{alertname: NovaGone, eval_time: 5m, exp_alerts: [{{exp_labels: {{severity: critical}},
          exp_annotations: {{summary: 'no node answers, so no mail comes in', action: 'nova run, on any machine'}}}}]}}
      - {{alertname: NovaNotMeasured, eval_time: 15m, exp_alerts: [{{exp_labels: {{severity: warning}},
          exp_annotations: {{summary: 'no node says how long work has waited: the role completion runs nowhere', action: nova run --roles completion}}}}]}}
"""


def the_alarms_ring_when_they_should():
    tool = os.environ.get('NOVA_PROMTOOL') or shutil.which('promtool')
    if not tool:
        raise skipped('promtool is not installed (Debian: prometheus)')
    checked = subprocess.run([tool, 'check', 'rules', RULES], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with tempfile.TemporaryDirectory() as folder:
        played = pathlib.Path(folder) / 'played.yml'
        played.write_text(PLAYED.format(rules=RULES))
        done = subprocess.run([tool, 'test', 'rules', played], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


if __name__ == '__main__':
    sys.exit(run(sys.modules[__name__]))
