from odoo import http
from odoo.http import request

from odoo.addons.esign_base.controllers.json_route import ID, TEXT, json_route
from odoo.addons.esign_base.controllers.portal import EsignPortal
from odoo.addons.esign_base.tools.answer import Answer
from odoo.addons.esign_base.tools.api_values import Flag, Items, Maybe, Named

from ..tools.room_address import OWN

ROOM = OWN.root
# What a page sends to freeze what it shows; what stands in `items` and `seals` is checked with the documents.
FREEZE = {
    'key': TEXT,
    'contracts': Items(ID),
    'items': (Maybe(Named()), None),
    'seals': (Maybe(Named()), None),
    'finish': (Flag(), True),
    'code': (Flag(), False),
}


class EsignRoom(EsignPortal):
    """The signing room: one page, and what it asks for while somebody signs."""

    def _signer(self):
        """The identity worn, None for logins without a person."""
        identity = self._identity()
        return identity if getattr(identity, 'person', None) else None

    def _answered(self, method, *args, **kwargs):
        """What one method answers to the signer."""
        return self._attempt(lambda: method(self._signer(), *args, **kwargs))

    def _answered_room(self, group_id):
        return self._answered(request.env['esign.contract.group']._room, group_id, OWN)

    @http.route(f'{ROOM}/<int:group_id>', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def signing_room(self, group_id, **_kw):
        """The room of one contract group."""
        answer = self._answered_room(group_id)
        return self._render('esign_sign.room', {'answer': answer}, status=200 if answer else 404)

    @http.route(
        f'{ROOM}/<int:group_id>/file/<int:contract_id>/<int:number>', type='http', auth='user', methods=['GET'],
        sitemap=False,
    )  # fmt: skip
    def signing_room_file(self, group_id, contract_id, number, **_kw):
        """One revision of a contract, in ranges if asked for."""
        groups = request.env['esign.contract.group']
        found = self._answered(groups._room_file, group_id, contract_id, number)
        if not found:
            return request.not_found()
        stream = request.env['ir.binary']._get_stream_from(found.data.file_id, 'raw', 'contract.pdf')
        response = stream.get_response(as_attachment=False, immutable=False)
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @json_route(f'{ROOM}/<int:group_id>/room')
    def signing_room_again(self, group_id):
        """What the page shows, after something has changed."""
        return self._answered_room(group_id)

    @json_route(f'{ROOM}/<int:group_id>/freeze', **FREEZE)
    def signing_room_freeze(self, group_id, key, contracts, **asked):
        """Freeze what will be signed and, if asked to, send the code for it."""
        return self._answered(request.env['esign.signing.act']._room_freeze, group_id, key, contracts, **asked)

    @json_route(f'{ROOM}/act/<int:act_id>/consent')
    def signing_room_consent(self, act_id):
        """Send the code."""
        return self._answered(request.env['esign.signing.act']._room_consent, act_id)

    @json_route(f'{ROOM}/act/<int:act_id>/confirm', code=TEXT)
    def signing_room_confirm(self, act_id, code):
        """Give the code and sign."""
        return self._answered(request.env['esign.signing.act']._room_confirm, act_id, code)

    @json_route(f'{ROOM}/act/<int:act_id>/status')
    def signing_room_status(self, act_id):
        """How far the signing is; with its end comes the room as it is then."""
        answer = self._answered(request.env['esign.signing.act']._room_status, act_id)
        return with_room(answer, self._answered_room)

    @json_route(f'{ROOM}/<int:group_id>/refuse', reason=TEXT)
    def signing_room_refuse(self, group_id, reason):
        """拒签: refuse with a reason."""
        return self._answered(request.env['esign.contract.group']._room_refuse, group_id, reason)

    @json_route(f'{ROOM}/<int:group_id>/read')
    def signing_room_read(self, group_id):
        """Every page has been shown."""
        return self._answered(request.env['esign.contract.group']._room_read, group_id)

    @json_route(f'{ROOM}/<int:group_id>/find', contract=ID, keyword=TEXT)
    def signing_room_find(self, group_id, contract, keyword):
        """Where a keyword stands in a contract."""
        return self._answered(
            lambda identity: {
                'matches': request.env['esign.contract.group']._room_find(identity, group_id, contract, keyword)
            }
        )


def with_room(answer, ask):
    """The status of an act; with its end comes the room as it is then.

    :param ask: gives the answer to who asks for the room of a group (id).
    """
    if answer.data.get('state') != 'done':
        return answer
    room = ask(answer.data['group'])
    return Answer.yes({**answer.data, 'room': room.data}) if room else answer
