import base64
import json
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from ..answers import given
from ..keys_common import TokenMixin

PASSWORD = 'Seal-pages-2026'
STROKES = json.dumps([[[0, 0, 0.5], [1, 1, 0.7], [2, 0.5, 0.4]], [[0.5, 2], [2, 2.5]]])


class PagesCase(TokenMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zhang, cls.li = cls._person('张三', '13800009001'), cls._person('李四', '13800009002')

    @classmethod
    def _person(cls, name, mobile):
        users = cls.env['res.users']._esign_own_account()
        user = new_test_user(users.env, mobile, 'base.group_portal', name=name, password=PASSWORD)
        person = cls.env['esign.person'].create(
            {'user_id': user.id, 'partner_id': user.partner_id.id, 'name': name, 'mobile': mobile}
        )
        person._move('verified')
        return person

    def post(self, url, **data):
        from odoo.http import Request

        return self.url_open(url, data={'csrf_token': Request.csrf_token(self), **data}, allow_redirects=False)

    def rpc(self, url, **params):
        return self.make_jsonrpc_request(url, params)


@tagged('post_install', '-at_install')
class TestPersonalSealPages(PagesCase):
    # R1.7
    def test_page_and_picture_are_ones_own(self):
        mine = self.env['esign.seal']._owned(self.zhang)
        theirs = self.env['esign.seal']._owned(self.li)
        self.authenticate('13800009001', PASSWORD)
        page = self.url_open('/my/esign/seals')
        self.assertEqual(page.status_code, 200)
        self.assertIn(f'/my/esign/seals/{mine.id}/image', page.text)
        picture = self.url_open(f'/my/esign/seals/{mine.id}/image')
        self.assertEqual((picture.status_code, picture.headers['Content-Type']), (200, 'image/png'))
        self.assertTrue(picture.content.startswith(b'\x89PNG'))
        self.assertEqual(self.url_open(f'/my/esign/seals/{theirs.id}/image').status_code, 404)
        for address in (
            f'/web/content/{mine.artwork_id.id}',
            f'/web/image/esign.seal.artwork/{theirs.artwork_id.id}/preview',
        ):
            self.assertNotEqual(self.url_open(address).content, picture.content)

    # R1.7
    def test_the_code_is_shown_once_and_its_secret_is_no_address(self):
        self.authenticate('13800009001', PASSWORD)
        page = self.post('/my/esign/seals/handwriting')
        self.assertEqual(page.status_code, 200)
        self.assertIn('class="es-qr"', page.text)
        # The secret stands behind '#': a browser never sends it in a request line.
        self.assertRegex(page.text, r'/esign/pad#[\w-]{43}"')

    def test_visitors_see_nothing(self):
        mine = self.env['esign.seal']._owned(self.zhang)
        for address in ('/my/esign/seals', f'/my/esign/seals/{mine.id}/image'):
            self.assertIn('/login', self.url_open(address).url)

    # R1.7
    def test_the_phone_writes_once(self):
        record, token = self.env['esign.handwriting']._open(self.zhang)
        self.assertEqual(self.url_open('/esign/pad').status_code, 200)
        self.assertEqual(given(self.rpc('/esign/pad/enter', token=token)), {})
        headers = {'X-Esign-Pad': token, 'Content-Type': 'application/octet-stream'}
        first = self.url_open('/esign/pad/write', data=STROKES, headers=headers).json()
        self.assertEqual(given(first), {})
        self.assertTrue(self.url_open('/esign/pad/write', data=STROKES, headers=headers).json()['message'])
        self.assertTrue(self.rpc('/esign/pad/enter', token=token)['message'])
        self.assertTrue(self.rpc('/esign/pad/enter', token='x' * 500)['message'])
        with self.assertRaises(JsonRpcException), mute_logger('odoo.http'):
            self.rpc('/esign/pad/enter', token='x' * 5000)
        record.invalidate_recordset()
        self.assertEqual(record.state, 'written')

    def test_too_much_is_refused_before_it_is_read(self):
        _record, token = self.env['esign.handwriting']._open(self.zhang)
        answer = self.url_open('/esign/pad/write', data=b'[' * (600 * 1024), headers={'X-Esign-Pad': token})
        self.assertEqual(answer.status_code, 413)

    def test_anothers_writing_is_not_shown(self):
        record, token = self.env['esign.handwriting']._open(self.zhang)
        self.env['esign.handwriting']._write_strokes(token, STROKES.encode())
        self.authenticate('13800009002', PASSWORD)
        state = given(self.rpc(f'/my/esign/seals/handwriting/{record.id}/state'))
        self.assertEqual((state['state'], state['picture']), ('expired', ''))


@tagged('post_install', '-at_install')
class TestPki(PagesCase):
    # R6.2
    def test_what_certificates_point_to(self):
        self.env['esign.authority']._ready()
        root = x509.load_der_x509_certificate(self.url_open('/pki/root.cer').content)
        issuing = x509.load_der_x509_certificate(self.url_open('/pki/issuing.cer').content)
        issuing.verify_directly_issued_by(root)
        for which, issuer in (('issuing', issuing), ('root', root)):
            answer = self.url_open(f'/pki/{which}.crl')
            self.assertEqual(answer.headers['Content-Type'], 'application/pkix-crl')
            crl = x509.load_der_x509_crl(answer.content)
            self.assertTrue(crl.is_signature_valid(issuer.public_key()))
            self.assertGreater(crl.next_update_utc, datetime.now(UTC))

    def test_ocsp_by_post_and_get(self):
        self.env['esign.authority']._ready()
        issuing = x509.load_der_x509_certificate(self.url_open('/pki/issuing.cer').content)
        with self.env['esign.certificate']._event(self.zhang) as lent:
            certificate = lent.certificate
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuing, hashes.SHA256()).build()
        der = asked.public_bytes(Encoding.DER)
        for answer in (
            self.url_open('/pki/ocsp', data=der, headers={'Content-Type': 'application/ocsp-request'}),
            self.url_open(f'/pki/ocsp/{base64.b64encode(der).decode()}'),
        ):
            found = ocsp.load_der_ocsp_response(answer.content)
            self.assertEqual(found.certificate_status, ocsp.OCSPCertStatus.GOOD)

    def test_nonsense_is_answered_not_raised(self):
        self.env['esign.authority']._ready()
        answer = self.url_open('/pki/ocsp', data=b'nonsense', headers={'Content-Type': 'application/ocsp-request'})
        self.assertEqual(
            ocsp.load_der_ocsp_response(answer.content).response_status, ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        )
        query = {'Content-Type': 'application/timestamp-query'}
        self.assertEqual(self.url_open('/pki/tsa', data=b'nonsense', headers=query).status_code, 200)
        self.assertEqual(self.url_open('/pki/tsa', data=b'x', headers={'Content-Type': 'text/plain'}).status_code, 415)
        self.assertEqual(self.url_open('/pki/tsa', data=bytes(20_000), headers=query).status_code, 413)
        self.assertEqual(self.url_open('/pki/other.crl').status_code, 404)
