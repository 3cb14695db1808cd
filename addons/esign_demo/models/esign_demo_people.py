import io

from PIL import Image, ImageDraw

from odoo import api, models

from odoo.addons.esign_base.rules.photo import clean_photo


class EsignDemo(models.AbstractModel):
    """The people of the demonstration come to their states by the methods that real people use."""

    _inherit = 'esign.demo'

    @api.model
    def _verify_person(self, person_id, method, name, number):
        """Verify a person by the demonstration provider, or submit drawn photos for review."""
        self._require_development()
        person = self.env['esign.person'].browse(person_id)
        provider = self.env['esign.verification.provider']._offered().filtered(lambda p: p.method == method)
        pictures = person._form_photos({'front': self._card(), 'back': self._card()}, 'resident')
        person._start_verification(provider, name, 'resident', number, pictures if method == 'manual' else {})

    @api.model
    def _reject_person(self, person_id, reason):
        """Let staff reject what is under review."""
        self._require_development()
        request = self._as_staff(person_id)._open_verification()
        request.sudo(False)._staff_reject(reason)

    @api.model
    def _freeze_person(self, person_id, reason):
        """Let staff freeze a verified identity."""
        self._require_development()
        self._as_staff(person_id)._staff_freeze(reason)

    @api.model
    def _as_staff(self, person_id):
        return self.env['esign.person'].with_user(self.env.ref('base.user_admin')).browse(person_id)

    @api.model
    def _card(self):
        """A picture in the shape of an ID card, as JPEG bytes; nothing on it is real."""
        image = Image.new('RGB', (856, 540), (226, 236, 245))
        pen = ImageDraw.Draw(image)
        pen.rectangle((590, 90, 800, 390), fill=(200, 210, 220))
        for line in range(5):
            pen.rectangle((60, 90 + line * 70, 520 - line * 40, 116 + line * 70), fill=(150, 165, 180))
        pen.text((60, 480), 'SPECIMEN', fill=(180, 60, 60))
        out = io.BytesIO()
        image.save(out, 'JPEG', quality=88)
        return clean_photo(out.getvalue()).data
