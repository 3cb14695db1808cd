from pathlib import Path

import polib

from odoo.tests import BaseCase, tagged

PO = Path(__file__).parents[1] / 'i18n' / 'zh_CN.po'


@tagged('post_install', '-at_install')
class TestChinese(BaseCase):
    def test_every_term_is_translated(self):
        # R6.1
        po = polib.pofile(str(PO))
        self.assertGreater(len(po), 200)
        self.assertEqual([e.msgid for e in po if not e.obsolete and (not e.msgstr or e.fuzzy)], [])
