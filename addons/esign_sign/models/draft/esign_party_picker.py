import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.masks import mask_name

SCOPE = 'esign.party.pick'
HOURS = 48
NAME_LENGTH = 4
ROWS = 20
SEARCHES, SECONDS = 60, 600
# Numbers looked up a day: by one person, and by all of one enterprise.
NUMBERS, NUMBERS_TOGETHER, DAY = 50, 200, 24 * 3600
MOBILE = re.compile(r'1[3-9]\d{9}')


class EsignParty(models.Model):
    """Whom a launcher may add: never an open directory.

    An enterprise is found by at least four characters of its name, a person by the exact mobile
    number; both searches are limited, and a number tells no more than the last character of the
    name until its owner is chosen. What was found is handed to the page as a signed choice, so
    that a party cannot be added, and its name not be read, by guessing numbers of records.
    """

    _inherit = 'esign.party'

    @api.model
    def _choice(self, identity, kind, record, label, note='', source=''):
        """One line of the picker."""
        token = hash_sign(self.env(su=True), SCOPE, [identity.enterprise.id, kind, record.id], expiration_hours=HOURS)
        return {'pick': token, 'kind': kind, 'name': label, 'note': note or '', 'group': source}

    @api.model
    def _picked(self, identity, token):
        """Field values of a party for a signed choice.

        :raises EsignError: not one of ours, not of this enterprise, or too old.
        """
        try:
            chosen = verify_hash_signed(self.env(su=True), SCOPE, str(token or '')[:1000])
        except ValueError:
            chosen = None
        if not chosen or not identity.enterprise or chosen[0] != identity.enterprise.id:
            raise EsignError(self.env._('Choose this party again from the list.'), 'PICK')
        _owner, kind, record_id = chosen
        if kind == 'department':
            department = self.env['esign.department'].sudo().browse(record_id)
            return {'kind': 'enterprise', 'enterprise_id': department.enterprise_id.id, 'department_id': record_id}
        if kind == 'enterprise':
            return {'kind': 'enterprise', 'enterprise_id': record_id, 'department_id': False}
        return {'kind': 'person', 'person_id': record_id}

    @api.model
    def _pick_suggestions(self, identity):
        """Without a search: the own enterprise with its departments, oneself, frequent parties."""
        _ = self.env._
        own, enterprise = _('Own enterprise'), identity.enterprise.sudo()
        rows = [self._choice(identity, 'enterprise', enterprise, enterprise.name, enterprise.uscc_masked, own)]
        if enterprise.kind == 'internal':
            departments = self.env['esign.department'].sudo().search([('enterprise_id', '=', enterprise.id)])
            rows += [
                self._choice(identity, 'department', one, one.complete_name, enterprise.name, _('Departments'))
                for one in departments
            ]
        frequent = self.env['esign.frequent.party'].sudo().search([('owner_id', '=', enterprise.id)], limit=ROWS)
        for one in frequent:
            if one.enterprise_id.state == 'certified':
                rows.append(self._enterprise_choice(identity, one.enterprise_id, _('Frequent parties')))
            elif one.person_id.state == 'verified':
                rows.append(self._person_choice(identity, one.person_id, _('Frequent parties')))
        return rows

    @api.model
    def _pick_search(self, identity, text):
        """Certified enterprises and verified persons for a search text.

        :raises RateLimited: more than sixty searches in ten minutes, or too many numbers in a day.
        :raises Refused: the role does not launch.
        :raises EsignError: neither a mobile number nor long enough for a name.
        """
        self.env['esign.contract.group']._may_start(identity).require()
        text = ' '.join(str(text or '').split())[:100]
        mobile = re.sub(r'^\+?86(?=1\d{10}$)', '', re.sub(r'[\s-]', '', text))
        is_mobile = bool(MOBILE.fullmatch(mobile))
        if not is_mobile and (len(text) < NAME_LENGTH or mobile.isdigit()):
            raise EsignError(
                self.env._(
                    'Enter the whole mobile number, or at least %s characters of the enterprise name.', NAME_LENGTH
                ),
                'TOO_SHORT',
            )
        self.env['esign.rate.limit']._take('party_search', str(identity.person.id), SEARCHES, SECONDS)
        if is_mobile:
            return self._pick_number(identity, mobile)
        enterprises = self.env['esign.enterprise'].sudo()
        domain = Domain('state', '=', 'certified') & enterprises._named_like(text)
        found = enterprises.search(domain, limit=ROWS)
        return [self._enterprise_choice(identity, one) for one in found]

    @api.model
    def _pick_number(self, identity, mobile):
        limit = self.env['esign.rate.limit']
        limit._take('party_number', str(identity.person.id), NUMBERS, DAY)
        limit._take('party_number.enterprise', str(identity.enterprise.id), NUMBERS_TOGETHER, DAY)
        domain = Domain('mobile', '=', mobile) & Domain('state', '=', 'verified')
        people = self.env['esign.person'].sudo().search(domain, limit=1)
        return [self._choice(identity, 'person', one, mask_name(one.name), one.mobile_masked) for one in people]

    @api.model
    def _enterprise_choice(self, identity, enterprise, source=''):
        return self._choice(identity, 'enterprise', enterprise, enterprise.name, enterprise.uscc_masked, source)

    @api.model
    def _person_choice(self, identity, person, source=''):
        label = person._pick_label()
        return self._choice(identity, 'person', person, label['name'], label['note'], source)


class EsignPerson(models.Model):
    """A person as launchers see one."""

    _inherit = 'esign.person'

    def _pick_label(self):
        """Name and masked number."""
        self.ensure_one()
        return {'name': self.sudo().name or '', 'note': self.sudo().mobile_masked or ''}
