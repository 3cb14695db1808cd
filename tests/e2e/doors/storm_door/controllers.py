"""What a signer's pages do, one request a step, without pages: for storms over many processes.

Each request runs as any request of the portal: in a worker of the server, replayed on a serialization
failure, with the same model methods. The signer is named instead of logged in; the door opens only to
who knows the key that the test gave to the server it started.
"""

import ctypes
import hmac
import itertools
import os
import threading
import time
from pathlib import Path

from odoo import SUPERUSER_ID, http, sql_db
from odoo.http import request

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.token import token_pool, token_settings

DOOR = {'type': 'http', 'auth': 'none', 'csrf': False, 'save_session': False, 'methods': ['POST'], 'readonly': False}


class Hands:
    """Marks what this worker has in hand; a thread beside does what it is told, whatever the worker does then."""

    def __init__(self):
        self.numbers, self.watching = itertools.count(), 0

    def _mark(self, name):
        return Path(os.environ['ESIGN_STORM_MARKS'], f'{os.getpid()}.{name}')

    def take(self, step):
        if self.watching != os.getpid():  # a worker is forked from a process that has no such thread
            self.watching = os.getpid()
            threading.Thread(target=self._watch, daemon=True).start()
        if step != 'here':
            mark = self._mark('new')
            mark.write_text(f'{step} {os.getpid()} {next(self.numbers)}')
            mark.rename(self._mark('hand'))

    def free(self):
        self._mark('hand').unlink(missing_ok=True)

    def _watch(self):
        while True:
            time.sleep(0.002)
            for what in ('restart', 'connections'):
                sign = self._mark(what)
                if sign.exists():
                    words = getattr(self, f'_{what}')()
                    sign.unlink(missing_ok=True)
                    told = self._mark('told')
                    told.write_text(' '.join(words))
                    told.rename(self._mark(f'{what}.done'))

    def _restart(self):
        pool, module = token_pool(), ctypes.CDLL(str(token_settings().module))
        with pool._library.lock:  # between two calls, as a token elsewhere would
            module.C_Finalize(None)
            module.C_Initialize(None)
        return []

    def _connections(self):
        """Backends that this worker has borrowed; PostgreSQL itself knows only the server's first process."""
        pool = sql_db._Pool
        return [str(one.get_backend_pid()) for one in pool._connections if one._pool_in_use and not one.closed]


HANDS = Hands()


class StormDoor(http.Controller):
    """Steps of one act; each is marked while the worker has it in hand."""

    def _enter(self):
        key = os.environ.get('ESIGN_STORM_KEY', '')
        if not key or not hmac.compare_digest(key, request.httprequest.headers.get('X-Storm', '')):
            raise request.not_found()
        request.update_env(user=SUPERUSER_ID)
        HANDS.take(request.httprequest.path.rpartition('/')[2])
        return request.get_json_data()

    def _answer(self, work):
        """The worker's id, and what came of it or the code of the refusal."""
        try:
            given = {'result': work()}
        except EsignError as refusal:
            request.env.cr.rollback()
            given = {'refused': refusal.code, 'text': str(refusal)}
        answer = request.make_json_response({'pid': os.getpid(), **given})
        # Commit and what follows it come before the answer is sent: they are in hand, too.
        answer.call_on_close(HANDS.free)
        return answer

    @http.route('/storm/here', **DOOR)
    def storm_here(self):
        self._enter()
        return self._answer(lambda: True)

    @http.route('/storm/freeze', **DOOR)
    def storm_freeze(self):
        asked = self._enter()

        def work():
            party = request.env['esign.party'].browse(asked['party'])
            contracts = party.signer_ids.contract_id
            act = request.env['esign.signing.act']._freeze(party, self._identity(party), contracts, key=asked['key'])
            return {'act': act.id, 'state': act.state}

        return self._answer(work)

    @http.route('/storm/ask', **DOOR)
    def storm_ask(self):
        act = request.env(su=True)['esign.signing.act'].browse(self._enter()['act'])
        return self._answer(lambda: bool(act._ask_consent(self._identity(act.party_id))))

    @http.route('/storm/confirm', **DOOR)
    def storm_confirm(self):
        asked = self._enter()
        act = request.env(su=True)['esign.signing.act'].browse(asked['act'])
        return self._answer(lambda: act._confirm(self._identity(act.party_id), asked['code']).state)

    @http.route('/storm/status', **DOOR)
    def storm_status(self):
        act = request.env(su=True)['esign.signing.act'].browse(self._enter()['act'])
        return self._answer(lambda: act._status(self._identity(act.party_id)))

    @http.route('/storm/opened', **DOOR)
    def storm_opened(self):
        """A page is opened meanwhile: an event in the same trace."""
        party = request.env(su=True)['esign.party'].browse(self._enter()['party'])
        return self._answer(lambda: bool(party.group_id._trace('opened', identity=self._identity(party))))

    def _identity(self, party):
        found = request.env['esign.identity']._available(party.person_id.user_id)
        return next(one for one in found if one.is_person)
