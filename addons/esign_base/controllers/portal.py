from odoo import http
from odoo.http import request

from ..tools.answer import attempt

FLASH_KEY = 'esign_flash'
FLASH_TONES = ('ok', 'info', 'wait', 'bad')


class EsignPortal(http.Controller):
    """Base of all portal pages of electronic contracts.

    A page resolves who asks by `_identity()`, calls one method of a model and answers by `_render()`.
    """

    def _identity(self):
        """The identity worn in this request, None for a visitor."""
        return request.env['esign.portal']._esign_identity()

    def _render(self, template, values=None, *, status=200):
        """Render a page that calls `esign_base.portal_shell`."""
        values = dict(values or {})
        identity = values.pop('identity', None) or self._identity()
        shell = request.env['esign.portal']._esign_shell(identity)
        flashes = request.session.pop(FLASH_KEY, [])
        response = request.render(template, {**shell, 'flashes': flashes, **values}, status=status)
        response.headers['Cache-Control'] = 'no-store'
        return response

    def _attempt(self, act, **differs):
        """Run one act of a page; see :func:`..tools.answer.attempt`."""
        return attempt(request.env, act, **differs)

    def _json(self, answer):
        """An answer to a page that posts a file or a form by itself."""
        return request.make_json_response(answer.as_json())

    def _flash_answer(self, answer, done='', tone='bad'):
        """Tell on the next page how an act went.

        :param done: what to say when it was done; nothing is said without.
        :param tone: of a refusal.
        """
        if not answer:
            self._flash(answer.message, tone)
        elif done:
            self._flash(done)

    def _flash(self, text, tone='ok'):
        """Show a message on the next page, after a redirect."""
        if tone not in FLASH_TONES:
            msg = f'unknown tone {tone!r}'
            raise ValueError(msg)
        request.session[FLASH_KEY] = [*request.session.get(FLASH_KEY, []), {'text': str(text), 'tone': tone}]


class EsignHome(EsignPortal):
    @http.route('/my/esign', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def home(self, **_kw):
        """The home page: what waits for this identity."""
        identity = self._identity()
        values = request.env['esign.portal']._esign_home(identity)
        return self._render('esign_base.portal_home', {**values, 'identity': identity})

    @http.route('/esign/icons.svg', type='http', auth='public', methods=['GET'], sitemap=False, save_session=False)
    def icons(self):
        """The icons of all addons, for boards in the web client; portal pages have them inside."""
        sprite = request.env['ir.qweb']._render('esign_base.icon_sprite')
        return request.make_response(
            sprite, [('Content-Type', 'image/svg+xml; charset=utf-8'), ('Cache-Control', 'public, max-age=3600')]
        )
