from odoo import http
from odoo.http import request

from odoo.addons.esign_base.controllers.account import SECONDS
from odoo.addons.esign_base.controllers.forms import EsignForms
from odoo.addons.esign_base.controllers.json_route import ID, TEXT, json_route
from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.answer import Answer

from ..tools.room_address import CHANGED, LINKED, OWN
from .room import FREEZE, with_room

ROOM = LINKED.root
LINK_KEY = 'esign_link'
TOKEN_LENGTH = 100


def link_json(path, **kinds):
    """What the room of a link asks for, with the kinds of its arguments."""
    return json_route(f'{ROOM}/{path}', auth='public', **kinds)


class EsignLink(EsignForms):
    """The way in by a signing link, and the signing room behind it: of one group, for one person.

    The session holds which link was opened, for whom, and how the room was entered; whether the link still
    lives, and still lets in this person in this way, is asked at every request.
    """

    # The way in -------------------------------------------------------------------------------

    @http.route(ROOM, type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def link_page(self, **_kw):
        """The page of the link; its secret part stays in the browser until it is posted."""
        return self._link_secret(self._render('esign_sign.link'))

    @http.route(CHANGED, type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def link_changed_page(self, **_kw):
        """What to do with a link that was changed on its way: `ir.http` leads here from every such path."""
        return self._link_secret(self._render('esign_sign.link_changed', status=400))

    def _link_secret(self, response):
        response.headers['Referrer-Policy'] = 'no-referrer'
        return response

    @link_json('enter', token=TEXT)
    def link_enter(self, token):
        """Open the link: where to go on, or why not."""
        return self._attempt(lambda: {'url': self._link_open(token[:TOKEN_LENGTH])})

    def _link_open(self, token):
        link = request.env['esign.sign.link']._by_token(token, self._address())
        user, person = request.env.user, link.person_id
        if not user._is_public():
            if user != person.user_id:
                raise EsignError(
                    request.env._('This link is for somebody else than who is logged in here. Log out first.'),
                    'LINK_OTHER',
                )
            link._enter()
            request.env['esign.identity']._wear(link._identity().key)
            request.session.should_rotate = True
            return f'{OWN.root}/{link.group_id.id}'
        asks = link._enter()
        self._link_visit(link, '' if asks else 'open')
        return f'{ROOM}/code' if asks else f'{ROOM}/room'

    def _link_visit(self, link, inside):
        """Begin a visit under a new name of the session: who knows the former one stays outside."""
        request.session[LINK_KEY] = {'link': link.id, 'person': link.person_id.id, 'inside': inside}
        request.session.should_rotate = True

    @http.route(f'{ROOM}/code', type='http', auth='public', website=True, methods=['GET', 'POST'], sitemap=False)
    def link_code(self, code='', **_kw):
        """The code to the registered mobile that opens the room."""
        kept = self._attempt(lambda: self._link_kept(inside=False))
        link, errors = kept.data if kept else None, kept.errors
        if link and request.httprequest.method == 'POST':
            given = self._attempt(lambda: link._check_code(code))
            if given:
                self._link_visit(link, 'code')
                return request.redirect(f'{ROOM}/room')
            errors = {'code': given.message}
        mobile = link.person_id.mobile_masked if link else ''
        values = {'link': link, 'mobile': mobile, 'errors': errors}
        return self._link_secret(self._render('esign_sign.link_code', values, status=200 if link else 404))

    @link_json('code/send', purpose=TEXT)
    def link_send_code(self, **_purpose):
        """Send the code."""
        sent = self._attempt(lambda: self._link_kept(inside=False)._send_code())
        return Answer.yes({'wait': SECONDS}) if sent else sent

    # Who is inside ----------------------------------------------------------------------------

    def _link_kept(self, *, inside=True, result=False):
        """The link of this session.

        :param inside: the code must have been given, where one is needed.
        :param result: also when the session has signed by it, for a while.
        :raises EsignError: ``LINK_REFUSED``.
        """
        visit = request.session.get(LINK_KEY) or {}
        return request.env['esign.sign.link']._of_visit(visit, inside=inside, result=result)

    def _link_answered(self, ask, *, group_id=None, act_id=None, after=None):
        """What one method answers for the person of the link.

        :param ask: takes the environment of the person's login and the identity.
        :param after: what is asked instead once the person has signed; nothing is answered then without.
        """
        return self._attempt(lambda: self._link_ask(ask, group_id, act_id, after))

    def _link_ask(self, ask, group_id, act_id, after):
        link = self._link_kept(result=after is not None)
        asked = ask if link._is_open() else after
        mine = asked is ask or act_id in (None, request.session[LINK_KEY]['act'])
        if not mine or not link._admits(group_id, act_id):
            raise request.env['esign.sign.link']._refusal()
        identity = link._identity()
        return asked(request.env(user=identity.user), identity)

    def _link_room_values(self, group_id):
        """The room; when the person has signed, what was signed."""
        return self._link_answered(
            lambda env, identity: env['esign.contract.group']._room(identity, group_id, LINKED),
            group_id=group_id,
            after=lambda env, identity: env['esign.contract.group']._room_result(
                identity, group_id, self._link_kept(result=True)._result_until(), LINKED
            ),
        )

    # The room ---------------------------------------------------------------------------------

    @http.route(f'{ROOM}/room', type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def link_room(self, **_kw):
        """The signing room of the link's group."""
        kept = (request.session.get(LINK_KEY) or {}).get('link')
        group_id = request.env['esign.sign.link'].sudo().browse(kept or []).exists().group_id.id
        answer = self._link_room_values(group_id)
        template = 'esign_sign.room' if answer else 'esign_sign.link_over'
        return self._link_secret(self._render(template, {'answer': answer}, status=200 if answer else 404))

    @http.route(
        f'{ROOM}/<int:group_id>/file/<int:contract_id>/<int:number>', type='http', auth='public', methods=['GET'],
        sitemap=False,
    )  # fmt: skip
    def link_file(self, group_id, contract_id, number, **_kw):
        """One revision of a contract of the link's group."""
        wanted = group_id, contract_id, number
        found = self._link_answered(
            lambda env, identity: env['esign.contract.group']._room_file(identity, *wanted),
            group_id=group_id,
            after=lambda env, identity: env['esign.contract.group']._room_result_file(identity, *wanted),
        )
        if not found:
            return request.not_found()
        name = request.env['esign.contract'].sudo().browse(contract_id)._file_name()
        stream = request.env['ir.binary']._get_stream_from(found.data.file_id.sudo(), 'raw', name)
        response = stream.get_response(as_attachment=False, immutable=False)
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @http.route(f'{ROOM}/seal/<int:seal_id>', type='http', auth='public', methods=['GET'], sitemap=False)
    def link_seal(self, seal_id, **_kw):
        """The picture of a seal of the link's person."""
        found = self._attempt(lambda: request.env['esign.seal']._picture_for(self._link_kept()._identity(), seal_id))
        if not found or not found.data:
            return request.not_found()
        stream = request.env['ir.binary']._get_stream_from(found.data, 'preview', 'seal.png', mimetype='image/png')
        response = stream.get_response(as_attachment=False)
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @link_json('<int:group_id>/room')
    def link_room_again(self, group_id):
        """What the page shows, after something has changed."""
        return self._link_room_values(group_id)

    @link_json('<int:group_id>/freeze', **FREEZE)
    def link_freeze(self, group_id, key, contracts, **asked):
        """Freeze what will be signed and, if asked to, send the code for it."""
        return self._link_answered(
            lambda env, identity: env['esign.signing.act']._room_freeze(identity, group_id, key, contracts, **asked),
            group_id=group_id,
        )

    @link_json('<int:group_id>/refuse', reason=TEXT)
    def link_refuse(self, group_id, reason):
        """拒签: refuse with a reason. The answer brings the room: the link opens it no more."""

        def refuse(env, identity):
            groups = env['esign.contract.group']
            groups._room_refuse(identity, group_id, reason)
            return {'room': groups._room(identity, group_id, LINKED)}

        return self._link_answered(refuse, group_id=group_id)

    @link_json('<int:group_id>/read')
    def link_read(self, group_id):
        """Every page has been shown."""
        return self._link_answered(
            lambda env, identity: env['esign.contract.group']._room_read(identity, group_id), group_id=group_id
        )

    @link_json('<int:group_id>/find', contract=ID, keyword=TEXT)
    def link_find(self, group_id, contract, keyword):
        """Where a keyword stands in a contract."""
        return self._link_answered(
            lambda env, identity: {
                'matches': env['esign.contract.group']._room_find(identity, group_id, contract, keyword)
            },
            group_id=group_id,
        )

    @link_json('act/<int:act_id>/consent')
    def link_consent(self, act_id):
        """Send the code for what is signed."""
        return self._link_answered(
            lambda env, identity: env['esign.signing.act']._room_consent(identity, act_id), act_id=act_id
        )

    @link_json('act/<int:act_id>/confirm', code=TEXT)
    def link_confirm(self, act_id, code):
        """Give the code and sign; the session keeps what it signed."""

        def confirm(env, identity):
            return env['esign.signing.act']._room_confirm(identity, act_id, code)

        answer = self._link_answered(confirm, act_id=act_id, after=confirm)
        if answer:
            request.session[LINK_KEY] = {**request.session[LINK_KEY], 'act': act_id}
        return answer

    @link_json('act/<int:act_id>/status')
    def link_status(self, act_id):
        """How far the signing is; with its end comes what the link still shows."""

        def status(env, identity):
            return env['esign.signing.act']._room_status(identity, act_id)

        return with_room(self._link_answered(status, act_id=act_id, after=status), self._link_room_values)
