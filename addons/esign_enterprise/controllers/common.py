import psycopg2

from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.esign_base.controllers.portal import EsignPortal

# Also what Odoo's own checks of records refuse.
REFUSALS = (UserError, psycopg2.IntegrityError)


class EnterprisePortal(EsignPortal):
    """What the pages about enterprises share.

    Odoo joins all controllers of one base into a single class: names of methods, helpers too,
    must differ from those of every other page.
    """

    def _enterprise_identity(self):
        """The identity worn, and None for logins without a person (staff)."""
        return request.env['esign.identity']._worn()

    def _enterprise_attempt(self, act, *args, **kwargs):
        """Run one method; see :func:`odoo.addons.esign_base.tools.answer.attempt`."""
        return self._attempt(lambda: act(*args, **kwargs), refused=REFUSALS)

    def _enterprise_act(self, target, done, act, *args, **kwargs):
        """Run one method, tell how it went on the next page, and go to ``target``."""
        self._flash_answer(self._enterprise_attempt(act, *args, **kwargs), done)
        return request.redirect(target)

    def _enterprise_record(self, model, record_id):
        """Return a record by the number in the address; its own methods decide who may use it."""
        return request.env[model].browse(record_id)

    def _enterprise_upload(self, name):
        """Return (bytes, file name) of an uploaded file, or None."""
        found = request.httprequest.files.get(name)
        return (found.read(), found.filename) if found and found.filename else None

    def _enterprise_render(self, template, values, status=200):
        """Render with the labels that table cells show on a phone."""
        _ = request.env._
        labels = {
            'code': _('Credit code'),
            'state': _('State'),
            'next': _('Next step'),
            'department': _('Department'),
            'roles': _('Roles'),
            'mobile': _('Mobile number'),
            'number': _('Work number'),
            'note': _('Note'),
            'reason': _('Reason'),
            'members': _('Members'),
            'certified': _('Certified by me'),
            'joined': _('Joined by me'),
        }
        return self._render(template, {'labels': labels, **values}, status=status)
