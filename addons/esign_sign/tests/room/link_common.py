"""Signing links in tests: made, opened and entered as a browser does."""

from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase

from odoo.addons.esign_base.tests.answers import flat

from ..common import CODE, EngineCase

KEY = 'a1' * 16


class LinkCase(EngineCase, HttpCase):
    """Carol signs by links that the own enterprise's system hands out; Bob is somebody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for person in (cls.bob, cls.carol):
            person.user_id.password = person.user_id.login
        cls.startClassPatcher(patch.object(type(cls.env['esign.otp']), '_send_after_commit', lambda *_args: None))
        cls.startClassPatcher(
            patch.object(type(cls.env['esign.signing.act']), '_perform_after_commit', lambda _act: None)
        )

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.clear_limits()

    def group(self, *parties, **values):
        return self.launch(self.group_draft(list(parties) or [self.carol], **values))

    def link(self, group, person=None):
        """(record, token) of a new link for a person's party."""
        party = group.party_ids.filtered(lambda one: one.person_id == (person or self.carol))
        link, url = self.env['esign.sign.link']._make(party)
        address, _hash, token = url.partition('#')
        self.assertTrue(address.endswith('/esign/sign'))
        return link, token

    def call(self, path, **params):
        answer = flat(self.make_jsonrpc_request(f'/esign/sign/{path}', params))
        if path == 'enter':  # the session has another name now
            self.session = http.root.session_store.get(self.session_name())
        return answer

    def session_name(self):
        """What this browser sends."""
        return [cookie.value for cookie in self.opener.cookies if cookie.name == 'session_id'][-1]

    def give(self, code):
        """Post the code on the page."""
        return self.url_open(
            '/esign/sign/code', {'code': code, 'csrf_token': http.Request.csrf_token(self)}, allow_redirects=False
        )

    def enter(self, token):
        """Open a link and give the code; the room is open."""
        self.assertEqual(self.call('enter', token=token)['url'], '/esign/sign/code')
        self.assertEqual(self.call('code/send')['wait'], 60)
        answer = self.give(CODE)
        self.assertEqual((answer.status_code, answer.headers.get('Location')), (303, '/esign/sign/room'))
        self.session = http.root.session_store.get(answer.cookies['session_id'])  # it has another name now

    def refused(self, answer):
        self.assertEqual(answer['outcome'], 'LINK_REFUSED', answer)

    def link_freeze(self, group):
        return self.call(f'{group.id}/freeze', key=KEY, contracts=group.contract_ids.ids)

    def closed(self, group):
        """Nothing of a group's room answers this session."""
        contract = group.contract_ids[0]
        number = contract.document_id.revision_number
        self.assertEqual(self.url_open('/esign/sign/room').status_code, 404)
        self.assertEqual(self.url_open(f'/esign/sign/{group.id}/file/{contract.id}/{number}').status_code, 404)
        self.refused(self.call(f'{group.id}/room'))
        self.refused(self.call(f'{group.id}/read'))
        self.refused(self.call(f'{group.id}/find', contract=contract.id, keyword='page'))
        self.refused(self.call(f'{group.id}/refuse', reason='x'))
        self.refused(self.link_freeze(group))
