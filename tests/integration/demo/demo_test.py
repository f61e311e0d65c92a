#!/usr/bin/env python3
"""The program as a user runs it: demo_test.py NOVA. Prints TAP."""
import json
import subprocess
import sys
import tempfile

nova = sys.argv[1]
KEYS = ('threads', 'messages', 'api_calls', 'seconds', 'threads_per_second', 'messages_per_second', 'verified')
FAULTS = {'rules': [
    {'path_regex': '^/v3/grants/', 'fault': '429-provider', 'rate': 0.05, 'retry_after': 1},
    {'path_regex': '^/v3/grants/', 'fault': '502', 'rate': 0.02},
    {'path_regex': '^/v3/grants/', 'fault': 'cut', 'rate': 0.01},
]}

LIVE = {'rate': 100, 'count': 300, 'duplicates': 0.2, 'reorder_ms': 500, 'truncated': 0.05, 'transformed': 0.02, 'mislabelled': 0.02,
        'unknown': 0.01, 'gzip': 0.3,
        'mix': {'create': 3, 'reply': 3, 'edit': 3, 'move': 1, 'remove': 1, 'change_id': 1, 'split': 1, 'merge': 1, 'draft_sent': 1}}


def demo(*arguments):
    done = subprocess.run([nova, 'demo', '--json', *arguments], capture_output=True, text=True)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except json.JSONDecodeError:
        return done.returncode, {}, done.stdout + done.stderr


def a_demo_prints_its_keys_and_is_verified():
    status, result, errors = demo('--threads', '200')
    assert status == 0, errors
    assert all(key in result for key in KEYS), result
    assert result['verified'] and 0 <= result['threads'] - 200 <= result['changes_meanwhile'] and result['webhooks'] >= 100, result


def a_node_killed_again_and_again_ends_verified():
    status, result, errors = demo('--threads', '600', '--kills', '6', '--live-changes', '0')
    assert status == 0, errors
    assert result['verified'] and result['threads'] == 600 and result['threads_failed'] == 0, result
    assert result['kills'] == 6 and result['completed_once'], result


def listing_messages_ends_the_same_with_a_tenth_of_the_calls():
    status, result, errors = demo('--threads', '600', '--strategy', 'messages', '--live-changes', '20')
    assert status == 0, errors
    # What is written meanwhile may be a thread of its own.
    assert result['verified'] and 0 <= result['threads'] - 600 <= result['changes_meanwhile'] and result['api_calls'] < 200, result
    status, result, errors = demo('--threads', '600', '--strategy', 'messages', '--kills', '6', '--live-changes', '0')
    assert status == 0, errors
    assert result['verified'] and result['kills'] == 6 and result['completed_once'] and result['threads_failed'] == 0, result


def a_demo_that_serves_says_first_that_it_is_verified():
    with subprocess.Popen([nova, 'demo', '--serve', '--threads', '20', '--live-changes', '0'], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        said = next((line for line in process.stdout if 'verified' in line), '')
        running = process.poll() is None
        process.terminate()
        assert said == 'verified\n' and running, said
    assert process.returncode == 0, process.returncode


def a_database_restarted_while_spoiled_webhooks_arrive_loses_none():
    with tempfile.NamedTemporaryFile('w', suffix='.json') as script:
        json.dump(LIVE, script)
        script.flush()
        status, result, errors = demo('--threads', '100', '--live-script', script.name, '--restart-database', '2')
    assert status == 0, errors
    assert result['verified'] and result['database_restarts'] == 2, result
    assert result['changes'] == LIVE['count'] and result['webhooks'] > result['notifications'] >= LIVE['count'], result
    assert result['notifications_lost'] == 0 and result['notifications_pending'] == 0, result


def a_live_script_with_a_mistake_is_refused_before_anything_is_started():
    with tempfile.NamedTemporaryFile('w', suffix='.json') as script:
        script.write('{"duplicates": 7}')
        script.flush()
        status, _, errors = demo('--live-script', script.name)
    assert status == 2 and 'duplicates' in errors and len(errors.splitlines()) == 1, (status, errors)
    status, _, errors = demo('--live-script', '/no/such/file')
    assert status == 2 and '/no/such/file' in errors, (status, errors)


def a_faulty_provider_ends_verified_though_the_node_is_killed():
    with tempfile.NamedTemporaryFile('w', suffix='.json') as script:
        json.dump(FAULTS, script)
        script.flush()
        status, result, errors = demo('--threads', '200', '--kills', '2', '--live-changes', '20', '--faults', script.name)
    assert status == 0, errors
    assert result['verified'] and result['threads_failed'] == 0, result


def mailboxes_with_the_habits_of_providers_end_verified():
    for provider, more in (('google', ()), ('microsoft', ()), ('imap', ('--live-changes', '0'))):
        status, result, errors = demo('--threads', '60', '--provider', provider, *more)
        assert status == 0, (provider, errors)
        assert result['verified'] and result['threads_failed'] == 0, (provider, result)


cases = [a_demo_prints_its_keys_and_is_verified, a_node_killed_again_and_again_ends_verified,
         listing_messages_ends_the_same_with_a_tenth_of_the_calls, a_database_restarted_while_spoiled_webhooks_arrive_loses_none,
         a_live_script_with_a_mistake_is_refused_before_anything_is_started,
         a_faulty_provider_ends_verified_though_the_node_is_killed, a_demo_that_serves_says_first_that_it_is_verified,
         mailboxes_with_the_habits_of_providers_end_verified]
print(f'1..{len(cases)}')
for number, case in enumerate(cases, 1):
    try:
        case()
        print(f'ok {number} - {case.__name__.replace("_", " ")}')
    except AssertionError as failure:
        print(f'not ok {number} - {case.__name__.replace("_", " ")}')
        print('# ' + str(failure).replace('\n', '\n# '))
