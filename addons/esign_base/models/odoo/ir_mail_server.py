import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from odoo import models

from ...tools import development

MAIL_FOLDER = 'ESIGN_MAIL_DIR'
_logger = logging.getLogger(__name__)


class CaughtMail:
    """Stands in for an SMTP session: keeps each message as a file, or drops it when no folder is named."""

    from_filter = False
    smtp_from = False

    def __init__(self, folder):
        self.folder = Path(folder) if folder else None

    def send_message(self, message, smtp_from, smtp_to_list):
        """Keep one message as it would have left."""
        if not self.folder:
            _logger.info('A mail was caught and dropped: this is a development database.')
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f'{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}.eml'
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, 'wb') as file:
            file.write(message.as_bytes())

    def quit(self):
        """Nothing to end."""

    close = quit


class IrMailServer(models.Model):
    _inherit = 'ir.mail_server'

    def _connect__(self, *args, **kwargs):
        """In a development database no mail leaves, whatever servers are configured."""
        if development.database_marked(self.env) and not self._disable_send():
            return CaughtMail(os.environ.get(MAIL_FOLDER))
        return super()._connect__(*args, **kwargs)
