import gc
import weakref
from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ...errors import ApiRefused
from ...models.odoo import ir_http_bodies
from ...models.odoo.ir_http_bodies import IrHttp
from .api_common import ApiCalls


class File:
    """Stands for the bytes of an upload; tells when nothing refers to it."""


@contextmanager
def without_collection():
    """No search for cycles: what is not freed at once stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@tagged('post_install', '-at_install')
class TestBodies(ApiCalls, HttpCase):
    """Long bodies: refused in words, and let go of."""

    def setUp(self):
        super().setUp()
        self.use_system()

    def test_a_call_that_is_too_long_is_refused_unread_by_both_ways(self):  # R7.1
        self.patch(ir_http_bodies, 'LARGEST_CALL', 4000)
        with patch.object(type(self.env['esign.api']), '_enter', side_effect=AssertionError('it was read')):
            told = self.both('upload_file', {'ref': 'r', 'name': 'a.pdf', 'content': 'x' * 6000})
        self.assertRegex(told, '^ESIGN_INVALID: .*MB')

    def test_a_refused_call_leaves_nothing_of_its_file(self):  # R7.1
        sent = File()
        seen = weakref.ref(sent)
        with without_collection():
            with suppress(ApiRefused):
                self.env['esign.api']._enter(type(self.env['esign.api']).upload_file.spec, (), {'content': sent})
            del sent
            self.assertIsNone(seen(), 'an error and its frames refer to each other')

    def test_errors_behind_an_error_let_go_as_well(self):
        held = []

        def fail():
            file = File()
            held.append(weakref.ref(file))
            try:
                raise ValueError
            except ValueError as error:
                raise KeyError from error

        with without_collection():
            try:
                fail()
            except KeyError:
                IrHttp._forget_frames()
                self.assertIsNone(held[0]())

    def test_the_body_of_a_long_call_is_forgotten(self):  # R7.1
        self.patch(ir_http_bodies, 'LARGE', 1000)
        bodies = []
        forget = type(self.env['ir.http'])._forget_body

        def watch(cls):
            wrapped = ir_http_bodies.request.httprequest.get_data.__self__
            before = len(wrapped._cached_data)
            forget()
            bodies.append((before > 1000, len(wrapped._cached_data)))

        with patch.object(type(self.env['ir.http']), '_forget_body', classmethod(watch)):
            self.both('upload_file', {'ref': 'r', 'name': 'a.pdf', 'content': 'eHg=' * 500})
        self.assertEqual(bodies, [(True, 0)] * 2)

    def test_a_page_says_in_words_that_a_form_was_too_long(self):
        self.opener.cookies.set('frontend_lang', 'zh_CN')
        answer = self.url_open('/esign/login', data={'login': 'x' * (3 * 2**20)})
        self.assertEqual(answer.status_code, 413)
        self.assertIn('<html', answer.text)
        self.assertNotIn('Request Entity Too Large', answer.text)
        self.assertRegex(answer.text, '[\u4e00-\u9fff]')
