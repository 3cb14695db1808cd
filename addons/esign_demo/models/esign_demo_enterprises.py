import io

from PIL import Image, ImageDraw

from odoo import api, models


class EsignDemo(models.AbstractModel):
    """The enterprises of the demonstration come to their states by the methods that people use."""

    _inherit = 'esign.demo'

    @api.model
    def _certify_enterprise(self, xmlid, person_id, outcome, kind, stated, reason=''):
        """Apply for an enterprise and decide on it.

        :param xmlid: name under which the enterprise (when certified) or the application is found.
        :param outcome: 'certified', 'pending' or 'rejected'.
        """
        self._require_development()
        person = self.env['esign.person'].browse(person_id)
        user, reviewer = person.user_id, self.env.ref('base.user_admin')
        record = self.env['esign.enterprise.certification']._start(user)
        files = {name: (self._scan(name.upper()), f'{name}.png') for name in ('licence', 'letter')}
        problems = record._save(user, {**stated, 'legal_id_type': 'resident'}, files)
        if problems:
            raise ValueError(problems)
        record.sudo().kind = kind
        record._agree(user)
        record._submit(user)
        if outcome == 'certified':
            record.with_user(reviewer).action_approve()
        elif outcome == 'rejected':
            record.with_user(reviewer)._staff_reject(reason)
        made = record.enterprise_id or record
        self.env['ir.model.data']._update_xmlids([{'xml_id': f'esign_demo.{xmlid}', 'record': made, 'noupdate': True}])

    @api.model
    def _join_enterprise(self, person_id, enterprise_id, codes, department_id=False, work_number='', note=''):
        """Apply to join; with ``codes`` the administrator admits the person with these roles."""
        self._require_development()
        user = self.env['esign.person'].browse(person_id).user_id
        enterprise = self.env['esign.enterprise'].browse(enterprise_id)
        application = self.env['esign.enterprise.join']._apply(user, enterprise, '', work_number, note)
        if codes:
            department = self.env['esign.department'].browse(department_id or [])
            application._approve(enterprise._administrators()[0].user_id, codes, department or None)

    @api.model
    def _scan(self, word):
        """A page that stands for a scan, as PNG bytes; nothing on it is real."""
        image = Image.new('RGB', (900, 640), (250, 249, 244))
        pen = ImageDraw.Draw(image)
        pen.rectangle((20, 20, 880, 620), outline=(180, 150, 90), width=6)
        for line in range(6):
            pen.rectangle((90, 140 + line * 64, 760 - line * 50, 160 + line * 64), fill=(190, 195, 200))
        pen.text((90, 70), f'SPECIMEN {word}', fill=(180, 60, 60))
        out = io.BytesIO()
        image.save(out, 'PNG')
        return out.getvalue()
