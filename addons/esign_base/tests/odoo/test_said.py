"""Kept sentences, as they are read whatever stands in the database."""

import json

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...tools import said

MARK = said.MARK
TERM = {'module': 'esign_base', 'source': 'Time stamps were removed', 'args': [], 'words': 'x'}


def kept(**values):
    return MARK + json.dumps({**TERM, **values})


def nested(levels):
    value = dict(TERM)
    for _level in range(levels):
        value = {**TERM, 'source': '%(fault)s: %(what)s', 'args': {'fault': value, 'what': '1'}}
    return MARK + json.dumps(value)


@tagged('post_install', '-at_install')
class TestSaid(TransactionCase):
    def test_what_is_no_sentence_has_no_words(self):
        for broken in (
            '', 'no JSON', '[]', '1', 'null', '"x"', '{}', '{"source": "x"}', '[' * 100_000, '{"a":' * 100_000,
            json.dumps({**TERM, 'module': None}), json.dumps({**TERM, 'source': 3}), json.dumps({**TERM, 'args': 'x'}),
            json.dumps({**TERM, 'args': [[1]]}), json.dumps({**TERM, 'args': [{'source': 'x'}]}),
            json.dumps({**TERM, 'words': ['x']}), nested(100)[1:],
        ):  # fmt: skip
            for lang in ('zh_CN', 'en_US'):
                with self.subTest(broken[:40], lang=lang):
                    self.assertEqual(said.in_words(self.env(context={'lang': lang}), MARK + broken), '')
        self.assertEqual(said.words_of(self.env, {'source': 1}), '')

    @mute_logger('odoo.tools.translate')
    def test_values_that_a_term_does_not_take(self):
        for source, args in (('%d', ['x']), ('%s %s', ['x']), ('%(a)s', {'b': 1})):
            self.assertEqual(said.in_words(self.env, kept(source=source, args=args)), 'x')

    def test_sentences_in_sentences(self):
        self.env['res.lang']._activate_lang('zh_CN')
        chinese = self.env(context={'lang': 'zh_CN'})
        self.assertEqual(said.in_words(chinese, nested(2)), '时间戳被删除：1：1')

    def test_only_our_modules_are_asked(self):
        self.env['res.lang']._activate_lang('zh_CN')
        chinese = self.env(context={'lang': 'zh_CN'})
        for module in ('base', 'esign_base/../base', 'esign_nothing', '/etc'):
            with self.subTest(module):
                self.assertEqual(said.in_words(chinese, kept(module=module)), '时间戳被删除')
                other = kept(module=module, source='Invalid JSON format in Default Value field.')
                self.assertEqual(said.in_words(chinese, other), 'x')

    def test_nobody_is_offered_to_group_by_them(self):
        told = self.env['esign.trace.chain'].fields_get(['check_note', 'key'], ['groupable', 'sortable'])
        self.assertEqual((told['check_note']['groupable'], told['check_note']['sortable']), (False, False))
        self.assertEqual((told['key']['groupable'], told['key']['sortable']), (True, True))
