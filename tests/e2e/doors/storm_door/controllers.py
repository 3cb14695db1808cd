"""What a signer's pages do, one request a step, without pages: for storms over many processes.

Each request runs as any request of the portal: in a worker of the server, replayed on a serialization
failure, with the same model methods. The signer is named instead of logged in; the door opens only to
who knows the key that the test gave to the server it started.
"""

import ctypes
import hmac
import os
import threading

from odoo import SUPERUSER_ID, http
from odoo.http import request

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.token import token_pool, token_settings

DOOR = {'type': 'http', 'auth': 'none', 'csrf': False, 'save_session': False, 'methods': ['POST'], 'readonly': False}


class StormDoor(http.Controller):
    """Steps of one act, and blows to the worker that answers."""

    def _enter(self):
        key = os.environ.get('ESIGN_STORM_KEY', '')
        if not key or not hmac.compare_digest(key, request.httprequest.headers.get('X-Storm', '')):
            raise request.not_found()
        request.update_env(user=SUPERUSER_ID)
        return request.get_json_data()

    def _answer(self, work):
        """The worker's id, and what came of it or the code of the refusal."""
        try:
            given = {'result': work()}
        except EsignError as refusal:
            request.env.cr.rollback()
            given = {'refused': refusal.code, 'text': str(refusal)}
        return request.make_json_response({'pid': os.getpid(), **given})

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

    @http.route('/storm/restart', **DOOR)
    def storm_restart(self):
        """Restart the token under this worker in ``after`` seconds: in the middle of what it does then."""
        after = self._enter()['after']
        pool, module = token_pool(), ctypes.CDLL(str(token_settings().module))

        def restart():
            with pool._library.lock:  # between two calls, as a token elsewhere would
                module.C_Finalize(None)
                module.C_Initialize(None)

        threading.Timer(after, restart).start()
        return self._answer(lambda: pool.health().ok)

    def _identity(self, party):
        found = request.env['esign.identity']._available(party.person_id.user_id)
        return next(one for one in found if one.is_person)
