from odoo import api, fields, models

from ...errors import EsignError
from ...rules.demo_people import DEMO_PEOPLE
from ...rules.verification import Outcome, ProviderAnswer
from ...tools import development

METHODS = [
    ('id2', 'Name and ID number'),
    ('mobile3', 'Name, ID number and mobile number'),
    ('bank4', 'Bank card'),
    ('face', 'Face'),
    ('manual', 'Photos of the document, reviewed by staff'),
]


class EsignVerificationProvider(models.Model):
    """Who checks a person's data, by which method, how often a day.

    A provider is a code with two hooks: ``_ready_<code>()`` says whether it can work here,
    ``_check_<code>(question)`` answers. Another addon adds its code to the selection and the hooks.
    """

    _name = 'esign.verification.provider'
    _description = 'Verification provider'
    _order = 'sequence, id'

    name = fields.Char('Name', required=True, translate=True)
    code = fields.Selection([('manual', 'Staff'), ('demo', 'Demonstration table')], 'Provider', required=True)
    method = fields.Selection(METHODS, 'Verification method', required=True)
    sequence = fields.Integer('Sequence', default=10)
    active = fields.Boolean('Active', default=True)
    daily_limit = fields.Integer('Tries a day', default=5, required=True)

    _limit_positive = models.Constraint('CHECK (daily_limit > 0)', 'At least one try a day.')

    @api.constrains('code', 'method')
    def _check_method(self):
        for provider in self:
            if (provider.code == 'manual') != (provider.method == 'manual'):
                raise EsignError(self.env._('Review by staff is the method of the provider “Staff”, and no other.'))

    @api.model
    def _offered(self):
        """The providers that can work here, one a method, as superuser."""
        offered, seen = self.browse(), set()
        for provider in self.sudo().search([]):
            if provider.method not in seen and provider._is_ready():
                offered |= provider
                seen.add(provider.method)
        return offered

    def _is_ready(self):
        self.ensure_one()
        return getattr(self, f'_ready_{self.code}')()

    def _ask(self, question):
        """Put the question to the provider.

        :raises EsignError: when it cannot work here.
        """
        self.ensure_one()
        if not self._is_ready():
            raise EsignError(self.env._('This kind of verification is not available here.'), 'PROVIDER_NOT_READY')
        return getattr(self, f'_check_{self.code}')(question)

    def _ready_manual(self):
        return True

    def _check_manual(self, _question):
        return ProviderAnswer(Outcome.WAITING)

    def _ready_demo(self):
        """Only on a demonstration database of a server that says it is for development. Both."""
        return development.server_marked() and development.database_marked(self.env)

    def _check_demo(self, question):
        known = DEMO_PEOPLE.get(question.id_number)
        if known is None:
            return ProviderAnswer(Outcome.FAIL, 'unknown')
        fits = known[0] == question.name and (question.method == 'id2' or known[1] == question.mobile)
        return ProviderAnswer(Outcome.SUCCESS if fits else Outcome.FAIL, '' if fits else 'mismatch', flow='demo')
