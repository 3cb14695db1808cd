from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.esign_base.controllers.forms import EsignForms
from odoo.addons.esign_base.tools.answer import OPEN

from ..models.esign_verification import LARGEST

VERIFY = '/esign/verify'
# Beyond this the server does not read on; up to it a clear page answers.
CUT_OFF = LARGEST + 32 * 2**20


class EsignVerificationPages(EsignForms):
    """文档验证: anyone uploads a file and learns whether it is genuine."""

    def _verify_form(self, answer=OPEN, sha256='', status=200):
        verifications = request.env['esign.verification']
        digest = verifications._clean_digest(sha256)
        values = {
            'errors': answer.errors,
            'digest': digest,
            'issued': bool(digest) and verifications._is_known_digest(digest),
            'largest': LARGEST,
        }
        page = self._render('esign_verify.verify_page', values, status=status)
        if answer.wait:
            page.headers['Retry-After'] = str(answer.wait)
        return page

    @http.route(VERIFY, type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def verify_page(self, sha256='', **_kw):
        """The page to upload to; ``sha256`` comes from the code on a report."""
        return self._verify_form(sha256=sha256)

    @http.route(
        VERIFY, type='http', auth='public', website=True, methods=['POST'], sitemap=False, max_content_length=CUT_OFF
    )
    def verify_upload(self, file=None, sha256='', **_kw):
        """Verify the uploaded file and lead to the answer."""
        verifications = request.env['esign.verification']
        counted = self._attempt(lambda: verifications._count(self._address()))
        if not counted:
            return self._verify_form(counted, sha256, status=429)
        data = file.read(LARGEST + 1) if hasattr(file, 'read') else b''
        found = self._attempt(lambda: verifications._check(data, wanted=sha256))
        if not found:
            return self._verify_form(found, sha256, status=413 if len(data) > LARGEST else 429 if found.wait else 422)
        _record, token = found.data
        return request.redirect(f'{VERIFY}/{token}', code=303)

    @http.route(f'{VERIFY}/<string:token>', type='http', auth='public', website=True, methods=['GET'], sitemap=False)
    def verify_result(self, token, **_kw):
        """The answer, for whoever holds its address."""
        found = self._attempt(lambda: request.env['esign.verification']._of_token(token))
        if not found:
            return self._verify_form(found, status=404)
        values = {'result': found.data._shown(self._identity()), 'token': token}
        response = self._render('esign_verify.verify_result', values)
        response.headers['Referrer-Policy'] = 'no-referrer'
        response.headers['X-Robots-Tag'] = 'noindex'
        return response

    @http.route(
        f'{VERIFY}/<string:token>/report', type='http', auth='public', website=True, methods=['POST'], sitemap=False
    )
    def verify_report(self, token, **_kw):
        """The answer as a signed PDF."""
        made = self._attempt(
            lambda: request.env['esign.verification']._report_of(token, self._identity(), self._address())
        )
        if not made:
            self._flash_answer(made)
            return request.redirect(f'{VERIFY}/{token}')
        return file_answer(*made.data, 'application/pdf')


def file_answer(name, data, mimetype):
    """A download that no cache keeps."""
    headers = [
        ('Content-Type', mimetype),
        ('Content-Disposition', content_disposition(name)),
        ('Cache-Control', 'no-store'),
        ('X-Content-Type-Options', 'nosniff'),
    ]
    return request.make_response(data, headers=headers)
