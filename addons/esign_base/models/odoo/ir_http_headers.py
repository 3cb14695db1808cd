import secrets

from werkzeug.exceptions import HTTPException

from odoo import models
from odoo.http import request

# What a page of the portal may load and do (CSP level 3). What had to be allowed, and why:
# - script-src 'nonce-…': two scripts that Odoo's layout writes into every page (token of forms, session facts);
# - script-src 'unsafe-eval': OWL makes functions of its templates in the browser (`new Function`);
# - script-src-attr: one text, by its digest, which Odoo writes at the scripts of its bundles (``__odooAssetError=1``);
# - style-src-attr 'unsafe-inline': positions of what stands on a page are style attributes, which OWL sets as text;
# - img-src data: and blob:: captchas and drawn signatures, pictures in style sheets; pages drawn by pdf.js;
# - connect-src blob:: verification draws the browser's own copy of the file that was sent;
# - font-src data:: fonts that pdf.js takes out of a document.
PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; "
    "script-src-attr 'unsafe-hashes' 'sha256-8yDIMBSmZv57Ba62SxKgyLxU6rUm3YRxan7K7J0owqQ='; style-src-elem 'self'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:; "
    "worker-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
# The web client is Odoo's own and loads what its modules want; it is held where that breaks none of them.
CLIENT = "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
FRAMES = "frame-ancestors 'self'"
HEADERS = {
    'X-Frame-Options': 'SAMEORIGIN',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
}
NONCE_BYTES = 18
# Pages name who is logged in, error pages as well: no cache and no "back" after the log-out brings them again.
NOT_KEPT = 'no-store'
BAD = 400


def page_nonce():
    """The word that marks the scripts of this answer as the server's own; empty outside of a request."""
    if not request:
        return ''
    if not hasattr(request, 'esign_nonce'):
        request.esign_nonce = secrets.token_urlsafe(NONCE_BYTES)
    return request.esign_nonce


class IrHttp(models.AbstractModel):
    """Every page says what it may load, who may frame it and what is told to other sites; behind any proxy."""

    _inherit = 'ir.http'

    @classmethod
    def _post_dispatch(cls, response):
        super()._post_dispatch(response)
        _harden(response)

    @classmethod
    def _redirect(cls, location, code=303):
        """Redirects of the language step are answers that pass no other place."""
        response = super()._redirect(location, code)
        _harden(response)
        return response

    @classmethod
    def _handle_error(cls, exception):
        response = super()._handle_error(exception)
        if isinstance(response, HTTPException):
            response = response.get_response(request.httprequest.environ)
        if hasattr(response, 'headers'):
            _harden(response)
            response.headers['Cache-Control'] = NOT_KEPT
        return response


def _harden(response):
    headers = response.headers
    is_page = headers.get('Content-Type', '').startswith('text/html')
    if response.status_code >= BAD:
        headers['Cache-Control'] = NOT_KEPT
    elif is_page and request.session.uid:
        headers.setdefault('Cache-Control', NOT_KEPT)  # files say themselves how long they are kept
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    # What is stricter already (files that people sent in) stays so; Odoo's own pages say only who may frame them.
    said = headers.get('Content-Security-Policy', FRAMES)
    if said == FRAMES and is_page:
        ours = getattr(request, 'is_frontend', True) or request.httprequest.path == '/web/login'
        headers['Content-Security-Policy'] = PAGE.format(nonce=page_nonce()) if ours else CLIENT


class IrQweb(models.AbstractModel):
    _inherit = 'ir.qweb'

    def _prepare_environment(self, values):
        values['esign_nonce'] = page_nonce()
        return super()._prepare_environment(values)
