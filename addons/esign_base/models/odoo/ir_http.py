from odoo import SUPERUSER_ID, models
from odoo.http import request

from ...rules import targets

# A form without files: pages that take files say how much they take. Nothing longer is read.
LARGEST_FORM = 2 * 1024 * 1024


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Portal scripts get the translations of every addon of this system."""
        names = super()._get_translation_frontend_modules_name()
        installed = cls.pool._init_modules
        return [*names, *sorted(name for name in installed if name.startswith('esign_'))]

    @classmethod
    def _match(cls, path):
        """A visitor reads the language of the platform until another one is chosen.

        Contracts have one language; which one the browser of a visitor asks for says little about it.
        """
        if not request.session.uid:
            env = request.env(user=SUPERUSER_ID)
            chosen = env['ir.http'].get_nearest_lang(request.cookies.get('frontend_lang'))
            language = chosen or env['ir.default']._get('res.partner', 'lang')
            if language and env['res.lang']._get_data(code=language):
                request.update_context(lang=language)
        return super()._match(path)

    @classmethod
    def _redirect(cls, location, code=303):
        """Whatever leads elsewhere by its spelling leads home: every redirect passes here, Odoo's own as well."""
        return super()._redirect(location if targets.is_plain(location) else targets.HOME, code)

    @classmethod
    def _get_error_html(cls, env, code, values):
        """Errors look like the rest of the portal and tell nobody, debugging or not, how the server is built.

        What went wrong is in the server's log. Where this page fails as well, Odoo shows its own, which
        gives the inside away to whoever asks for debugging: it is left nothing to show.
        """
        exception = values.get('exception')
        for inside in ('exception', 'traceback', 'error_message', 'qweb_exception'):
            values.pop(inside, None)
        portal = env['esign.portal']
        identity = portal._esign_identity()
        page = {
            **portal._esign_shell(identity),
            'flashes': [],
            'error': portal._esign_error_page(identity, code, exception),
        }
        return code, env['ir.ui.view']._render_template('esign_base.error_page', page)

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Our pages refuse a body that none of their forms can have, before it is read."""
        super()._pre_dispatch(rule, args)
        if 'max_content_length' not in rule.endpoint.routing and request.env['esign.portal']._esign_is_ours(rule.rule):
            request.httprequest.max_content_length = LARGEST_FORM
