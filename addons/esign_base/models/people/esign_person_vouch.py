import secrets

from odoo import api, models

from ...errors import EsignError
from ...rules.masks import mask_mobile
from ...rules.names import folded
from ...rules.verification import Method


class EsignPerson(models.Model):
    """Persons that a business system names, and identities that it vouches for.

    The number of the mobile is the person's proof towards the platform: whoever is named with the
    number of an account is that account's person, or the call is refused.
    """

    _inherit = 'esign.person'

    @api.model
    def _stated(self, name, mobile, id_type, id_number, email=None):
        """What a system states about a person, checked and in one spelling.

        :raises FormRefused: a field to mend.
        """
        account = self.env['esign.account']
        name, id_type, number = self._form_identity({'name': name, 'id_type': id_type, 'id_number': id_number})
        return {
            'name': name,
            'mobile': account._form_mobile(mobile),
            'id_type': id_type,
            'id_number': number,
            'email': account._form_email(email) if email else '',
        }

    @api.model
    def _stand_for(self, stated):
        """The person of an account with the stated number, or a new one with an account of its own.

        :return: (person, whether it was made now).
        :raises EsignError: number or ID number belong to somebody else.
        """
        account = self.env['esign.account']._of_mobile(stated['mobile'])
        if account:
            person = account.person_id.sudo()
            if account.state == 'frozen' or person.state in ('frozen', 'revoked'):
                raise EsignError(self.env._('The account with this mobile number is frozen.'), 'PERSON_FROZEN')
            if person.state == 'verified':
                person._refuse_other_identity(stated)
            return person, False
        if self.env['esign.account']._known(stated['mobile']):
            raise EsignError(self.env._('This mobile number belongs to a login of the platform.'), 'MOBILE_TAKEN')
        hashed = self._id_values(stated['id_type'], stated['id_number'])['id_number_hash']
        self.browse()._check_unused(hashed)
        return self._open_for(stated), True

    @api.model
    def _open_for(self, stated):
        """Open an account for a stated person, who enters it by a code sent to the number."""
        person = self.env['esign.account']._open(stated['mobile'], secrets.token_urlsafe(24)).person_id
        if stated['email']:
            person.email = stated['email']
        return person

    def _refuse_other_identity(self, stated):
        """Refuse a statement that contradicts what is verified."""
        self.ensure_one()
        hashed = self._id_values(stated['id_type'], stated['id_number'])['id_number_hash']
        person = self.sudo()
        if folded(person.name) != folded(stated['name']) or person.id_number_hash != hashed:
            raise EsignError(
                self.env._('This mobile number belongs to a verified person with another name or ID number.'),
                'MOBILE_TAKEN',
            )

    def _vouch(self, stated):
        """Take the current system's word for an identity; it stays on record as such.

        :raises EsignError: frozen or revoked, or verified as somebody else.
        """
        self.ensure_one()
        person = self.sudo()
        if person.state == 'verified':
            person._refuse_other_identity(stated)
            return
        if person.state in ('frozen', 'revoked'):
            raise EsignError(self.env._('This identity is frozen. Please contact the operator.'), 'PERSON_FROZEN')
        stored = person._id_values(stated['id_type'], stated['id_number'])
        person._check_unused(stored['id_number_hash'])
        if person._open_verification():
            person._open_verification()._withdraw()
        verification = person.env['esign.person.verification'].create(
            {
                'person_id': person.id,
                'method': Method.VOUCHED.value,
                'name': stated['name'],
                'mobile_masked': mask_mobile(person.mobile),
                **stored,
            }
        )
        verification._succeed(reviewer_id=self.env.uid)
