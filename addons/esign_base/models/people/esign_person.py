from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS

from ...errors import EsignError, SecretKeyMissing
from ...rules import states
from ...rules.masks import mask_email, mask_id_number, mask_mobile
from ...rules.states import moves, selection
from ...tools import vault

ID_CONTEXT = 'esign.person.id_number'

ID_TYPES = [
    ('resident', 'Resident identity card'),
    ('hk_macao_permit', 'Mainland travel permit for Hong Kong and Macao residents'),
    ('taiwan_permit', 'Mainland travel permit for Taiwan residents'),
    ('residence_permit', 'Residence permit for Hong Kong, Macao and Taiwan residents'),
    ('foreigner_id', 'Foreign permanent resident ID card'),
    ('passport', 'Passport'),
]


# The one table of allowed moves. A verified person who verifies anew stays verified meanwhile.


# What is asked of whoever acts, at every request: read at once.
ACTING = ['name', 'state', 'mobile', 'user_id', 'partner_id']


class EsignPerson(models.Model):
    """A natural person and what is known for certain about them."""

    _name = 'esign.person'
    _description = 'Person'
    _states = states.PERSON
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _moves = moves(states.PERSON)

    user_id = fields.Many2one('res.users', 'Login', readonly=True, ondelete='restrict', index=True, copy=False)
    partner_id = fields.Many2one(
        'res.partner', 'Contact', required=True, readonly=True, ondelete='restrict', index=True
    )
    name = fields.Char('Name', readonly=True, tracking=True, help='The name as on the identity document.')
    mobile = fields.Char('Mobile', readonly=True, index='btree_not_null', groups='esign_base.group_esign_operator')
    mobile_masked = fields.Char('Mobile number', compute='_compute_mobile_masked')
    email = fields.Char('E-mail', readonly=True, groups='esign_base.group_esign_operator')
    email_masked = fields.Char('E-mail address', compute='_compute_email_masked')
    state = fields.Selection(
        selection(states.PERSON), 'Status', default='draft', required=True, readonly=True, tracking=True, index=True
    )
    id_type = fields.Selection(ID_TYPES, 'ID type', readonly=True)
    id_number_masked = fields.Char('ID number', readonly=True)
    id_number_cipher = fields.Char('Encrypted ID number', readonly=True, copy=False, groups=NO_ACCESS)
    id_number_hash = fields.Char('ID number hash', readonly=True, copy=False, groups=NO_ACCESS)
    verified_at = fields.Datetime('Verified on', readonly=True, copy=False, tracking=True)
    verified_by_method = fields.Char('Verified by', readonly=True, copy=False)
    verified_by_label = fields.Char('Verification method', compute='_compute_verified_by_label')
    reason = fields.Char('Reason', readonly=True, copy=False, tracking=True)

    _user_uniq = models.UniqueIndex('(user_id) WHERE user_id IS NOT NULL', 'This login already has a person.')
    # One ID number = one active account; a revoked or expired one frees it.
    _id_number_uniq = models.UniqueIndex(
        "(id_number_hash) WHERE id_number_hash IS NOT NULL AND state IN ('verified', 'frozen')",
        'This ID number already belongs to another verified account.',
    )

    @api.depends('mobile')
    def _compute_mobile_masked(self):
        for person in self:
            person.mobile_masked = mask_mobile(person.sudo().mobile)

    @api.depends('email')
    def _compute_email_masked(self):
        for person in self:
            person.email_masked = mask_email(person.sudo().email)

    @api.depends('name', 'mobile')
    def _compute_display_name(self):
        for person in self:
            person.display_name = person.name or person.mobile_masked

    @api.depends('verified_by_method')
    @api.depends_context('lang')
    def _compute_verified_by_label(self):
        labels = dict(self.env['esign.person.verification']._fields['method']._description_selection(self.env))
        for person in self:
            person.verified_by_label = labels.get(person.verified_by_method, '')

    @api.model
    def _of_user(self, user):
        """The person of a login, as superuser; empty for staff and visitors."""
        return self.sudo().search_fetch([('user_id', '=', user.id)], ACTING, limit=1) if user else self.browse()

    @api.model
    def _id_values(self, id_type, number):
        """Field values that store an ID number: encrypted, hashed with its type, masked.

        :raises SecretKeyMissing: when this installation has no secret key.
        """
        try:
            return {
                'id_type': id_type,
                'id_number_cipher': vault.encrypt(number, ID_CONTEXT),
                'id_number_hash': vault.keyed_hash(f'{id_type}:{number}', ID_CONTEXT),
                'id_number_masked': mask_id_number(number),
            }
        except vault.VaultError as error:
            raise SecretKeyMissing(
                self.env._('Identity data cannot be stored: the server has no secret key. Tell the operator.')
            ) from error

    def _id_number(self):
        """The full ID number, for certificates and checks only; never for pages or logs."""
        self.ensure_one()
        cipher = self.sudo().id_number_cipher
        return vault.decrypt(cipher, ID_CONTEXT) if cipher else ''

    def _check_verified(self):
        """Refuse with the next step when the person may not act yet."""
        self.ensure_one()
        if self.sudo().state != 'verified':
            raise EsignError(self.env._('Complete the real-name verification first.'), 'PERSON_NOT_VERIFIED')
