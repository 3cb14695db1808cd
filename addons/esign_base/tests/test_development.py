import os
import socket
import tempfile
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..models.odoo.ir_mail_server import MAIL_FOLDER
from ..tools import development


def _refuse(self, address):
    raise AssertionError(f'a connection to {address} was tried')


@tagged('post_install', '-at_install')
class TestSilence(TransactionCase):
    """A development database calls nobody. Each test prepares its own: it holds without demo data too."""

    def setUp(self):
        super().setUp()
        self.env['ir.config_parameter'].set_param(development.PARAMETER, 'demo')

    def test_publisher_is_not_told(self):
        with patch.object(socket.socket, 'connect', _refuse):
            self.assertTrue(self.env['publisher_warranty.contract'].update_notification())

    def test_mail_is_kept_as_a_file(self):
        message = EmailMessage()
        message['From'] = 'a@example.com'
        message['To'] = 'b@example.com'
        message['Subject'] = 'Caught'
        message['Message-Id'] = '<1@example.com>'
        message.set_content('text')
        server = self.env['ir.mail_server']
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.dict(os.environ, {MAIL_FOLDER: folder}),
            patch.object(type(server), '_disable_send', lambda self: False),
            patch.object(socket.socket, 'connect', _refuse),
        ):
            server.send_email(message)
            [kept] = Path(folder).iterdir()
            self.assertIn('Subject: Caught', kept.read_text())

    def test_mail_is_dropped_without_a_folder(self):
        server = self.env['ir.mail_server']
        with (
            patch.dict(os.environ),
            patch.object(type(server), '_disable_send', lambda self: False),
            patch.object(socket.socket, 'connect', _refuse),
        ):
            os.environ.pop(MAIL_FOLDER, None)
            session = server._connect__()
            session.send_message(EmailMessage(), 'a@example.com', ['b@example.com'])

    def test_production_mail_is_not_caught(self):
        self.env['ir.config_parameter'].set_param(development.PARAMETER, False)
        server = self.env['ir.mail_server']
        server.search([]).active = False
        with (
            patch.object(type(server), '_disable_send', lambda self: False),
            patch('smtplib.SMTP', side_effect=ConnectionRefusedError) as smtp,
            self.assertRaises(Exception),  # noqa: B017 - whatever Odoo makes of the refusal
        ):
            server._connect__(host='127.0.0.1', port=9)
        smtp.assert_called_once()
