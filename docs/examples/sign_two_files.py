#!/usr/bin/env python3
"""The main job of a business system, from nothing to a verified file. Standard library only.

    ./esign run                                  # in one terminal
    python3 docs/examples/sign_two_files.py      # in another

Two files are launched to an enterprise, which signs silently by a grant made for it, and to a person,
who signs in a browser by a link. Call-backs are received on the loopback and checked. At the end the
files are downloaded and verified. Repeated runs use the same persons and enterprise, and a new group.

With the demonstration's log-ins nothing need be given. The subscription to call-backs is made as its
administrator; in production an administrator makes it once in the web client and hands over app id
and secret (``--app-id``, ``--secret``).
"""

import argparse
import base64
import hashlib
import hmac
import io
import json
import queue
import sys
import threading
import time
import xmlrpc.client
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WINDOW_MS = 15 * 60 * 1000


class Platform:
    """The interface ``esign.api`` over XML-RPC; errors are ``xmlrpc.client.Fault`` with our code first."""

    def __init__(self, url, database, login, key):
        self.database, self.key = database, key
        self.uid = xmlrpc.client.ServerProxy(f'{url}/xmlrpc/2/common').authenticate(database, login, key, {})
        if not self.uid:
            sys.exit(f'{login} cannot log in at {url}')
        self.models = xmlrpc.client.ServerProxy(f'{url}/xmlrpc/2/object')

    def call(self, method, **arguments):
        return self.execute('esign.api', method, [], arguments)

    def execute(self, model, method, values, named=None):
        return self.models.execute_kw(self.database, self.uid, self.key, model, method, values, named or {})


class Receiver:
    """Takes call-backs: checks each, drops what came before, hands the rest over in order."""

    def __init__(self, port):
        self.secrets, self.events = {}, queue.Queue()
        self.seen, self.nonces, self.lock = set(), set(), threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                status = receiver.take('POST', self.path, self.headers, body)
                self.send_response(status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}/esign'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, method, target, headers, body):
        """The status to answer: 2xx means received, anything else is sent again."""
        nonce = headers.get('X-Nonce', '')
        with self.lock:
            if not self.genuine(method, target, headers, body) or nonce in self.nonces:
                return 401
            self.nonces.add(nonce)
            event = json.loads(body)
            if event['event_id'] not in self.seen:  # sent at least once: the same event may come again
                self.seen.add(event['event_id'])
                self.events.put(event)
        return 204

    def genuine(self, method, target, headers, body):
        secret = self.secrets.get(headers.get('X-App-Id', ''))
        timestamp = headers.get('X-Timestamp', '')
        if not secret or not timestamp.isdigit() or abs(time.time() * 1000 - int(timestamp)) > WINDOW_MS:
            return False
        path, _mark, query = target.partition('?')
        digest = hashlib.sha256(body).hexdigest()
        text = '\n'.join((method, path, query, digest, timestamp, headers.get('X-Nonce', '')))
        expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, headers.get('X-Signature', ''))

    def wait_for(self, biz_no, event, seconds):
        """The next events of one contract, until ``event`` has come."""
        end = time.monotonic() + seconds
        while True:
            try:
                told = self.events.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                sys.exit(f'{event} has not come within {seconds} seconds')
            if told.get('biz_no') == biz_no:
                print('CALL-BACK', told['event'], told['status'], told.get('party', {}).get('ref', ''), flush=True)
                if told['event'] == event:
                    return told


def pdf(title):
    """A small PDF of one A4 page."""
    text = f'BT /F1 18 Tf 72 760 Td ({title}) Tj ET'
    objects = [
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R\n'
        '/Resources << /Font << /F1 5 0 R >> >> >>',
        f'<< /Length {len(text)} >>\nstream\n{text}\nendstream',
        '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ]
    out, offsets = b'%PDF-1.7\n', []
    for number, one in enumerate(objects, 1):
        offsets.append(len(out))
        out += f'{number} 0 obj\n{one}\nendobj\n'.encode()
    table = ''.join(f'{offset:010d} 00000 n \n' for offset in offsets)
    start, size = len(out), len(objects) + 1
    tail = f'xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n'
    return out + tail.encode() + b'%%EOF\n'


def subscribe(admin, system_uid, receiver):
    """Make a subscription as an administrator does in the web client; the secret is shown once."""
    kinds = admin.execute('esign.callback.kind', 'search', [[('code', '=like', 'contract.%')]])
    values = {'name': 'sign_two_files.py', 'user_id': system_uid, 'url': receiver.url, 'kind_ids': [(6, 0, kinds)]}
    callback = admin.execute('esign.callback', 'create', [[values]])[0]
    shown = admin.execute('esign.callback', 'action_new_secret', [[callback]])['context']
    receiver.secrets[shown['default_app']] = shown['default_shown']
    admin.execute('esign.callback', 'action_start', [[callback]])
    print('TEST', admin.execute('esign.callback', 'action_test', [[callback]])['params']['title'], flush=True)
    return callback


def everybody(platform):
    """Two persons, a certified enterprise, and the grant by which it signs silently."""
    platform.call(
        'sync_person', ref='boss', name='林若川', mobile='13911110001', id_number='110105198001010016', verified=True
    )
    platform.call(
        'sync_person', ref='staff-7', name='许知夏', mobile='13911110007', id_number='110105199203040031', verified=True
    )
    platform.call(
        'sync_enterprise', ref='us', name='杭州示例人力资源有限公司', uscc='91330106MA2H000071', kind='internal',
        legal_name='林若川', administrator='boss', verified=True,
    )  # fmt: skip
    platform.call('sync_member', enterprise='us', person='boss', roles=['administrator', 'seal_operator'])
    platform.call('grant_seal', enterprise='us', seal_kind='contract', operator='boss', silent=True)


def launch(platform, order, day):
    """One group of two files that both parties sign."""
    contracts = []
    for name in ('Employment contract', 'Confidentiality agreement'):
        ref = f'{order}/{name}'
        platform.call('upload_file', ref=ref, name=f'{name}.pdf', content=base64.b64encode(pdf(name)).decode())
        seal = {'kind': 'seal', 'seal_kind': 'contract', 'page': -1, 'x': 30, 'y': 180}
        own = {'kind': 'seal', 'seal_kind': 'personal', 'page': -1, 'x': 120, 'y': 190}
        parties = [{'ref': 'employer', 'placements': [seal]}, {'ref': 'employee', 'placements': [own]}]
        contracts.append({'ref': name, 'file': ref, 'parties': parties})
    return platform.call(
        'create_group', ref=order, name=f'Hiring {order}', deadline=day, initiator='us',
        contracts=contracts,
        parties=[
            {'ref': 'employer', 'kind': 'enterprise', 'enterprise': 'us'},
            {'ref': 'employee', 'kind': 'person', 'person': 'staff-7'},
        ],
    )  # fmt: skip


def silently(platform, order, party, seconds=120):
    """Ask for the silent signature; the certificate of a new enterprise takes some seconds."""
    for _second in range(seconds):
        try:
            return platform.call('auto_sign', group=order, party=party)['state']
        except xmlrpc.client.Fault as fault:
            if not fault.faultString.startswith('ESIGN_STATE'):
                raise
            refusal = fault.faultString
        time.sleep(1)
    return sys.exit(refusal)


def check(platform, order):
    """Download the group and have every file verified."""
    packed = base64.b64decode(platform.call('download', group=order)['content'])
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        for name in files.namelist():
            found = platform.call('verify', content=base64.b64encode(files.read(name)).decode())
            print('VERIFIED', found['verdict'], len(found['signatures']), name, flush=True)
            if found['verdict'] != 'genuine' or not found['issued_here']:
                sys.exit('a file is not what was signed')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--url', default='http://localhost:8069')
    parser.add_argument('--database', default='esign')
    parser.add_argument('--login', default='integration')
    parser.add_argument('--key', default='integration', help='API key, or the password of the demonstration')
    parser.add_argument('--port', type=int, default=0, help='of the receiver; 0: any that is free')
    parser.add_argument('--app-id')
    parser.add_argument('--secret')
    parser.add_argument('--wait', type=int, default=600, help='seconds for the person to sign')
    given = parser.parse_args()
    platform, receiver = Platform(given.url, given.database, given.login, given.key), Receiver(given.port)
    admin = callback = None
    if given.secret:
        receiver.secrets[given.app_id] = given.secret
    else:
        admin = Platform(given.url, given.database, 'admin', 'admin')
        callback = subscribe(admin, platform.uid, receiver)
    try:
        order = f'order-{time.time_ns()}'
        everybody(platform)
        day = time.strftime('%Y-%m-%d', time.localtime(time.time() + 7 * 24 * 3600))
        print('LAUNCHED', launch(platform, order, day)['number'], flush=True)
        receiver.wait_for(order, 'contract.started', 120)
        print('SILENT', silently(platform, order, 'employer'), flush=True)
        print('LINK', platform.call('sign_link', group=order, party='employee')['url'], flush=True)
        print('Open the link. Codes of the demonstration are in .run/sms.jsonl.', flush=True)
        receiver.wait_for(order, 'contract.completed', given.wait)
        check(platform, order)
    finally:
        if callback:
            admin.execute('esign.callback', 'write', [[callback], {'active': False}])


if __name__ == '__main__':
    main()
