import base64
from dataclasses import dataclass
from typing import Any

from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.models.seals.esign_seal import COLOURS
from odoo.addons.esign_base.tools import seal_artist
from odoo.addons.esign_base.tools.signing_messages import explained

from .esign_seal import MANAGERS

SUFFIXES = ('', '印', '之印')
PREVIEW_DPI = 200
MAX_UPLOAD = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """A seal as a page asks for it, drawn: what the preview shows and the request files."""

    owner: Any
    kind: Any
    size: Any
    colour: str
    name: str
    police_code: str
    artwork: Any
    source: str

    @property
    def preview(self) -> str:
        """The picture as a data address."""
        return 'data:image/png;base64,' + base64.b64encode(self.artwork.png(PREVIEW_DPI)).decode('ascii')


class EsignSeal(models.Model):
    """From a form to a picture: one method for the preview and for the request."""

    _inherit = 'esign.seal'

    @api.model
    def _compose(self, enterprise, user, values, upload=None):
        """Draw the seal that a form describes; nothing is stored.

        :param values: texts of the form: ``kind``, ``size``, ``colour``, ``name``, ``text``,
            ``serial``, ``star``, ``suffix``, ``department``, ``width``, ``source``.
        :param upload: bytes of an uploaded picture.
        :return: :class:`Draft`.
        :raises EsignError: what is to be mended; :raises AccessError: not a manager of seals.
        """
        enterprise._require(user, *MANAGERS)
        enterprise = enterprise.sudo()
        kind = (
            self.env['esign.seal.kind']
            .sudo()
            .search([('code', '=', values.get('kind') or ''), ('owner', 'in', ('enterprise', 'department'))], limit=1)
        )
        if not kind:
            raise EsignError(self.env._('Choose the type of the seal.'), 'KIND')
        owner = self._compose_owner(enterprise, kind, values)
        size = self._compose_size(kind, values)
        colour = values.get('colour') if values.get('colour') in dict(COLOURS) else 'red'
        serial = (values.get('serial') or '').strip()
        uploaded = values.get('source') == 'upload' or not kind.from_template
        if uploaded:
            artwork = self._clean(upload, size, colour)
        else:
            asked = self._asked(kind, size, values, serial)
            artwork = self.browse()._draw(self._seal_text(owner, kind, **asked), size, colour)
        name = ' '.join((values.get('name') or '').split()) or kind._usual_name()
        return Draft(owner, kind, size, colour, name, serial, artwork, 'upload' if uploaded else 'template')

    def _compose_owner(self, enterprise, kind, values):
        if kind.owner != 'department':
            return enterprise
        wanted = str(values.get('department') or '')
        department = enterprise.department_ids.filtered(lambda one: str(one.id) == wanted and one.active)
        if not department:
            raise EsignError(self.env._('Choose the department that the seal belongs to.'), 'DEPARTMENT')
        return department

    def _compose_size(self, kind, values):
        wanted = str(values.get('size') or '')
        size = kind.size_ids.filtered(lambda one: str(one.id) == wanted) if wanted else kind.size_ids[:1]
        if not size:
            raise EsignError(self.env._('Choose a size of this type of seal.'), 'SIZE_REFUSED')
        return size

    def _asked(self, kind, size, values, serial):
        asked = {'serial': serial, 'star': bool(kind.star and size.star and values.get('star', '1'))}
        text = ' '.join((values.get('text') or '').split())
        if kind.code == 'legal':
            asked['suffix'] = values.get('suffix') if values.get('suffix') in SUFFIXES else '印'
        elif text:
            asked['text'] = text
        return asked

    def _clean(self, upload, size, colour):
        if not upload:
            raise EsignError(self.env._('Choose a picture of the seal (PNG or JPEG, at most 5 MB).'), 'NO_UPLOAD')
        with explained(self.env):
            return seal_artist.clean_upload(upload[: MAX_UPLOAD + 1], size.width_mm, colour)

    @api.model
    def _request_new(self, enterprise, user, values, upload=None):
        """File the request for what :meth:`_compose` drew."""
        draft = self._compose(enterprise, user, values, upload)
        return self.env['esign.seal.request']._ask_make(
            draft.owner, user, draft.kind, draft.name, draft.artwork, draft.source, draft.size,
            colour=draft.colour, police_code=draft.police_code or False, bears=enterprise.sudo().name,
        )  # fmt: skip

    def _request_change(self, user, values, upload=None):
        """File the request for another picture of this seal, drawn or uploaded."""
        self.ensure_one()
        seal = self.sudo()
        values = {**values, 'kind': seal.kind_code, 'department': seal.department_id.id}
        draft = self._compose(seal.enterprise_id, user, values, upload)
        return self.env['esign.seal.request']._ask_change(seal, user, draft.artwork, draft.source, values.get('reason'))
