from odoo import http
from odoo.http import request

from ..models.seals.esign_handwriting import MAX_BYTES
from ..tools.answer import Answer
from ..tools.qr import qr_svg
from .forms import EsignForms
from .json_route import TEXT, json_route

SEALS = '/my/esign/seals'


class EsignSealPages(EsignForms):
    """个人签章: the seals of a person, and the pad on their phone."""

    def _seal_person(self):
        identity = self._identity()
        return identity if getattr(identity, 'person', None) and identity.is_person else None

    def _own_seal(self, seal_id):
        me = self._seal_person()
        return request.env['esign.seal']._own(me.person, seal_id) if me else request.env['esign.seal']

    @http.route(SEALS, type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def personal_seals(self, **_kw):
        """The person's seals."""
        me = self._seal_person()
        if not me:
            return request.redirect('/my/esign')
        return self._render('esign_base.centre_seals', {**request.env['esign.seal']._person_page(me), 'identity': me})

    @http.route(f'{SEALS}/<int:seal_id>/image', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def seal_image(self, seal_id, **_kw):
        """Picture of a seal that the worn identity may see."""
        artwork = request.env['esign.seal']._picture_for(self._identity(), seal_id)
        if not artwork:
            raise request.not_found()
        stream = request.env['ir.binary']._get_stream_from(artwork, 'preview', 'seal.png', mimetype='image/png')
        response = stream.get_response(as_attachment=False)
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @http.route(
        f'{SEALS}/<int:seal_id>/<any(prefer,remove):act>', type='http', auth='user', website=True, methods=['POST'],
        sitemap=False,
    )  # fmt: skip
    def personal_seal_change(self, seal_id, act, **_kw):
        """Use a seal first, or remove a handwritten signature."""
        seal = self._own_seal(seal_id)
        if not seal:
            raise request.not_found()
        method = {'prefer': seal._prefer, 'remove': seal._drop_own}[act]
        done = request.env._('Saved.') if act == 'prefer' else request.env._('The signature was removed.')
        self._flash_answer(self._attempt(lambda: method(self._seal_person().person)), done)
        return request.redirect(SEALS)

    @http.route(f'{SEALS}/handwriting', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def handwriting_new(self, **_kw):
        """Show the code that the phone scans. The link is in this answer only."""
        me = self._seal_person()
        if not me:
            return request.redirect('/my/esign')
        opened = self._attempt(lambda: request.env['esign.handwriting']._open(me.person))
        if not opened:
            self._flash_answer(opened)
            return request.redirect(SEALS)
        record, token = opened.data
        # The token is in the fragment: browsers do not send it, so it is in no server's log.
        link = f'{request.httprequest.host_url.rstrip("/")}/esign/pad#{token}'
        code = qr_svg(link, request.env._('QR code for your phone'))
        return self._render(
            'esign_base.handwriting_wait', {'record': record, 'code': code, 'link': link, 'identity': me}
        )

    @json_route(f'{SEALS}/handwriting/<int:record_id>/state')
    def handwriting_state(self, record_id):
        """What the computer's page asks for again and again."""
        me = self._seal_person()
        record = request.env['esign.handwriting']._of(me.person, record_id) if me else None
        return Answer.yes(record._status() if record else {'state': 'expired', 'opened': False, 'picture': ''})

    @http.route(
        f'{SEALS}/handwriting/<int:record_id>/keep', type='http', auth='user', website=True, methods=['POST'],
        sitemap=False,
    )  # fmt: skip
    def handwriting_keep(self, record_id, name='', **_kw):
        """Make the written signature a seal."""
        me = self._seal_person()
        record = request.env['esign.handwriting']._of(me.person, record_id) if me else None
        if not record:
            raise request.not_found()
        self._flash_answer(self._attempt(lambda: record._keep(name)), request.env._('The signature was added.'))
        return request.redirect(SEALS)


class EsignPad(EsignForms):
    """The page on the phone. Who holds the link of the code may write once; nothing else is shown."""

    @http.route('/esign/pad', type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def pad_page(self, **_kw):
        """The pad; the link's secret part stays in the browser until it is posted."""
        return self._render('esign_base.pad')

    @json_route('/esign/pad/enter', auth='public', token=TEXT)
    def pad_enter(self, token):
        """The phone is there."""
        return self._attempt(lambda: self._pad_enter(token[:100]))

    def _pad_enter(self, token):
        request.env['esign.handwriting']._enter(token)

    def _pad_write(self, token, payload):
        request.env['esign.handwriting']._write_strokes(token, payload)

    @http.route(
        '/esign/pad/write', type='http', auth='public', website=True, methods=['POST'], csrf=False,
        max_content_length=MAX_BYTES,
    )  # fmt: skip
    def pad_write(self, **_kw):
        """Take the strokes: JSON as body, the link's token in a header; no session is used."""
        token = request.httprequest.headers.get('X-Esign-Pad', '')[:100]
        payload = request.httprequest.get_data()
        return self._json(self._attempt(lambda: self._pad_write(token, payload)))
