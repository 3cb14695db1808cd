import logging

from odoo import api, models
from odoo.fields import Domain

from ...errors import EsignError
from ...tools.language import in_platform_language
from ...tools.said import keep, listening
from ...tools.seal_artist import SealText

_logger = logging.getLogger(__name__)
MAX_HANDWRITINGS = 10


class EsignSeal(models.Model):
    """Seals of persons: a name seal made by the verification, and what they wrote by hand."""

    _inherit = 'esign.seal'

    @api.model
    @listening()
    def _make_name_seal(self, person):
        """See that a verified person has a name seal with the present name; idempotent.

        A name with a character that no font has leaves a seal in state ``failed`` with the reason:
        the person signs by hand instead.
        """
        kind = self.env['esign.seal.kind']._of('name')
        present = self._owned(person, 'name')
        former = present.filtered(lambda seal: seal.bears != person.name)
        for seal in former.filtered(lambda seal: seal.state in ('active', 'suspended')):
            seal._collect(self.env._('The name changed.'))
        if present - former:
            return present - former
        seal = in_platform_language(self)._new(person, kind, kind._usual_name(), bears=person.name, is_default=True)
        try:
            artwork = seal._draw(SealText('name', person.name))
        except EsignError as refusal:
            seal._move('failed', state_reason=keep(seal._instead(refusal)), is_default=False)
            return seal
        seal._take(artwork, 'template')
        seal._move('active')
        return seal

    def _instead(self, refusal):
        """What a person reads whose name cannot be drawn: there is no picture to upload, but a hand."""
        lost = refusal.details.get('characters')
        if not lost:
            return str(refusal)
        return self.env._(
            'The seal fonts have no sign for: %s. Add a handwritten signature and sign with that.', ' '.join(lost)
        )

    @api.model
    def _make_handwriting(self, person, artwork, name=None):
        """Keep a handwritten signature as a seal of the person.

        :raises EsignError: too many, or the name is taken.
        """
        kind = self.env['esign.seal.kind']._of('handwriting')
        there = self._owned(person, 'handwriting')
        if len(there) >= MAX_HANDWRITINGS:
            raise EsignError(
                self.env._('You have %s handwritten signatures. Remove one first.', MAX_HANDWRITINGS), 'TOO_MANY'
            )
        name = ' '.join((name or '').split()) or self._free_name(there, kind._usual_name())
        seal = self._new(person, kind, name, colour='black')
        seal._take(artwork, 'pad')
        seal._move('active')
        return seal

    @api.model
    def _free_name(self, there, base):
        taken = set(there.mapped('name'))
        return next(name for name in (f'{base} {number}' for number in range(1, 100)) if name not in taken)

    @api.model
    def _person_page(self, identity):
        """Values of the page 个人签章."""
        person = identity.person.sudo()
        shown = self._owned(person) | self.sudo().search(
            [('person_id', '=', person.id), ('state', '=', 'failed'), ('owner_kind', '=', 'person')], limit=1
        )
        return {
            'seals': shown,
            'answers': shown._usabilities(identity),
            'person': person,
            'tabs': self.env['esign.portal']._esign_centre_tabs(identity),
        }

    @api.model
    def _picture_for(self, identity, seal_id):
        """The picture that an identity may see of a seal (superuser), or an empty record."""
        if not identity or not getattr(identity, 'person', None):
            return self.env['esign.seal.artwork']
        seal = self.sudo().search(self._identity_domain(identity) & Domain('id', '=', seal_id), limit=1)
        return seal.artwork_id or seal.draft_artwork_id

    def _own(self, person, seal_id):
        """The person's own seal, or an empty record."""
        return self._owned(person).filtered(lambda seal: seal.id == seal_id)

    def _drop_own(self, person):
        """Let a person remove a handwritten signature of their own; what it signed stays as it is."""
        self.ensure_one()
        seal = self.sudo()
        if seal.person_id != person or seal.kind_code != 'handwriting':
            raise EsignError(self.env._('Only handwritten signatures can be removed.'), 'NOT_REMOVABLE')
        seal._collect(self.env._('Removed by the person'))
        if seal.is_default:
            seal.is_default = False
        return True

    def _prefer(self, person):
        """Use this seal first when the person signs."""
        self.ensure_one()
        seal = self.sudo()
        if seal.person_id != person or seal.state != 'active':
            raise EsignError(self.env._('Only a seal in use can be used first.'), 'SEAL_STATE')
        self._owned(person).filtered('is_default').write({'is_default': False})
        seal.is_default = True
        return True
