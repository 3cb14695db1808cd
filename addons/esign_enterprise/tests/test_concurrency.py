"""Two at once, in real transactions: the database decides, nobody wins twice."""

import os
import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common import KEY, EnterpriseFixtures, make_uscc, pdf


class _Made(EnterpriseFixtures):
    """Fixtures outside a test transaction."""


@tagged('post_install', '-at_install')
class TestTwoAtOnce(BaseCase):
    # R1.3 R1.8 R1.9

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger('odoo.sql_db'))  # the loser of a race is what is tested
        environment = patch.dict(os.environ, {'ESIGN_SECRET_KEY': KEY})
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop('ESIGN_SECRET_KEY_FILE', None)  # of the demonstration, whose people have our numbers
        self.registry = Registry(get_db_name())
        lock = patch.object(Registry, '_lock', DummyRLock())
        lock.start()
        self.addCleanup(lock.stop)

    def run_both(self, *acts):
        """Run each act in a thread of its own, replayed as a request would be; return the outcomes."""
        outcomes, barrier = [None] * len(acts), threading.Barrier(len(acts))

        def work(number, act):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                cr.execute('SELECT 1')
                barrier.wait(20)
                try:
                    retrying(lambda: act(env), env)
                    outcomes[number] = 'done'
                except UserError as refusal:
                    cr.rollback()
                    outcomes[number] = type(refusal).__name__
                except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
                    cr.rollback()
                    outcomes[number] = repr(error)

        threads = [threading.Thread(target=work, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return outcomes

    def prepare(self, make):
        """Commit what ``make`` returns as ids, and take everything away afterwards."""
        with self.registry.cursor() as cr:
            _Made.env = api.Environment(cr, SUPERUSER_ID, {'no_reset_password': True})
            before = {table: self._highest(cr, table) for table in self._tables(cr)}
            tag = os.urandom(3).hex()
            _Made.operator = _Made.env['res.users'].create(
                {
                    'name': 'op',
                    'login': f'conc_op_{tag}',
                    'group_ids': [(6, 0, _Made.env.ref('esign_base.group_esign_operator').ids)],
                }
            )
            ids = make(_Made)
            self.addCleanup(self._clean, before)
            return ids

    def _highest(self, cr, table):
        cr.execute(f'SELECT COALESCE(MAX(id), 0) FROM {table}')
        return cr.fetchone()[0]

    def _clean(self, before):
        """Delete what is newer than ``before``; what others hang on goes in a later round."""
        with self.registry.cursor() as cr, mute_logger('odoo.sql_db'):
            for table, column in self._loose_ends(cr):
                if table in before:
                    cr.execute(f'UPDATE {table} SET {column} = NULL WHERE id > %s', [before[table]])
            left = list(before)
            for _round in before:
                left = [table for table in left if not self._delete(cr, table, before[table])]
            self.assertFalse(left)

    def _loose_ends(self, cr):
        """Return (table, column) of our references that may be empty: cutting them undoes every ring."""
        cr.execute(
            'SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a'
            ' ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]'
            " WHERE c.contype = 'f' AND c.confrelid::regclass::text LIKE 'esign\\_%%' AND NOT a.attnotnull"
        )
        return cr.fetchall()

    def _delete(self, cr, table, highest):
        try:
            with cr.savepoint(flush=False):
                cr.execute(f'DELETE FROM {table} WHERE id > %s', [highest])
        except psycopg2.IntegrityError:
            return False
        return True

    def _tables(self, cr):
        """Return our tables with ids that are no evidence, whichever addons there are, and the mail's and users'."""
        cr.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'id'"
            " AND table_schema = 'public' AND table_name LIKE 'esign\\_%%' AND table_name <> 'esign_rate_limit'"
            # Evidence, of which none is made here, is nobody's to clean.
            ' AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = table_name::regclass'
            " AND tgname LIKE 'esign\\_rows%%')"
        )
        return [row[0] for row in cr.fetchall()] + list(_TABLES)

    def read(self, model, record_id, field):
        with self.registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})[model].browse(record_id)[field]

    def test_two_approvals_of_one_application(self):
        def make(f):
            return f.pending(f.make_person('甲甲')).id, f.operator.id

        record_id, operator = self.prepare(make)

        def act(env):
            env['esign.enterprise.certification'].browse(record_id).with_user(operator).action_approve()

        self.assertEqual(sorted(self.run_both(act, act)), ['IllegalMove', 'done'])

    def test_two_applications_of_one_code(self):
        code = make_uscc(90909)

        def make(f):
            return [f.pending(f.make_person(n), code=code).id for n in ('甲甲', '乙乙')], f.operator.id

        ids, operator = self.prepare(make)
        acts = [
            lambda env, i=i: env['esign.enterprise.certification'].browse(i).with_user(operator).action_approve()
            for i in ids
        ]
        outcomes = self.run_both(*acts)
        self.assertEqual(outcomes.count('done'), 1, outcomes)
        self.assertIn(next(o for o in outcomes if o != 'done'), {'EsignError', 'ValidationError'})
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM esign_enterprise WHERE uscc = %s AND state <> 'revoked'", [code])
            self.assertEqual(cr.fetchone()[0], 1)

    def test_transfer_accepted_while_an_application_is_approved(self):
        def make(f):
            anna, ben, cora = (f.make_person(n) for n in ('甲甲', '乙乙', '丙丙'))
            enterprise = f.certified(anna)
            member, third = f.join(ben, enterprise, anna), f.join(cora, enterprise, anna)
            application = f.env['esign.enterprise.admin.change']._apply(cora.user_id, enterprise, pdf(), 'x.pdf')
            transfer = f.env['esign.enterprise.admin.change'].create(
                {
                    'enterprise_id': enterprise.id,
                    'kind': 'transfer',
                    'state': 'waiting',
                    'member_id': member.id,
                    'former_member_id': enterprise._administrators().id,
                    'expires_on': '2099-01-01',
                }
            )
            return enterprise.id, transfer.id, application.id, ben.user_id.id, f.operator.id, third.id

        enterprise, transfer, application, ben, operator, _third = self.prepare(make)

        def accept(env):
            change = env['esign.enterprise.admin.change'].browse(transfer)
            change.with_user(ben)._accept(env['res.users'].browse(ben))

        def approve(env):
            env['esign.enterprise.admin.change'].browse(application).with_user(operator).action_approve()

        outcomes = self.run_both(accept, approve)
        self.assertEqual(sorted(outcomes), ['IllegalMove', 'done'])
        with self.registry.cursor() as cr:
            cr.execute(
                'SELECT count(*) FROM esign_enterprise_member'
                " WHERE enterprise_id = %s AND is_administrator AND state = 'active'",
                [enterprise],
            )
            self.assertEqual(cr.fetchone()[0], 1)

    def test_two_administrators_leave_together(self):
        def make(f):
            anna, ben = f.make_person('甲甲'), f.make_person('乙乙')
            enterprise = f.certified(anna, kind='internal')
            f.join(ben, enterprise, anna, ['administrator'])
            return enterprise.id, anna.user_id.id, ben.user_id.id

        enterprise, *users = self.prepare(make)
        acts = [
            lambda env, u=u: env['esign.enterprise.member']._leave_enterprise(env['res.users'].browse(u), enterprise)
            for u in users
        ]
        self.assertEqual(sorted(self.run_both(*acts)), ['EsignError', 'done'])

    def test_an_act_races_with_the_removal(self):
        def make(f):
            anna, ben, cora = (f.make_person(n) for n in ('甲甲', '乙乙', '丙丙'))
            enterprise = f.certified(anna)
            member = f.join(ben, enterprise, anna, ['member_manager'])
            application = f.env['esign.enterprise.join']._apply(cora.user_id, enterprise)
            return member.id, application.id, anna.user_id.id, ben.user_id.id

        member, application, anna, ben = self.prepare(make)
        removed = threading.Event()

        def remove(env):
            user = env['res.users'].browse(anna)
            env['esign.enterprise.member'].browse(member)._remove(user, '离职')
            env.cr.commit()
            removed.set()

        def approve(env):
            # This transaction's picture is older than the removal: it still shows the member.
            env['esign.enterprise.member'].browse(member).read(['state'])
            removed.wait(20)
            env['esign.enterprise.join'].browse(application)._approve(env['res.users'].browse(ben))

        outcomes = self.run_both(remove, approve)
        self.assertEqual(outcomes, ['done', 'AccessError'])
        self.assertEqual(self.read('esign.enterprise.join', application, 'state'), 'pending')


_TABLES = (
    'sms_sms',
    'mail_mail',
    'mail_activity',
    'mail_message',
    'mail_followers',
    'ir_attachment',
    'res_users',
    'res_partner',
)
