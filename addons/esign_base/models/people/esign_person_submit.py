from odoo import api, fields, models

from ...errors import EsignError, FormRefused, RateLimited
from ...rules.clock import today
from ...rules.id_number import id_number_fault, normal_id_number
from ...rules.masks import mask_mobile
from ...rules.person_name import LONGEST, SHORTEST, name_fault, normal_name
from ...rules.photo import PhotoRefusedError, clean_photo
from ...rules.verification import Question
from .esign_person import ID_TYPES

VERIFY = 'verify'
BOTH_SIDES = frozenset(kind for kind, _label in ID_TYPES if kind != 'passport')


class EsignPerson(models.Model):
    """Real-name verification from the person's side."""

    _inherit = 'esign.person'

    verification_ids = fields.One2many('esign.person.verification', 'person_id', 'Verifications', readonly=True)

    def _verification_options(self):
        """The ways open to the person, each with the tries left today."""
        self.ensure_one()
        return [self._verification_option(p) for p in self.env['esign.verification.provider']._offered()]

    def _verification_option(self, provider):
        left = self.env['esign.rate.limit']._left(f'verify.{provider.method}', self._day_key(), provider.daily_limit)
        labels = dict(provider._fields['method']._description_selection(self.env))
        return {
            'method': provider.method,
            'label': labels[provider.method],
            'left': left,
            'left_text': self.env._('%s tries left today', left),
            'photos': provider.method == 'manual',
            'code': provider.method == 'mobile3',
        }

    def _day_key(self):
        return f'{self.id}:{today():%Y%m%d}'

    def _send_verification_code(self):
        """A code to the person's own number, for the methods that ask for one."""
        self.ensure_one()
        self.env['esign.otp']._issue(VERIFY, self.sudo().mobile, f'person:{self.id}', own=True)

    def _submit_verification(self, method, values, *, photos=None, agreed=False, ip='', agent=''):
        """Check the form, ask the provider, record everything.

        :param values: name, id_type, id_number, code as typed.
        :param photos: ``front`` and ``back`` as bytes, for the method ``manual``.
        :param agreed: separate consent to the processing of sensitive data (PIPL art. 29).
        :return: the verification.
        :raises FormRefused: fields to mend. :raises RateLimited: no tries left today.
        """
        self.ensure_one()
        person = self.sudo()
        provider = person.env['esign.verification.provider']._offered().filtered(lambda p: p.method == method)
        if not provider:
            raise EsignError(self.env._('This kind of verification is not available here.'), 'PROVIDER_NOT_READY')
        person._check_may_submit()
        name, id_type, number = person._form_identity(values)
        pictures = person._form_photos(photos or {}, id_type) if method == 'manual' else {}
        if not agreed:
            raise FormRefused({'agree': self.env._('Your separate consent is needed: these data are sensitive.')})
        person._take_daily(provider)
        if method == 'mobile3':
            person.env['esign.account']._form_code(VERIFY, person.mobile, values.get('code'), f'person:{person.id}')
        return person._start_verification(provider, name, id_type, number, pictures, ip=ip, agent=agent)

    def _start_verification(self, provider, name, id_type, number, pictures, *, ip='', agent=''):
        """Record the attempt and the consent, then ask the provider. The form was checked before."""
        person = self.sudo()
        consent = person.env['esign.agreement']._accept(['sensitive'], person.user_id, ip=ip, agent=agent)
        stored = person._id_values(id_type, number)
        person._check_unused(stored['id_number_hash'])
        verification = person.env['esign.person.verification'].create(
            {
                'person_id': person.id,
                'provider_id': provider.id,
                'method': provider.method,
                'name': name,
                'mobile_masked': mask_mobile(person.mobile),
                'ip': ip,
                'user_agent': (agent or '')[:300],
                'consent_id': consent.id,
                **stored,
                **pictures,
            }
        )
        question = Question(provider.method, name, id_type, number, person.mobile)
        verification._conclude(provider._ask(question))
        return verification

    def _check_may_submit(self):
        if self.state in ('frozen', 'revoked'):
            raise EsignError(self.env._('This identity is frozen. Please contact the operator.'), 'PERSON_FROZEN')
        if self._open_verification():
            raise EsignError(
                self.env._('Your verification is under review already. Wait for the result, or withdraw it.'),
                'ALREADY_SUBMITTED',
            )

    def _open_verification(self):
        return (
            self.env['esign.person.verification']
            .sudo()
            .search([('person_id', '=', self.id), ('state', '=', 'ongoing')], limit=1)
        )

    def _take_daily(self, provider):
        try:
            self.env['esign.rate.limit']._take(
                f'verify.{provider.method}', self._day_key(), provider.daily_limit, 24 * 3600
            )
        except RateLimited as error:
            raise RateLimited(
                self.env._('No tries left for this kind of verification today. Please come back tomorrow.'),
                **error.details,
            ) from None

    # ---- the form -----------------------------------------------------------------------------

    @api.model
    def _form_identity(self, values):
        faults = {}
        id_type = values.get('id_type') or ''
        if id_type not in dict(ID_TYPES):
            faults['id_type'] = self.env._('Choose the kind of document.')
        name, number = normal_name(values.get('name')), normal_id_number(values.get('id_number'))
        fault = name_fault(name)
        if fault:
            faults['name'] = self._name_texts()[fault]
        fault = id_number_fault(id_type, number, today()) if id_type else 'type'
        if fault and 'id_type' not in faults:
            faults['id_number'] = self._number_texts()[fault]
        if faults:
            raise FormRefused(faults)
        return name, id_type, number

    @api.model
    def _name_texts(self):
        return {
            'length': self.env._(
                'Enter the full name as on the document, %(least)s to %(most)s characters.',
                least=SHORTEST,
                most=LONGEST,
            ),
            'characters': self.env._('A name has letters and the middle dot only, as on the document.'),
        }

    @api.model
    def _number_texts(self):
        return {
            'type': self.env._('Choose the kind of document.'),
            'form': self.env._('This is not the form of such a number. Check it against the document.'),
            'kind': self.env._('This number belongs to another kind of document.'),
            'date': self.env._('The birth date in this number is not possible. Check the digits.'),
            'check': self.env._('The last character does not fit the others: a digit is mistyped.'),
        }

    @api.model
    def _form_photos(self, photos, id_type):
        pictures, faults = {}, {}
        for side in ('front', 'back'):
            raw = photos.get(side) or b''
            if not raw and side == 'back' and id_type not in BOTH_SIDES:
                continue
            try:
                clean = clean_photo(raw)
            except PhotoRefusedError as error:
                faults[f'photo_{side}'] = self._photo_texts()[error.code]
                continue
            pictures[f'photo_{side}_cipher'] = self.env['esign.person.verification']._seal_photo(clean.data)
        if faults:
            raise FormRefused(faults)
        return pictures

    @api.model
    def _photo_texts(self):
        return {
            'empty': self.env._('Add a photo of this side.'),
            'too_big': self.env._('The file is larger than 5 MB. Take a smaller photo.'),
            'kind': self.env._('This is not a JPG or PNG photo.'),
            'unreadable': self.env._('The photo is damaged and cannot be opened. Take it again.'),
            'too_small': self.env._('The photo is too small to be read: at least 300 pixels on each side.'),
            'too_large': self.env._('The photo has too many pixels. Take a smaller one.'),
        }

    # ---- results ------------------------------------------------------------------------------

    def _check_unused(self, number_hash):
        other = self.sudo().search_count(
            [
                ('id_number_hash', '=', number_hash),
                ('state', 'in', ('verified', 'frozen')),
                ('id', '!=', self.id),
            ],
            limit=1,
        )
        if other:
            raise EsignError(
                self.env._('This ID number belongs to another verified account. Log in there, or contact us.'),
                'ID_NUMBER_TAKEN',
            )

    def _become_verified(self, verification):
        """Take over what was proved. Every earlier record of the person stays as evidence."""
        self.ensure_one()
        proof = verification.sudo()
        self._check_unused(proof.id_number_hash)
        self._move(
            'verified',
            name=proof.name,
            id_type=proof.id_type,
            id_number_cipher=proof.id_number_cipher,
            id_number_hash=proof.id_number_hash,
            id_number_masked=proof.id_number_masked,
            verified_at=fields.Datetime.now(),
            verified_by_method=proof.method,
            reason=False,
        )
        self.sudo().partner_id.name = proof.name
        self._tell(lambda _: (_('Your real-name verification is passed. You can now sign contracts.'), ''))
        self._after_verified()

    def _after_verified(self):
        """Hook: the name seal is made here."""

    def _withdraw_verification(self):
        """Take back the request under review."""
        self.ensure_one()
        found = self._open_verification()
        if not found:
            raise EsignError(self.env._('There is no verification under review.'), 'NOTHING_TO_WITHDRAW')
        found._withdraw()

    def _tell(self, words):
        """Tell the person something (:meth:`esign.notice._tell`)."""
        self.env['esign.notice']._tell(self, words)

    # ---- staff --------------------------------------------------------------------------------

    def _check_operator(self):
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise EsignError(self.env._('Only operators may do this.'), 'NOT_ALLOWED')

    def action_freeze(self):
        """Operator: ask for the reason, then stop this identity from acting."""
        return self.env['esign.reason.wizard']._ask(self, 'freeze', self.env._('Freeze identity'))

    def _staff_freeze(self, reason):
        self._check_operator()
        self._move('frozen', reason=reason)
        self._tell(lambda _: (_('Your verified identity was frozen: %s', reason), ''))

    def action_unfreeze(self):
        """Operator: the identity may act again."""
        self._check_operator()
        for person in self:
            if person.state != 'frozen':
                raise EsignError(self.env._('Only a frozen identity can be unfrozen.'), 'ILLEGAL_MOVE')
            person._move('verified', reason=False)
        return True

    def action_revoke(self):
        """Operator: ask for the reason, then revoke for good."""
        return self.env['esign.reason.wizard']._ask(self, 'revoke', self.env._('Revoke identity'))

    def _staff_revoke(self, reason):
        self._check_operator()
        self._move('revoked', reason=reason)
        self._tell(lambda _: (_('Your verified identity was revoked: %s', reason), ''))
