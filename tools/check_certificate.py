#!/usr/bin/env python3
"""Checks what `nova certify --out FILE` wrote, without Nova's code: counts and digests of each day are computed again from the
database (psql, DATABASE_URL) and from the provider (NYLAS_API_KEY, NYLAS_API_URI). check_certificate.py FILE; exits with 1 when
anything is not as the file says."""
import datetime
import hashlib
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request

STORED = """select case when message_date is null then 'undated' else (message_date at time zone 'UTC')::date::text end,
  encode(convert_to(nylas_message_id, 'UTF8'), 'hex') from flux_email_messages where inbox_id = :'inbox' and deleted_at is null"""


def in_database(inbox):
    command = ['psql', os.environ['DATABASE_URL'], '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'inbox=' + inbox['id'], '-f', '-']
    for line in subprocess.run(command, input=STORED, check=True, capture_output=True, text=True).stdout.split():
        day, _, message = line.partition('|')
        yield day, bytes.fromhex(message)


def at_provider(inbox):
    uri = os.environ.get('NYLAS_API_URI', 'https://api.us.nylas.com').rstrip('/')
    list_of = f"{uri}/v3/grants/{urllib.parse.quote(inbox['grant_id'], safe='')}/messages?limit=200&select=id,date,object"
    token, dates = '', {}
    while token is not None:
        request = urllib.request.Request(list_of + (token and '&page_token=' + urllib.parse.quote(token, safe='')),
                                         headers={'Authorization': 'Bearer ' + os.environ['NYLAS_API_KEY']})
        with urllib.request.urlopen(request, timeout=90) as answer:
            page = json.load(answer)
        for message in page['data']:
            # An id that is listed twice, in two folders, is one message with the date of the older.
            at, known = message.get('date'), dates.get(message['id'])
            dates[message['id']] = known if at is None or known is not None and known < at else at
        token = page.get('next_cursor') or None
    for message, at in dates.items():
        yield 'undated' if at is None else str(datetime.datetime.fromtimestamp(at, datetime.timezone.utc).date()), message.encode()


def differences(certificate, side, found):
    days = {day['day']: set() for day in certificate['days']}
    for day, message in found:
        days.setdefault(day, set()).add(message)
    for day in certificate['days']:
        ids = days[day['day']]
        digest = hashlib.sha256(b''.join(hashlib.sha256(one).digest() for one in sorted(ids))).hexdigest()
        if (len(ids), digest) != (day[side]['count'], day[side]['ids']):
            yield f"{day['day']}: {side} has {len(ids)} messages, digest {digest}; the certificate says {day[side]}"


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        certificate = json.load(file)
    wrong = [f"{day['day']}: {day['state']}" for day in certificate['days'] if day['state'] != 'verified']
    wrong += differences(certificate, 'stored', in_database(certificate['inbox']))
    wrong += differences(certificate, 'provider', at_provider(certificate['inbox']))
    print('\n'.join(wrong) or f"{len(certificate['days'])} days are as the certificate says")
    return bool(wrong)


sys.exit(main())
