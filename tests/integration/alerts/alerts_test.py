#!/usr/bin/python3
"""A node tells people of alerts by a real server of mail (aiosmtpd) and a real receiver of webhooks: alerts_test.py NOVA [CASE].

Prints TAP. Of Debian's python3-aiosmtpd; without it the cases are skipped.
"""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / 'tests' / 'sql'))
from server import private_server  # noqa: E402
from tap import tap_stream  # noqa: E402

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    Controller = None

CANARY = 'canary-6f1d-in-no-place'
FAST = '0'  # a window of no length: only what is gathered keeps two messages apart
NOVA = os.path.abspath(sys.argv[1])


class mailboxes:
    """What a server of mail took, by recipient; `answers` is what it says to a recipient instead."""

    def __init__(self):
        self.mails, self.answers, self.logins = [], {}, []

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = self.answers.get(address)
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return '250 good'

    async def handle_DATA(self, server, session, envelope):
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.extend((address, parsed) for address in envelope.rcpt_tos)
        return '250 kept'

    def of(self, address):
        return [mail for to, mail in self.mails if to == address]

    def check(self, server, session, envelope, mechanism, data):
        self.logins.append(data.password)
        return AuthResult(success=data.password == CANARY.encode(), handled=False)


def mail_server(boxes, context=None, implicit=False):
    """A running one, on a free port. With a context it wants TLS and a password."""
    class controller(Controller):
        def factory(self):
            more = {'authenticator': boxes.check, 'auth_required': True, 'auth_require_tls': not implicit} if context else {}
            if context and not implicit:
                more.update(tls_context=context, require_starttls=True)
            return SMTP(self.handler, hostname='localhost', **more)

        def _trigger_server(self):  # its own asks the port that was wanted, which is 0
            socket.create_connection(self.server.sockets[0].getsockname()).close()
    running = controller(boxes, hostname='127.0.0.1', port=0, ssl_context=context if implicit else None)
    running.start()
    return running, running.server.sockets[0].getsockname()[1]


class hook(http.server.BaseHTTPRequestHandler):
    calls = []
    status = 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        hook.calls.append((dict(self.headers), body))
        self.send_response(hook.status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


def certificate(folder):
    """A certificate of this machine that signs itself, and the context of a server with it."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
                    'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', folder / 'key.pem', '-out', folder / 'cert.pem'],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / 'cert.pem', folder / 'key.pem')
    return context


def eventually(what, seconds=40):
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


class place:
    """A migrated database, settings, and perhaps a node."""

    def __init__(self, server, name, folder, **settings):
        server.create_database(name)
        self.server, self.name, self.node = server, name, None
        self.log = folder / f'{name}.log'
        kept = {key: value for key, value in os.environ.items() if not key.startswith('NOVA_')}
        self.environment = dict(kept, DATABASE_URL=f'postgresql://postgres@/{name}?host={server.folder}&port={server.port or 5432}',
                                NOVA_INSPECT=str(folder / f'{name}.sock'), NOVA_NODE_NAME='n1', NOVA_LISTEN='off', NOVA_SECRET_HOOK=CANARY,
                                NYLAS_API_KEY='none', NYLAS_API_URI='http://127.0.0.1:9', **settings)
        self.call('migrate', 'up')

    def call(self, *arguments, status=0):
        done = subprocess.run([NOVA, *arguments], capture_output=True, text=True, env=self.environment, cwd='/', timeout=60, check=False)
        assert status is None or done.returncode == status, f'{arguments}: {done.returncode}: {done.stdout}{done.stderr}'
        return done.stdout + done.stderr

    def rows(self, *arguments, status=0):
        return json.loads(self.call(*arguments, '--json', status=status))

    def sql(self, text):
        return self.server.run(self.name, text)

    def start(self):
        self.environment['NOVA_HTTP'] = 'off'
        self.node = subprocess.Popen([NOVA, 'run', '--roles', 'jobs'], stdout=open(self.log, 'w'), stderr=subprocess.STDOUT,
                                     env=self.environment, cwd='/')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.node:
            self.node.send_signal(signal.SIGTERM)
            try:
                self.node.wait(20)
            except subprocess.TimeoutExpired:
                self.node.kill()
                self.node.wait()

    def everything_shown(self):
        """What log, commands, shell and tables show."""
        shown = self.log.read_text() if self.log.exists() else ''
        for line in (['alerts', 'list', '--all'], ['alerts', 'history'], ['alerts', 'channels', 'list'], ['config'], ['doctor'],
                     ['shell', '-c', 'alerts; doctor; audit; ps; events'], ['shell', '--pg', '-c', 'alerts; doctor; crashes']):
            shown += self.call(*line, '--json', status=None)
        dump = subprocess.run(['pg_dump', '-a', '-d', self.server.connection(self.name)], capture_output=True, text=True, check=True)
        return shown + dump.stdout


def a_thousand_failures_are_one_mail_and_one_call_and_so_are_their_ends(server, folder):
    boxes = mailboxes()
    running, port = mail_server(boxes)
    receiver = http.server.ThreadingHTTPServer(('127.0.0.1', 0), hook)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with place(server, 'thousand', folder, NOVA_SMTP_URL=f'smtp://127.0.0.1:{port}', NOVA_ALERT_FROM='Növa <nova@example.com>') as here:
        here.call('alerts', 'channels', 'add', 'ops', '--email', 'ann@example.com,bob@example.com', '--window', FAST)
        here.call('alerts', 'channels', 'add', 'hook', '--webhook', f'http://127.0.0.1:{receiver.server_port}/x', '--secret', 'hook',
                  '--allow-private', '--window', FAST)
        here.start()
        here.sql("select nova.raise_alert('sync_failed', n::text, 'warning', E'crm: contacts ' || n || ' failed\\r\\nBcc: eve@example.com')"
                 ' from generate_series(1, 1000) n')
        assert eventually(lambda: len(boxes.mails) >= 2 and hook.calls), here.log.read_text()
        time.sleep(8)
        assert [len(boxes.of(who)) for who in ('ann@example.com', 'bob@example.com')] == [1, 1], boxes.mails
        assert len(hook.calls) == 1
        mail = boxes.of('ann@example.com')[0]
        assert mail['Subject'] == '[nova] 1000 sync failed' and mail['Bcc'] is None and 'Növa' in mail['From'], mail.as_string()
        parts = [part.get_content_type() for part in mail.walk()]
        assert parts == ['multipart/alternative', 'text/plain', 'text/html'], parts
        assert 'and 950 more' in mail.get_body(('plain',)).get_content()
        headers, body = hook.calls[0]
        told = json.loads(body)
        assert told['kinds'][0]['opened'] == 1000 and len(told['alerts']) == 50, told['kinds']
        at, signature = (part.split('=')[1] for part in headers['X-Nova-Signature'].split(','))
        assert hmac.new(CANARY.encode(), at.encode() + b'.' + body, hashlib.sha256).hexdigest() == signature
        here.sql("select nova.end_alert('sync_failed', n::text) from generate_series(1, 1000) n")
        assert eventually(lambda: len(boxes.mails) >= 4 and len(hook.calls) >= 2)
        time.sleep(8)
        assert len(boxes.mails) == 4 and len(hook.calls) == 2, [str(mail['Subject']) for _, mail in boxes.mails]
        end = boxes.of('ann@example.com')[1]
        assert end['Subject'] == '[nova] over: 1000 sync failed' and end['References'] == mail['Message-ID'], end.as_string()
        assert here.rows('alerts', 'list') == []
        history = here.rows('alerts', 'history')
        assert len(history) == 6 and {row['state'] for row in history} == {'sent'}, history
        shown = here.rows('shell', '-c', 'alerts')['rows']
        assert shown and shown[0]['state'] == 'over' and shown[0]['told'] == 6, shown[0]
        assert CANARY not in here.everything_shown()
    receiver.shutdown()
    running.stop()


def a_server_with_tls_and_a_password(server, folder):
    context = certificate(folder)
    for implicit, scheme in ((False, 'smtp'), (True, 'smtps')):
        boxes = mailboxes()
        running, port = mail_server(boxes, context, implicit)
        url = f'{scheme}://nova%40example.com@localhost:{port}?ca={folder}/cert.pem'
        if not implicit:
            url += '&tls=required'
        with place(server, f'tls_{scheme}', folder, NOVA_SMTP_URL=url, NOVA_SECRET_SMTP=CANARY) as here:
            done = here.rows('alerts', 'test', '--to', 'ann@example.com')
            assert done[0]['outcome'] == 'sent' and boxes.logins == [CANARY.encode()], (done, boxes.logins)
            here.environment['NOVA_SMTP_URL'] = url.replace('ca=', 'ca=/nowhere')
            refused = here.rows('alerts', 'test', '--to', 'ann@example.com', status=1)[0]
            assert refused['outcome'] == 'stopped' and refused['class'] == 'tls', refused
            assert len(boxes.mails) == 1
        running.stop()


def a_password_that_is_wrong_stops_mail_until_it_is_right(server, folder):
    context = certificate(folder)
    boxes = mailboxes()
    running, port = mail_server(boxes, context)
    secret = folder / 'smtp'
    secret.write_text(CANARY + '-wrong\n')
    with place(server, 'wrong', folder, NOVA_SMTP_URL=f'smtp://me@localhost:{port}?ca={folder}/cert.pem', NOVA_ALERT_FROM='nova@example.com',
               NOVA_SECRET_SMTP_FILE=str(secret)) as here:
        here.call('alerts', 'channels', 'add', 'ops', '--email', 'ann@example.com,bob@example.com', '--window', FAST)
        here.start()
        here.sql("select nova.raise_alert('disk', 'a', 'critical', 'the disk is full')")
        found = eventually(lambda: [row for row in here.rows('doctor', status=None) if row['what'] == 'alerts:smtp'])
        assert found and found[0]['level'] == 'CRIT' and 'nova alerts channels resume smtp' in found[0]['next'], found
        assert 'refuses user or password (535)' in found[0]['text'], found
        assert here.rows('alerts', 'history')[0]['attempts'] == 0
        assert here.rows('alerts', 'channels', 'list')[0]['state'] == 'stands still'
        secret.write_text(CANARY + '\n')
        here.call('alerts', 'channels', 'resume', 'smtp')
        assert eventually(lambda: len(boxes.mails) == 2), here.log.read_text()
        assert not [row for row in here.rows('doctor', status=None) if row['what'].startswith('alerts:')]
        assert CANARY not in here.everything_shown()
    running.stop()


def who_is_not_there_keeps_nobody_else(server, folder):
    boxes = mailboxes()
    boxes.answers = {'gone@example.com': '550 5.1.1 no such user', 'full@example.com': '452 4.2.2 mailbox full'}
    running, port = mail_server(boxes)
    with place(server, 'gone', folder, NOVA_SMTP_URL=f'smtp://127.0.0.1:{port}', NOVA_ALERT_FROM='nova@example.com',
               NOVA_SYSTEMS='integrations') as here:
        here.start()
        here.sql("insert into integration_configs (name, provider, alert_emails) values ('crm', 'x',"
                 " '{gone@example.com,full@example.com,ann@example.com}');"
                 " insert into integration_sync_configs (integration_id, stream) select id, 'contacts' from integration_configs;"
                 " select nova.finish_sync(s.id, s.claim_token, 'failed', 1, 0, 1, 'no route') from integration_sync_configs c,"
                 " nova.start_sync(c.id, 'w', '1 minute', 'manual', 0) s")
        assert eventually(lambda: boxes.of('ann@example.com')), here.log.read_text()
        eventually(lambda: len([1 for row in here.rows('sync', 'alerts') if row['attempts'] == 1]) == 3)
        seen = {row['recipient']: (row['delivery_status'], row['attempts'], row['error']) for row in here.rows('sync', 'alerts')}
        assert seen['ann@example.com'] == ('sent', 1, ''), seen
        assert seen['gone@example.com'][:2] == ('failed', 1) and 'no such user' in seen['gone@example.com'][2], seen
        assert seen['full@example.com'][:2] == ('pending', 1) and 'mailbox full' in seen['full@example.com'][2], seen
        assert 'crm: contacts failed, no retry is left: no route' in str(boxes.of('ann@example.com')[0]['Subject'])
    running.stop()


CASES = (a_thousand_failures_are_one_mail_and_one_call_and_so_are_their_ends, a_server_with_tls_and_a_password,
         a_password_that_is_wrong_stops_mail_until_it_is_right, who_is_not_there_keeps_nobody_else)


def main():
    stream = tap_stream()
    wanted = [case for case in CASES if len(sys.argv) < 3 or sys.argv[2] in case.__name__]
    if Controller is None:
        for case in wanted:
            stream.skip(case.__name__, 'python3-aiosmtpd is not installed')
        return stream.end()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped
    with private_server() as server, tempfile.TemporaryDirectory(prefix='nova-alerts-') as folder:
        for case in wanted:
            try:
                case(server, pathlib.Path(folder))
                stream.case(True, case.__name__)
            except Exception as failure:  # each case is told, the others go on
                stream.case(False, case.__name__, f'{type(failure).__name__}: {failure}')
    return stream.end()


if __name__ == '__main__':
    sys.exit(main())
