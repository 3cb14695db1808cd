import psycopg2

from odoo.sql_db import connection_info_for
from odoo.tests import TransactionCase, tagged

# What the server may never do to evidence; {table} is each of them.
NEVER = (
    'ALTER TABLE {table} DISABLE TRIGGER ALL',
    'ALTER TABLE {table} DISABLE TRIGGER esign_rows_stay',
    'DROP TRIGGER esign_rows_stay ON {table}',
    'ALTER TABLE {table} ADD COLUMN x integer',
    'CREATE RULE none AS ON INSERT TO {table} DO INSTEAD NOTHING',
    'TRUNCATE {table} CASCADE',
    'DROP TABLE {table} CASCADE',
)
NOT_ALLOWED = (
    'DROP SCHEMA public CASCADE',
    'SET session_replication_role = replica',
    'CREATE OR REPLACE FUNCTION esign_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$',
    'CREATE OR REPLACE FUNCTION esign_consent_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN END$$',
    'DROP FUNCTION esign_refuse_change() CASCADE',
)


@tagged('-at_install', 'post_install')
class TestRoles(TransactionCase):
    """The role as which the server logs in owns no evidence, and what it may not do is refused."""

    # R3.10 R8.3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cr = cls.env.cr
        cr.execute(
            r"""
            SELECT c.relname, pg_get_userbyid(c.relowner), bool_or(t.tgname = 'esign_rows_forward'),
                   bool_or(t.tgname = 'esign_rows_age')
            FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE t.tgname LIKE 'esign\_rows\_%'
            GROUP BY c.oid, c.relname, c.relowner
            """
        )
        cls.evidence = {name: (owner, lives, ages) for name, owner, lives, ages in cr.fetchall()}
        cr.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'res_partner'::regclass")
        ((cls.server,),) = cr.fetchall()

    def setUp(self):
        super().setUp()
        if self.server in {owner for owner, _lives, _ages in self.evidence.values()}:
            self.skipTest('This database server gave us one role only; ./esign doctor says so.')
        _name, info = connection_info_for(self.env.cr.dbname)
        self.connection = psycopg2.connect(**{**info, 'user': self.server})
        self.addCleanup(self.connection.close)
        self.connection.autocommit = True

    def refused(self, statement):
        with self.connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            with self.subTest(statement), self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)

    def test_every_kind_of_evidence_is_guarded(self):
        wanted = (
            'consent', 'trace_chain', 'trace_event', 'trace_head', 'trace_stamp',
            'seal_usage', 'document_revision', 'api_call',
        )  # fmt: skip
        self.assertLessEqual({f'esign_{name}' for name in wanted}, set(self.evidence))

    def test_nobody_logs_in_as_the_owner(self):
        self.assertEqual(len({owner for owner, _lives, _ages in self.evidence.values()}), 1)
        owner = next(iter(self.evidence.values()))[0]
        self.env.cr.execute('SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = %s', [owner])
        self.assertEqual(self.env.cr.fetchone(), (False, False))
        self.refused(f'SET ROLE "{owner}"')

    def test_the_server_cannot_open_its_evidence(self):
        for table in self.evidence:
            for statement in NEVER:
                self.refused(statement.format(table=table))
        for statement in NOT_ALLOWED:
            self.refused(statement)

    def test_rows_are_neither_changed_nor_removed(self):
        for table, (_owner, lives, ages) in self.evidence.items():
            if not lives:
                self.refused(f'UPDATE {table} SET id = id WHERE false')
            if not ages:
                self.refused(f'DELETE FROM {table} WHERE false')

    def test_the_server_reads_and_adds(self):
        with self.connection.cursor() as cursor:
            for table in self.evidence:
                cursor.execute(f'SELECT count(*) FROM {table}')
                cursor.execute("SELECT has_table_privilege(%s, %s, 'INSERT')", [self.server, table])
                self.assertEqual(cursor.fetchone(), (True,))
