"""Guessing at log-ins as it is done from outside: by HTTP, from addresses of one's choice, at every door."""

import contextlib
import re
import xmlrpc.client
from unittest.mock import patch

from passlib.handlers.pbkdf2 import pbkdf2_sha512

from odoo import http
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from odoo.addons.rpc.controllers.xmlrpc import RPC_FAULT_CODE_ACCESS_DENIED

from .common_people import PeopleMixin

GUESSES, ADDRESSES = 200, 50
STAFF, SECRET = 'guessed_staff', 'Right-secret-1'


class FromOutside:
    """Visitors from addresses of one's choice; counters are kept apart, as they are in a server."""

    def setUp(self):
        super().setUp()
        quiet = mute_logger('odoo.addons.base.models.res_users', 'odoo.http', 'odoo.addons.rpc.controllers.xmlrpc')
        quiet.__enter__()
        self.addCleanup(quiet.__exit__)
        # A refused request takes none of them back.
        counters = db_connect(self.env.cr.dbname)
        self.startPatcher(
            patch.object(type(self.env['esign.rate.limit']), '_own_cursor', lambda _one: counters.cursor())
        )
        self.addCleanup(self.count, 'DELETE FROM esign_rate_limit')
        self.count('DELETE FROM esign_rate_limit')
        self.leave()

    def leave(self):
        """A visitor with an empty browser."""
        self.authenticate(None, None)
        self.token = None
        self.env.flush_all()

    @contextlib.contextmanager
    def at(self, address):
        """What comes meanwhile comes from this address."""
        with patch.object(http.HTTPRequest, 'remote_addr', address, create=True):
            yield

    @contextlib.contextmanager
    def hashes(self):
        """Count how often a password is hashed: the work by whose time names could be told apart."""
        done, original = [], pbkdf2_sha512._calc_checksum
        with patch.object(pbkdf2_sha512, '_calc_checksum', lambda one, secret: done.append(1) or original(one, secret)):
            yield done

    def pass_time(self, hours):
        """Every counter is older by this much."""
        self.count(f"UPDATE esign_rate_limit SET ends_at = ends_at - interval '{hours} hours'")

    def count(self, query):
        """Do something to all counters."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(query)

    def attack(self, door, login, right, guesses=GUESSES):
        """Guess from fifty addresses in turn; the last guess is right. Answers whether any was let in."""
        for number in range(guesses):
            last = number == guesses - 1
            with self.at(f'198.51.100.{number % ADDRESSES}'):
                if door(login, right if last else f'Wrong-{number}'):
                    return True
        return False


class GuessingCase(FromOutside, PeopleMixin, HttpCase):
    """A member of staff whose password is guessed at; nobody is logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = new_test_user(cls.env, STAFF, 'esign_base.group_esign_operator', password=SECRET)
        # Doors are tried here, not the second factor; its own tests take this back.
        cls.env['ir.config_parameter'].set_param('esign.staff_password_only', 'True')

    # ---- doors: each answers whether it let in -------------------------------------------------

    def by_web_login(self, login, secret, **more):
        if not self.token:
            self.token = re.search(r'csrf_token: "([^"]+)"', self.url_open('/web/login').text)[1]
        data = {'login': login, 'password': secret, 'csrf_token': self.token, **more}
        self.answer = self.url_open('/web/login', data=data, allow_redirects=False)
        return self.answer.status_code == 303

    def by_common(self, login, secret):
        return bool(self.xmlrpc_common.authenticate(self.env.cr.dbname, login, secret, {}))

    def by_object(self, login, secret):
        user = self.env['res.users'].search([('login', '=', login)]).id or 10**6
        try:
            self.xmlrpc_object.execute_kw(self.env.cr.dbname, user, secret, 'res.users', 'context_get', [])
        except xmlrpc.client.Fault as fault:
            self.answer = fault.faultString
            return fault.faultCode != RPC_FAULT_CODE_ACCESS_DENIED  # what a login may call is another question
        return True

    def doors(self):
        return (self.by_web_login, self.by_common, self.by_object)
