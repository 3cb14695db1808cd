import base64
import binascii

from odoo import http
from odoo.http import request

from ..errors import EsignError, RateLimited
from ..tools.visitor import visitor_network

LARGEST = 8 * 1024
TIMES = {'crl': 3600, 'cer': 86400}


class EsignPki(http.Controller):
    """What certificates point to: issuers' certificates, CRLs, OCSP (RFC 6960), time stamps (RFC 3161).

    Public by nature; requests are small and answers hold nothing but what is signed.
    """

    @http.route('/pki/<any(root,issuing):which>.cer', type='http', auth='public', methods=['GET'], save_session=False)
    def certificate(self, which):
        """Certificate of an authority, DER."""
        found = request.env['esign.authority']._certificate_der(which)
        if not found:
            raise request.not_found()
        return _answer(found, 'application/pkix-cert', TIMES['cer'])

    @http.route('/pki/<any(root,issuing):which>.crl', type='http', auth='public', methods=['GET'], save_session=False)
    def crl(self, which):
        """CRL of an authority, DER."""
        return self._try('_crl_der', which, 'application/pkix-crl', TIMES['crl'])

    @http.route(
        '/pki/ocsp', type='http', auth='public', methods=['POST'], csrf=False, save_session=False,
        max_content_length=LARGEST,
    )  # fmt: skip
    def ocsp(self, **_kw):
        """OCSP by POST (RFC 6960 appendix A.1)."""
        return self._limited('pki.ocsp') or self._try(
            '_ocsp_der', request.httprequest.get_data(), 'application/ocsp-response', 0
        )

    @http.route('/pki/ocsp/<path:encoded>', type='http', auth='public', methods=['GET'], save_session=False)
    def ocsp_get(self, encoded):
        """OCSP by GET: the request as base64 in the address (RFC 6960 appendix A.1)."""
        try:
            asked = base64.b64decode(encoded[:LARGEST], validate=True)
        except (ValueError, binascii.Error):
            asked = b''
        return self._limited('pki.ocsp') or self._try('_ocsp_der', asked, 'application/ocsp-response', 0)

    @http.route(
        '/pki/tsa', type='http', auth='public', methods=['POST'], csrf=False, save_session=False,
        max_content_length=LARGEST,
    )  # fmt: skip
    def tsa(self, **_kw):
        """Time stamp (RFC 3161 §3.4)."""
        if request.httprequest.mimetype != 'application/timestamp-query':
            return request.make_response(b'', status=415)
        return self._limited('pki.tsa') or self._try(
            '_tsa_der', request.httprequest.get_data(), 'application/timestamp-reply', 0
        )

    def _limited(self, purpose):
        """The refusal of an address that asks too much: by HTTP (RFC 6585 §4), for no failure of RFC 3161 says it.

        The platform's own stamps are made inside and not counted.
        """
        try:
            request.env['esign.rate.limit']._take_by_rule(purpose, visitor_network())
        except RateLimited as error:
            return request.make_response(b'', headers=[('Retry-After', str(error.details['wait']))], status=429)
        return None

    def _try(self, method, argument, mimetype, seconds):
        try:
            found = getattr(request.env['esign.authority'], method)(argument)
        except EsignError:
            return request.make_response(b'', headers=[('Retry-After', '60')], status=503)
        return _answer(found, mimetype, seconds)


def _answer(data, mimetype, seconds):
    cache = f'public, max-age={seconds}' if seconds else 'no-store'
    headers = [('Content-Type', mimetype), ('Cache-Control', cache), ('X-Content-Type-Options', 'nosniff')]
    return request.make_response(data, headers=headers)
