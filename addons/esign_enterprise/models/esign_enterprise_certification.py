import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.orm.models import NO_ACCESS

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.models.people.esign_person import ID_TYPES
from odoo.addons.esign_base.rules.clock import today
from odoo.addons.esign_base.rules.id_number import id_number_fault, normal_id_number
from odoo.addons.esign_base.rules.mobile import normal_mobile
from odoo.addons.esign_base.rules.person_name import normal_name
from odoo.addons.esign_base.rules.states import moves, selection

from ..rules import files, names, states, uscc

STAFF = 'esign_base.group_esign_operator,esign_base.group_esign_auditor'
FILES = ('licence', 'letter', 'legal_front', 'legal_back')
OPEN = ('draft', 'pending', 'rejected')
# What the applicant states; it stands still once submitted.
DATA = frozenset(
    {'name', 'uscc', 'kind', 'person_id', 'legal_name', 'legal_id_type', 'legal_id_cipher', 'legal_id_hash'}
    | {
        'legal_id_masked',
        'legal_mobile',
        'address',
        'term_from',
        'term_to',
        'default_seals',
        'agreed_version',
    }
    | {'agreed_on', *FILES}
)


class EsignEnterpriseCertification(models.Model):
    """One application to certify an enterprise, first or anew, with its proof.

    The application keeps what was stated and shown; its approval founds the enterprise or
    brings the changed data into force. Until then the former certification stays in force.
    """

    _name = 'esign.enterprise.certification'
    _description = 'Enterprise certification'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _guarded = frozenset(
        {
            'state',
            'enterprise_id',
            'user_id',
            'renewal',
            'submitted_on',
            'submitted_by',
            'decided_on',
            'decided_by',
            'reason',
        }
        | {'legal_id_cipher', 'legal_id_hash', 'legal_id_masked', 'agreed_on', 'agreed_version'}
        | {f'{name}_{part}' for name in FILES for part in ('type', 'sha256')}
    )
    _states = states.CERTIFICATION
    _moves = moves(states.CERTIFICATION)

    state = fields.Selection(
        selection(states.CERTIFICATION),
        required=True, readonly=True, default='draft', tracking=True, index=True, copy=False, group_expand=True,
    )  # fmt: skip
    person_id = fields.Many2one('esign.person', 'Applicant', required=True, ondelete='restrict', index=True)
    user_id = fields.Many2one(related='person_id.user_id', string='Applicant login', store=True, index=True)
    enterprise_id = fields.Many2one(
        'esign.enterprise', 'Enterprise', readonly=True, ondelete='restrict', index=True, copy=False
    )
    renewal = fields.Boolean('Re-certification', compute='_compute_renewal', store=True)
    name = fields.Char('Enterprise name', tracking=True)
    uscc = fields.Char('Unified social credit code', index=True, tracking=True)
    kind = fields.Selection(
        [('internal', 'Internal enterprise'), ('external', 'External enterprise')],
        required=True, default='external', index=True,
    )  # fmt: skip
    address = fields.Char('Registered address')
    term_from = fields.Date('Business term from')
    term_to = fields.Date('Business term to', help='Empty: without end.')
    legal_name = fields.Char('Legal representative')
    legal_id_type = fields.Selection(ID_TYPES, 'ID type of the legal representative', default='resident')
    legal_id_number = fields.Char(
        'Full ID number of the legal representative', compute='_compute_legal_id_number',
        inverse='_inverse_legal_id_number', groups='esign_base.group_esign_operator',
        help='Written only: it is stored encrypted and shown masked.',
    )  # fmt: skip
    legal_id_masked = fields.Char('ID number of the legal representative', readonly=True)
    legal_id_cipher = fields.Char(readonly=True, groups=NO_ACCESS)
    legal_id_hash = fields.Char(readonly=True, groups=NO_ACCESS)
    legal_mobile = fields.Char('Mobile of the legal representative', groups='esign_base.group_esign_operator')
    licence = fields.Binary('Business licence', attachment=True, groups=STAFF, copy=False)
    licence_name = fields.Char(groups=STAFF)
    licence_type = fields.Char(readonly=True, groups=STAFF)
    licence_sha256 = fields.Char('SHA-256 of the licence', readonly=True, groups=STAFF)
    letter = fields.Binary('Authorisation letter', attachment=True, groups=STAFF, copy=False)
    letter_name = fields.Char(groups=STAFF)
    letter_type = fields.Char(readonly=True, groups=STAFF)
    letter_sha256 = fields.Char('SHA-256 of the letter', readonly=True, groups=STAFF)
    legal_front = fields.Binary('ID photo, front', attachment=True, groups=STAFF, copy=False)
    legal_front_name = fields.Char(groups=STAFF)
    legal_front_type = fields.Char(readonly=True, groups=STAFF)
    legal_front_sha256 = fields.Char(readonly=True, groups=STAFF)
    legal_back = fields.Binary('ID photo, back', attachment=True, groups=STAFF, copy=False)
    legal_back_name = fields.Char(groups=STAFF)
    legal_back_type = fields.Char(readonly=True, groups=STAFF)
    legal_back_sha256 = fields.Char(readonly=True, groups=STAFF)
    default_seals = fields.Boolean('Make the usual seals', default=True)
    agreed_version = fields.Char('Agreement accepted, version', readonly=True, copy=False)
    agreed_on = fields.Datetime('Agreement accepted on', readonly=True, copy=False)
    submitted_on = fields.Datetime(readonly=True, copy=False, tracking=True)
    submitted_by = fields.Many2one('res.users', 'Submitted by', readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    decided_by = fields.Many2one('res.users', 'Reviewer', readonly=True, copy=False)
    reason = fields.Char('Reason of the rejection', readonly=True, copy=False, tracking=True)
    rival_count = fields.Integer('Other applications for this code', compute='_compute_rival_count')

    _one_renewal = models.UniqueIndex(
        "(enterprise_id) WHERE state IN ('draft', 'pending', 'rejected')",
        'A re-certification of this enterprise is under way already.',
    )
    _term = models.Constraint('CHECK(term_to IS NULL OR term_from IS NULL OR term_to > term_from)',
                              'The business term must end after it begins.')  # fmt: skip

    @api.depends('enterprise_id', 'enterprise_id.certification_id')
    def _compute_renewal(self):
        for record in self:
            # The first certification gets its enterprise by its own approval.
            first = record.enterprise_id.certification_ids.sorted('id')[:1]
            record.renewal = bool(record.enterprise_id) and first != record

    def _compute_rival_count(self):
        codes = [code for code in self.mapped('uscc') if code]
        rows = self.sudo()._read_group([('uscc', 'in', codes), ('state', '=', 'pending')], ['uscc'], ['__count'])
        counts = dict(rows)
        for record in self:
            record.rival_count = max(counts.get(record.uscc, 0) - (record.state == 'pending'), 0)

    @api.depends('name', 'uscc')
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.name or self.env._('Certification %s', record.id or '')

    # What is stated -----------------------------------------------------------------------------

    def _compute_legal_id_number(self):
        self.legal_id_number = False

    def _inverse_legal_id_number(self):
        for record in self:
            if record.legal_id_number:
                record.sudo().write(record._legal_id_values(record.legal_id_type, record.legal_id_number))

    @api.model
    def _legal_id_values(self, id_type, number):
        if self._id_fault(id_type, number):
            raise EsignError(self._id_message(), 'LEGAL_ID')
        values = self.env['esign.person']._id_values(id_type, normal_id_number(number))
        return {
            'legal_id_type': id_type,
            'legal_id_cipher': values['id_number_cipher'],
            'legal_id_hash': values['id_number_hash'],
            'legal_id_masked': values['id_number_masked'],
        }

    def _id_fault(self, id_type, number):
        return id_number_fault(id_type, normal_id_number(number), today())

    def _id_message(self):
        return self.env._('This ID number is not valid for the chosen type: compare it with the document.')

    @api.constrains('name', 'uscc')
    def _check_stated(self):
        for record in self:
            found = names.problem(record.name) if record.name else None
            if found:
                raise ValidationError(record._name_message(found))
            found = uscc.problem(record.uscc) if record.uscc else None
            if found:
                raise ValidationError(record._uscc_message(found))

    def _name_message(self, code):
        return {
            'short': self.env._('The enterprise name is too short.'),
            'long': self.env._('The enterprise name has more than %s characters.', names.LONGEST),
            'character': self.env._('The enterprise name has a character that no licence shows.'),
        }[code]

    def _uscc_message(self, code):
        return {
            'length': self.env._('The unified social credit code has 18 characters.'),
            'alphabet': self.env._('The unified social credit code has no letters I, O, S, V, Z and no signs.'),
            'check': self.env._('The check character does not fit: compare the code with the licence.'),
        }[code]

    def _file_message(self, code):
        return {
            'empty': self.env._('The file is empty.'),
            'large': self.env._('The file is larger than 8 MB.'),
            'type': self.env._('Only JPG, PNG and PDF files are taken.'),
            'damaged': self.env._('The file is damaged and cannot be opened.'),
            'pixels': self.env._('The picture has more than 60 million pixels.'),
            'locked': self.env._('The PDF is protected by a password.'),
        }[code]

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_guarded(vals_list, initial=(('state', 'draft'),))
        cleaned = [self._cleaned(vals) for vals in vals_list]
        records = super().create([vals for vals, _facts in cleaned])
        for record, (_vals, facts) in zip(records, cleaned, strict=True):
            if facts:
                record.sudo().write(facts)
        return records

    def write(self, vals):
        self._refuse_guarded([vals])
        facts = {}
        if DATA & vals.keys():
            self._refuse_when_submitted(vals)
            vals, facts = self._cleaned(vals)
        done = super().write(vals)
        if facts:
            self.sudo().write(facts)
        return done

    def _refuse_when_submitted(self, vals):
        for record in self.sudo():
            if not self.env.su and record.create_uid != self.env.user:
                raise AccessError(self.env._('What an applicant states is changed by the applicant only.'))
            if record.state != 'draft':
                raise EsignError(
                    self.env._('Only a draft can be changed: continue the certification first.'), 'NOT_DRAFT'
                )
            fixed = {'uscc', 'kind'} if record.enterprise_id else set()
            if any(name in vals and self._cleaned({name: vals[name]})[0][name] != record[name] for name in fixed):
                raise EsignError(self.env._('Credit code and kind stay as certified.'), 'FIXED')

    def _cleaned(self, vals):
        """Return the values in one spelling, and the facts found in the files among them."""
        vals = dict(vals)
        if vals.get('legal_name'):
            vals['legal_name'] = normal_name(vals['legal_name'])
        if vals.get('legal_mobile'):
            vals['legal_mobile'] = normal_mobile(vals['legal_mobile']) or vals['legal_mobile']
        if vals.get('name'):
            vals['name'] = names.normalise(vals['name'])
        if vals.get('uscc'):
            vals['uscc'] = uscc.normalise(vals['uscc'])
        facts = {}
        for name in FILES:
            if vals.get(name):
                values = self._file_values(name, base64.b64decode(vals[name]), vals.get(f'{name}_name'))
                facts |= {key: values.pop(key) for key in (f'{name}_type', f'{name}_sha256')}
                vals |= values
        return vals, facts

    @api.model
    def _file_values(self, field, data, filename):
        """Return the values of a checked upload.

        :raises EsignError: FILE_… with what to mend.
        """
        try:
            upload = files.inspect(data, filename)
        except files.FileProblem as problem:
            raise EsignError(self._file_message(problem.code), f'FILE_{problem.code.upper()}', field=field) from problem
        return {
            field: base64.b64encode(upload.data),
            f'{field}_name': upload.name,
            f'{field}_type': upload.mimetype,
            f'{field}_sha256': hashlib.sha256(upload.data).hexdigest(),
        }
