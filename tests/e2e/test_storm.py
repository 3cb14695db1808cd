"""Storms: many signers at once on real processes, and blows to the machine in the middle of acts.

A second node of the server under test is started on its database: workers, job runner and clocks.
Counts come from ``ESIGN_STORM_SIZE``: ``small`` (default) or ``full`` (20 parties, 50 double submits,
100 blows). Blows fall at random points; ``ESIGN_STORM_SEED`` repeats a sequence of choices.
"""

from __future__ import annotations

import configparser
import http.client
import json
import os
import random
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.e2e.conftest import end_process, environment
from tests.e2e.storm_blows import KINDS, Blows

HERE = Path(__file__).resolve().parent
ODOO = HERE.parents[1] / 'config' / 'cli' / 'odoo_bin.py'
SIZES = {
    'small': {'parties': 6, 'double': 12, 'blows': 16, 'workers': 2, 'struck': [4] * 16},
    'full': {'parties': 20, 'double': 50, 'blows': 100, 'workers': 4, 'struck': [10] * 60},
}
SIZE = SIZES[os.environ.get('ESIGN_STORM_SIZE', 'small')]
SEED = int(os.environ.get('ESIGN_STORM_SEED') or random.SystemRandom().randrange(10**6))
DEMO = '+861380000000'
PATIENCE = 240  # seconds that one signer tries before he is called stuck
# What a blow may say in the log; anything else at these levels is a fault.
SPEAKS = re.compile(r' (ERROR|CRITICAL) ')
EXPECTED = re.compile(
    r'terminating connection|server closed the connection|connection already closed|cursor already closed'
    r'|could not serialize access|Connection to the database failed|SSL connection|lost synchronization'
    r'|consuming input failed|connection pointer is NULL|AdminShutdown|InterfaceError|OperationalError'
)

# Odoo's mail queue (mail.mail.process_email_queue) logs whatever fails, a database error too, and goes on in
# the transaction that the error has aborted; its clock then stumbles over the next flush. It happens when a
# blow takes the connection that holds the lock of that clock: another worker begins the same queue.
QUEUE = re.compile(r'odoo\.addons\.mail\.models\.mail_mail: Failed processing mail queue')
STUMBLES = re.compile(
    r'(odoo\.sql_db: bad query: b. UPDATE "mail_message"|odoo\.addons\.base\.models\.ir_cron: Job ).*'
    r'current transaction is aborted',
    re.DOTALL,
)


def say(text: str) -> None:
    """One line of figures for whoever runs it by hand (`-s`)."""
    sys.stdout.write(f'\n{text}\n')


class Cut(Exception):
    """The worker died, or the connection did: nobody knows what came of the request."""


@dataclass
class Node:
    """The node that is stormed."""

    conf: Path
    database: str
    log: Path
    port: int
    key: str
    marks: Path
    process: subprocess.Popen

    def ask(self, step: str, **values) -> dict:
        """One request of a signer's page.

        :raises Cut: no answer.
        """
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}/storm/{step}',
            json.dumps(values).encode(),
            {'Content-Type': 'application/json', 'X-Storm': self.key, 'X-Odoo-Database': self.database},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Cut(f'{step}: {error.code}') from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Cut(f'{step}: {error}') from error

    def owns(self, process: int) -> bool:
        """Whether this is a living process of the node, other than the one that watches them."""
        with suppress(OSError):
            state, parent = Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()[:2]
            return int(parent) == self.process.pid and state not in 'ZX'
        return False

    def sql(self, query: str, *values, database: str | None = None) -> list[tuple]:
        """Something an operator, or the passing of time, does in the database."""
        options = options_of(self.conf)
        given = {name: options.get(f'db_{name}') for name in ('host', 'port', 'user', 'password')}
        given = {name: value for name, value in given.items() if value and value != 'False'}
        connection = psycopg2.connect(dbname=database or self.database, application_name='storm', **given)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def shell(self, script: str, **asked) -> dict:
        """Run a script in `odoo shell` and return the line it prints."""
        done = subprocess.run(
            [sys.executable, str(ODOO), 'shell', '-c', str(self.conf), '-d', self.database, '--no-http',
             '--log-level=warn', '--shell-interface=python'],
            input=(HERE / script).read_text(), text=True, capture_output=True, timeout=300,
            env=os.environ | {'ESIGN_STORM': json.dumps(asked)}, check=False,
        )  # fmt: skip
        found = [line for line in done.stdout.splitlines() if 'STORM ' in line]
        assert found, done.stdout[-2000:] + done.stderr[-4000:]
        return json.loads(found[-1].partition('STORM ')[2])


def options_of(conf: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(conf)
    return parser['options']


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(('127.0.0.1', 0))
        two.bind(('127.0.0.1', 0))
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture(scope='module')
def node(tmp_path_factory) -> Iterator[Node]:
    """A node with workers, job runner and clocks on the database of the journeys."""
    conf, database = Path(environment('ESIGN_E2E_CONF')), environment('ESIGN_E2E_DATABASE')
    (port, other), key = free_ports(), secrets.token_hex(16)
    log, marks = tmp_path_factory.mktemp('storm') / 'storm.log', tmp_path_factory.mktemp('storm-marks')
    command = [
        sys.executable, str(ODOO), '-c', str(conf), '-d', database, f'--db-filter=^{database}$',
        f'--addons-path={options_of(conf)["addons_path"]},{HERE / "doors"}',
        '--load=base,rpc,web,queue_job,storm_door', f'--workers={SIZE["workers"]}', '--max-cron-threads=1',
        f'--http-port={port}', f'--gevent-port={other}', '--http-interface=127.0.0.1',
    ]  # fmt: skip
    with log.open('w') as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT,
            env=os.environ | {'ESIGN_STORM_KEY': key, 'ESIGN_STORM_MARKS': str(marks)},
        )  # fmt: skip
    made = Node(conf, database, log, port, key, marks, process)
    try:
        await_door(made)
        yield made
    finally:
        end_process(process)


def await_door(node: Node) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and node.process.poll() is None:
        with suppress(Cut):
            node.ask('here')
            return
        time.sleep(0.3)
    pytest.fail(f'the node does not answer: {node.log.read_text()[-3000:]}')


class Mailbox:
    """The file of the SMS gateway."""

    def __init__(self) -> None:
        self.path = Path(environment('ESIGN_SMS_FILE'))

    def lines(self) -> list[dict]:
        text = self.path.read_text(encoding='utf-8') if self.path.exists() else ''
        return [json.loads(line) for line in text.splitlines()]

    def codes(self, mobile: str) -> list[str]:
        """Codes sent to this number, oldest first."""
        mine = [line['text'] for line in self.lines() if line['to'].endswith(mobile)]
        return [found[0] for text in mine if (found := re.findall(r'(?<!\d)\d{6}(?!\d)', text))]


class Signer:
    """A person who signs, and who tries again as people do when a page does not answer."""

    def __init__(self, node: Node, party: str, mobile: str, box: Mailbox) -> None:
        self.node, self.party, self.mobile, self.box = node, int(party), mobile, box
        self.key = secrets.token_hex(10)
        self.cuts = 0

    def sign(self) -> str:
        """Freeze, ask, confirm, and wait: until the act has an end."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                state = self._once()
            except Cut:
                self.cuts += 1
                time.sleep(0.2)
                continue
            if state == 'done':
                return state
            if state in ('failed', 'cancelled'):
                self.key = secrets.token_hex(10)  # "please begin again"
        return 'stuck'

    def _once(self) -> str:
        frozen = self.node.ask('freeze', party=self.party, key=self.key)
        if frozen.get('refused') == 'ALREADY':
            return 'done'
        assert 'result' in frozen, frozen
        act, state = frozen['result']['act'], frozen['result']['state']
        if state == 'frozen':
            self.node.ask('opened', party=self.party)
            code = self._code(act)
            given = self.node.ask('confirm', act=act, code=code)
            if given.get('refused') in ('CODE_REFUSED', 'CODE_VOID', 'CONSENT_MISSING'):
                return state  # the code of a request that was cut: ask for another
            assert 'result' in given, given
        return self._wait(act)

    def _code(self, act: int) -> str:
        before = len(self.box.codes(self.mobile))
        asked = self.node.ask('ask', act=act)
        if asked.get('refused') == 'RATE_LIMITED':
            # The request before this one was cut after it was counted. A minute passes.
            self.node.sql('DELETE FROM esign_rate_limit')
            raise Cut('asked too early')
        assert 'result' in asked, asked
        end = time.monotonic() + 5
        while len(codes := self.box.codes(self.mobile)) == before:
            if time.monotonic() > end:
                raise Cut('no code came')
            time.sleep(0.05)
        return codes[-1]

    def _wait(self, act: int) -> str:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            state = self.node.ask('status', act=act)['result']['state']
            if state != 'consented':
                return state
            time.sleep(0.3)
        # The clock comes every minute; this one is called at once.
        wake(self.node)
        return state


def wake(node: Node) -> None:
    """Let the clocks that take up interrupted work run now."""
    node.sql(
        "INSERT INTO ir_cron_trigger (cron_id, call_at) SELECT res_id, now() at time zone 'utc'"
        " FROM ir_model_data WHERE model = 'ir.cron' AND name IN"
        " ('cron_resume_acts', 'cron_resume_groups', 'ir_cron_sms_scheduler_action')"
    )
    # The processes of all clocks listen in this database, whichever they work on.
    node.sql("SELECT pg_notify('cron_trigger', %s)", node.database, database='postgres')


def await_pending(node: Node, groups: list[str]) -> None:
    """The job runner prepares the documents."""
    ids = tuple(map(int, groups))
    end = time.monotonic() + 90
    while time.monotonic() < end:
        states = {state for (state,) in node.sql('SELECT state FROM esign_contract_group WHERE id IN %s', ids)}
        if states == {'pending'}:
            return
        time.sleep(0.3)
    pytest.fail(f'groups are not prepared: {states}')


def at_once(signers: list[Signer]) -> Counter:
    with ThreadPoolExecutor(len(signers)) as threads:
        return Counter(threads.map(Signer.sign, signers))


def await_quiet(node: Node, groups: list[str]) -> None:
    """Jobs (archive stamps) and the outbox come to their ends; what was cut off grows old at once."""
    ids = tuple(map(int, groups))
    end = time.monotonic() + 120
    while time.monotonic() < end:
        # Ten minutes pass for what was interrupted.
        node.sql(
            "UPDATE sms_sms SET esign_handed_at = esign_handed_at - interval '11 minutes'"
            " WHERE state = 'outgoing' AND esign_handed_at < (now() at time zone 'utc') - interval '3 seconds'"
        )
        wake(node)
        [(unstamped,)] = node.sql(
            'SELECT count(*) FROM esign_contract WHERE group_id IN %s AND archived_at IS NULL', ids
        )
        [(unsent,)] = node.sql("SELECT count(*) FROM sms_sms WHERE state = 'outgoing'")
        if not unstamped and not unsent:
            return
        if unstamped:  # ten minutes pass for dead jobs as well
            node.sql("UPDATE esign_contract SET write_date = write_date - interval '11 minutes' WHERE state = 'signed'")
        time.sleep(1)
    pytest.fail(f'{unstamped} contracts without archive stamp, {unsent} messages not sent')


def require_sound(node: Node, groups: list[str], box: Mailbox, since: int) -> dict:
    """Nothing lost, doubled, invalid, stuck; no message twice."""
    await_quiet(node, groups)
    found = node.shell('storm_check.py', groups=[int(one) for one in groups])
    assert found['faults'] == []
    lines = box.lines()[since:]
    ids = Counter(line['id'] for line in lines)
    assert [one for one, count in ids.items() if count > 1] == []
    # People of the demonstration have tasks of their own, of which the clocks remind them meanwhile.
    told = Counter((line['to'], line['text']) for line in lines if not line['to'].startswith(DEMO))
    assert [one for one, count in told.items() if count > 1] == []
    assert faults_in(node.log.read_text(errors='replace')) == []
    return found


def faults_in(text: str) -> list[str]:
    """Entries of a log that no blow explains."""
    faults, queues = [], set()
    for entry in entries(text):
        if not SPEAKS.search(entry[:80]):
            continue
        process = entry.split()[2]
        if EXPECTED.search(entry):
            if QUEUE.search(entry):
                queues.add(process)
        elif process not in queues or not STUMBLES.search(entry):
            faults.append(entry)
    return faults


def test_an_aborted_transaction_is_a_fault_but_in_the_mail_queue():
    """What the log may say is no more than what a blow explains."""
    cause = (
        '2026-11-25 22:41:46,440 15 ERROR db odoo.addons.mail.models.mail_mail: Failed processing mail queue\n'
        'psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update\n'
    )
    stumble = (
        '2026-11-25 22:41:46,443 15 ERROR db odoo.sql_db: bad query: b\' UPDATE "mail_message"\\n SET\'\n'
        'ERROR: current transaction is aborted, commands ignored until end of transaction block\n'
    )
    assert faults_in(cause + stumble) == []
    assert faults_in(stumble) == [stumble]
    assert faults_in(cause + stumble.replace(' 15 ', ' 16 ')) != []
    assert faults_in(cause + stumble.replace('mail_message', 'esign_signing_act')) != []


def entries(text: str) -> list[str]:
    """The log cut into entries, with their tracebacks."""
    return re.split(r'\n(?=\d{4}-\d\d-\d\d )', text)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope='module')
def launched(node) -> list[tuple[str, dict[str, str]]]:
    """Groups for all storms: (id, party → mobile); prepared by the job runner."""
    sizes = [SIZE['parties'], 1, *SIZE['struck']]
    made = node.shell('storm_setup.py', persons=SIZE['parties'], groups=sizes)['groups']
    await_pending(node, list(made))
    return list(made.items())


# R3.4 R3.5: parties sign one document at the same time
def test_parties_sign_at_once(node, box, launched):
    since = len(box.lines())
    group, parties = launched[0]
    signers = [Signer(node, party, mobile, box) for party, mobile in parties.items()]
    start = time.monotonic()
    assert at_once(signers) == {'done': len(signers)}
    took = time.monotonic() - start
    assert [one.cuts for one in signers] == [0] * len(signers), 'requests were refused though nothing was cut'
    found = require_sound(node, [group], box, since)
    assert found['signatures'] == len(signers)
    say(f'{len(signers)} parties at once in {took:.1f} s: {found}')


# R3.4: a double click, many times over
def test_double_submits(node, box, launched):
    since = len(box.lines())
    group, parties = launched[1]
    [(party, mobile)] = parties.items()
    signer = Signer(node, party, mobile, box)
    node.sql('DELETE FROM esign_rate_limit')  # a minute passes
    with ThreadPoolExecutor(SIZE['double']) as threads:
        frozen = list(
            threads.map(lambda _: node.ask('freeze', party=int(party), key=signer.key), range(SIZE['double']))
        )
        acts = {one['result']['act'] for one in frozen}
        assert len(acts) == 1, frozen
        [act] = acts
        code = signer._code(act)
        given = list(threads.map(lambda _: node.ask('confirm', act=act, code=code), range(SIZE['double'])))
    assert {one.get('result') for one in given} <= {'consented', 'done'}, Counter(map(str, given))
    assert signer.sign() == 'done'
    found = require_sound(node, [group], box, since)
    assert (found['signatures'], found['acts']) == (1, {'done': 1})
    assert len({one['pid'] for one in given}) > 1, 'one worker answered them all: no storm'
    say(f'{len(given)} double submits: {found}')


# R3.4 R8.1 R6.2: whatever happens to the machine
def test_blows_in_the_middle_of_acts(node, box, launched):
    since, blows = len(box.lines()), Blows(node, SEED)
    waiting, stormed, signers = launched[2:], [], []
    with blows.falling():
        while waiting and blows.count < SIZE['blows']:
            (one, parties), *waiting = waiting
            stormed.append(one)
            node.sql('DELETE FROM esign_rate_limit')  # a minute passes
            round_ = [Signer(node, party, mobile, box) for party, mobile in parties.items()]
            states = at_once(round_)
            signers += round_
            assert states == {'done': len(round_)}, (SEED, states, blows.struck)
    found = require_sound(node, stormed, box, since)
    assert found['signatures'] == len(signers)
    assert blows.count >= SIZE['blows'], f'only {blows.struck} fell while {len(signers)} signed: prepare more groups'
    # Each worker that dies has a signer's request in hand, and that signer gets no answer.
    cuts, killed = sum(one.cuts for one in signers), blows.of('worker')
    assert cuts >= killed, (SEED, cuts, blows.struck)
    assert all(blows.of(kind) for kind in KINDS), (SEED, blows.struck)
    say(f'seed {SEED}: {dict(blows.struck)} while {len(signers)} signed, {cuts} requests cut: {found}')
