import base64

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.clock import today
from odoo.addons.esign_base.rules.mobile import normal_mobile
from odoo.addons.esign_base.rules.person_name import LONGEST, SHORTEST, name_fault, normal_name

from ..rules import names, uscc
from .esign_enterprise import LIVE
from .esign_enterprise_certification import DATA, FILES, OPEN
from .esign_enterprise_role import ADMINISTRATOR

OPEN_LIMIT = 5
AGREEMENT_VERSION = '2026-01'


class EsignEnterpriseCertification(models.Model):
    """The applicant's side of a certification: draft, hand in, take back, begin anew."""

    _inherit = 'esign.enterprise.certification'

    @api.model
    def _start(self, user):
        """Return a draft for a verified person: an untouched one they have, or a new one."""
        person = self._applicant(user)
        own = self.sudo().search([('person_id', '=', person.id), ('state', 'in', OPEN)])
        blank = own.filtered(lambda c: c.state == 'draft' and not c.name and not c.uscc and not c.enterprise_id)
        if blank:
            return blank[0]
        if len(own) >= OPEN_LIMIT:
            raise EsignError(
                self.env._('You have %s open certifications: finish or withdraw one first.', len(own)),
                'LIMIT',
            )
        return self.sudo().with_context(mail_create_nosubscribe=True).create({'person_id': person.id})

    @api.model
    def _restart(self, user, enterprise):
        """Begin a re-certification with the data in force; the old one stays in force meanwhile."""
        member = enterprise._require(user, ADMINISTRATOR, states=('certified', 'expired'))
        running = self.sudo().search([('enterprise_id', '=', enterprise.id), ('state', 'in', OPEN)], limit=1)
        if running:
            if running.person_id != member.person_id and running.state == 'draft':
                running.person_id = member.person_id
            return running._continue(user)
        old = enterprise.sudo().certification_id
        values = old.copy_data()[0]
        for name in ('name', 'uscc', 'kind', 'legal_id_cipher', 'legal_id_hash', 'legal_id_masked', *FILES):
            values[name] = old[name]
        values.update(person_id=member.person_id.id, enterprise_id=enterprise.id)
        return self.sudo().with_context(mail_create_nosubscribe=True).create(values)

    def _continue(self, user):
        """Bring a pending, rejected or withdrawn application back to draft for changes."""
        self._own(user)
        if self._lock().sudo().state != 'draft':
            self._move('draft')
            self._clear_reviews()
        return self

    def _withdraw(self, user):
        """Withdraw an application that is not certified."""
        self._own(user)
        self._move('withdrawn')
        self._clear_reviews()
        return self

    def _save(self, user, values, uploads=()):
        """Store what a step of the form holds and return what could not be stored, field → what to mend.

        :param uploads: maps a file field to (bytes, name).
        """
        self._own(user)
        record = self._lock().sudo()
        allowed = (DATA | {'legal_id_number'}) - {'kind', 'person_id', *self._guarded, *FILES}
        values = {name: value or False for name, value in values.items() if name in allowed}
        problems = self._faults(values)
        values = {name: value for name, value in values.items() if name not in problems}
        number = values.pop('legal_id_number', False)
        if number:
            values.update(self._legal_id_values(values.get('legal_id_type') or record.legal_id_type, number))
        for name, (data, filename) in dict(uploads).items():
            try:
                self._file_values(name, data, filename)
                values |= {name: base64.b64encode(data), f'{name}_name': filename}
            except EsignError as error:
                problems[name] = str(error)
        if record.enterprise_id:
            values.pop('uscc', None)
        record.write(values)
        self.env.flush_all()
        return problems

    def _faults(self, values):
        """Return what is wrong with stated values, field → what to mend."""
        found, record = {}, self.sudo()
        id_type = values.get('legal_id_type') or record.legal_id_type
        checks = {
            'name': lambda text: (names.problem(names.normalise(text)), self._name_message),
            'uscc': lambda text: (uscc.problem(uscc.normalise(text)), self._uscc_message),
            'legal_name': lambda text: (name_fault(normal_name(text)), self._legal_name_message),
            'legal_mobile': lambda text: (None if normal_mobile(text) else 'form', self._mobile_message),
        }
        for name, check in checks.items():
            if values.get(name):
                code, message = check(values[name])
                if code:
                    found[name] = message(code)
        if values.get('legal_id_number') and self._id_fault(id_type, values['legal_id_number']):
            found['legal_id_number'] = self._id_message()
        start, end = (values.get(n, record[n]) for n in ('term_from', 'term_to'))
        if start and end and fields.Date.to_date(end) <= fields.Date.to_date(start):
            found['term_to'] = self.env._('The business term must end after it begins.')
        return found

    def _legal_name_message(self, _code):
        return self.env._(
            'Write the name as on the ID document, %(least)s to %(most)s characters.', least=SHORTEST, most=LONGEST
        )

    def _mobile_message(self, _code):
        return self.env._('Enter a mobile number of eleven digits.')

    def _agree(self, user):
        """Note that the agreement on digital certificates was accepted, with its version."""
        self._own(user)
        self.sudo().write({'agreed_version': AGREEMENT_VERSION, 'agreed_on': fields.Datetime.now()})
        return self

    def _submit(self, user):
        """Hand the application in; handing it in twice is the same as once.

        :raises EsignError: INCOMPLETE with ``details['fields']``: field → what to mend.
        """
        person = self._own(user)
        return self._hand_in(person, user)

    def _hand_in(self, person, user):
        person._check_verified()
        record = self._lock().sudo()
        if record.state == 'pending':
            return self
        problems = record._problems()
        if problems:
            raise EsignError('\n'.join(problems.values()), 'INCOMPLETE', fields=problems)
        self._move('pending', submitted_on=fields.Datetime.now(), submitted_by=user.id, reason=False)
        record._ask_for_review()
        return self

    def _problems(self):
        """Return what is missing or wrong: field name → translated sentence."""
        self.ensure_one()
        labels = {name: self._fields[name]._description_string(self.env) for name in self._fields}
        needed = ['name', 'uscc', 'legal_name', 'legal_id_type', 'legal_id_masked', 'licence', 'letter']
        problems = {n: self.env._('%s is missing.', labels[n]) for n in needed if not self[n]}
        if not self.agreed_on:
            problems['agreed_on'] = self.env._('Accept the agreement on digital certificates.')
        if self.term_to and self.term_to <= today():
            problems['term_to'] = self.env._('The business term of this licence has ended.')
        fault = self.default_seals and self.name and self.env['esign.seal']._name_fault(self.name)
        if fault:
            problems['default_seals'] = self.env._(
                '%s Leave out the usual seals, and upload pictures of yours after the certification.', fault
            )
        if self._certified_elsewhere():
            problems['uscc'] = self.env._('This enterprise is certified already: apply to join it instead.')
        return problems

    def _certified_elsewhere(self):
        domain = (
            Domain('uscc', '=', self.uscc) & Domain('state', 'in', LIVE) & Domain('id', '!=', self.enterprise_id.id)
        )
        return bool(self.uscc) and bool(self.env['esign.enterprise'].sudo().search_count(domain, limit=1))

    def _own(self, user):
        """Return the applicant when it is ``user``.

        :raises EsignError: somebody else's application answers as one that does not exist.
        """
        self.ensure_one()
        if not self.exists() or not user or self.sudo().person_id.user_id != user:
            raise EsignError(self.env._('There is no such certification.'), 'NOT_FOUND')
        return self.sudo().person_id

    @api.model
    def _applicant(self, user):
        person = self.env['esign.person']._of_user(user)
        if not person:
            raise EsignError(self.env._('Only registered persons can certify an enterprise.'), 'NO_PERSON')
        person._check_verified()
        return person

    def _applicant_is_legal(self):
        record = self.sudo()
        return bool(record.legal_id_hash) and record.legal_id_hash == record.person_id.id_number_hash
