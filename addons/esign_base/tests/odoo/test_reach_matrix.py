"""Who reaches which model, over all models of all installed modules: tables kept as files, one in each addon.

``data/access_matrix.csv`` of an addon has its own models, that of ``esign_base`` those of Odoo as well. A model
that no kind of user reaches is in no line of Odoo's, and in one of ours. What record rules leave of it is shown on
records by ``test_access_table`` of esign_enterprise and ``test_access`` of esign_sign.

Write the files anew, then read the difference::

    ESIGN_WRITE_MATRIX=1 ./esign test /esign_base:TestReachMatrix && git diff -- '*access_matrix.csv'
"""

import csv
import io
import os
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, new_test_user, tagged

from ...rules import reach
from ..common import our_addons

WRITE = 'ESIGN_WRITE_MATRIX'
HOME = 'esign_base'
# Kinds that differ in rights; persons, members and administrators of enterprises are all “portal” here.
KINDS = {
    'public': 'base.group_public',
    'portal': 'base.group_portal',
    'viewer': 'esign_base.group_esign_viewer',
    'operator': 'esign_base.group_esign_operator',
    'template_manager': 'esign_base.group_esign_template_manager',
    'auditor': 'esign_base.group_esign_auditor',
    'administrator': 'esign_base.group_esign_administrator',
    'integration': 'esign_base.group_esign_integration',
    'employee': 'base.group_user',
}
LETTERS = (('read', 'r'), ('write', 'w'), ('create', 'c'), ('unlink', 'u'))


@tagged('post_install', '-at_install')
class TestReachMatrix(TransactionCase):
    # R6.1 R7.1
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {kind: new_test_user(cls.env, f'matrix_{kind}', group) for kind, group in KINDS.items()}

    def _found(self):
        """addon → rows of (model, letters of each kind)."""
        rights = {}
        for kind, user in self.users.items():
            access = self.env['ir.model.access'].with_user(user)
            for mode, letter in LETTERS:
                for model in access._get_allowed_models(mode):
                    rights.setdefault(model, dict.fromkeys(KINDS, ''))[kind] += letter
        found = {addon: [] for addon in our_addons(self.env)}
        for name, model in sorted(self.env.registry.items()):
            ours = model._original_module in found
            if model._abstract or not model._auto or not (ours or name in rights):
                continue
            letters = rights.get(name, dict.fromkeys(KINDS, ''))
            found[model._original_module if ours else HOME].append([name, *(letters[kind] or '-' for kind in KINDS)])
        return found

    def test_who_reaches_what(self):
        for addon, rows in self._found().items():
            path = Path(get_module_path(addon)) / 'tests' / 'data' / 'access_matrix.csv'
            if os.environ.get(WRITE):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self._text(rows), encoding='utf-8') if rows else None
            kept = path.read_text(encoding='utf-8') if path.exists() else self._text([])
            with self.subTest(addon=addon):
                self.assertEqual(self._text(rows), kept, 'decide, then write it: see the head of this test')

    def _text(self, rows):
        out = io.StringIO()
        csv.writer(out, lineterminator='\n').writerows([['model', *KINDS], *rows])
        return out.getvalue()

    def test_the_tables_of_reach_name_what_is_there(self):
        """A line for a method that is gone, or for a model without a right, would open what comes under its name."""
        gone = [
            f'{model}.{method}' for model, methods in sorted(reach.STAFF_METHODS.items()) for method in sorted(methods)
            if model in self.env and not callable(getattr(self.env[model], method, None))
        ]  # fmt: skip
        self.assertEqual(gone, [])
        thread = self.env['esign.person']
        self.assertEqual([one for one in reach.STAFF_THREAD_METHODS if not hasattr(thread, one)], [])
        self.assertEqual([one for one in reach.READS if not hasattr(self.env['res.partner'], one)], [])
        exporter = 'esign_base.group_esign_operator,base.group_allow_export'
        users = {
            reach.OUTSIDE: self.users['portal'],
            reach.STAFF: new_test_user(self.env, 'matrix_exporter', exporter),
            reach.SYSTEM: self.users['integration'],
        }
        for kind, table in reach.MODELS.items():
            access = self.env['ir.model.access'].with_user(users[kind])
            given = {
                name: ''.join(letter for mode, letter in LETTERS if name in access._get_allowed_models(mode))
                for name in table if name in self.env
            }  # fmt: skip
            wide = {name: letters for name, letters in given.items() if set(table[name]) != set(letters)}
            self.assertEqual(wide, {}, 'the table allows more than anybody has')
