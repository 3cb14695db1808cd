from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.identity import DEPARTMENT, ENTERPRISE
from odoo.addons.esign_base.rules.usability import Usability
from odoo.addons.esign_base.tools.language import in_platform_language
from odoo.addons.esign_base.tools.said import keep, listening
from odoo.addons.esign_base.tools.seal_artist import SealText

from .esign_enterprise_role import ADMINISTRATOR, LEGAL
from .esign_identity import ACTING

KEEPER = 'seal_keeper'
AUDITOR = 'auditor'
# Who sees and manages all seals of an enterprise; an auditor sees them only.
MANAGERS = (ADMINISTRATOR, LEGAL, KEEPER)
READERS = (*MANAGERS, AUDITOR)
# Seals that name the organisation: void when its name changes.
PERSONAL = ('legal',)


class EsignSeal(models.Model):
    """Seals of enterprises and departments: tied to a certificate of the same credit code."""

    _inherit = 'esign.seal'

    owner_kind = fields.Selection(
        selection_add=[(ENTERPRISE, 'Enterprise'), (DEPARTMENT, 'Department')],
        ondelete={ENTERPRISE: 'cascade', DEPARTMENT: 'cascade'},
    )
    enterprise_id = fields.Many2one(
        'esign.enterprise', 'Enterprise', readonly=True, ondelete='restrict', index='btree_not_null'
    )
    department_id = fields.Many2one(
        'esign.department', 'Department', readonly=True, ondelete='restrict', index='btree_not_null'
    )
    grant_ids = fields.One2many('esign.seal.grant', 'seal_id', 'Authorisations')
    grant_count = fields.Integer('Authorisations in force', compute='_compute_grant_count')
    request_ids = fields.One2many('esign.seal.request', 'seal_id', 'Requests')
    open_request_id = fields.Many2one('esign.seal.request', 'Open request', compute='_compute_open_request')

    def _compute_grant_count(self):
        rows = (
            self.env['esign.seal.grant']
            .sudo()
            ._read_group([('seal_id', 'in', self.ids), ('state', '=', 'active')], ['seal_id'], ['__count'])
        )
        counts = {seal.id: number for seal, number in rows}
        for seal in self:
            seal.grant_count = counts.get(seal.id, 0)

    def _compute_open_request(self):
        found = self.env['esign.seal.request'].sudo().search([('seal_id', 'in', self.ids), ('state', '=', 'pending')])
        by_seal = {request.seal_id.id: request.id for request in found}
        for seal in self:
            seal.open_request_id = by_seal.get(seal.id, False)

    def _owner_label(self):
        if self.department_id:
            return f'{self.enterprise_id.name} · {self.department_id.name}'
        return self.enterprise_id.name or super()._owner_label()

    @api.model
    def _owner_fields(self, owner):
        if owner._name == 'esign.enterprise':
            return {'owner_kind': ENTERPRISE, 'owner_key': f'{ENTERPRISE}:{owner.id}', 'enterprise_id': owner.id}
        if owner._name == 'esign.department':
            return {
                'owner_kind': DEPARTMENT,
                'owner_key': f'{DEPARTMENT}:{owner.id}',
                'enterprise_id': owner.enterprise_id.id,
                'department_id': owner.id,
            }
        return super()._owner_fields(owner)

    # Making ----------------------------------------------------------------------------------

    @api.model
    def _seal_text(self, owner, kind, **asked):
        """What a template seal of this owner bears: registered names come from the record, never
        from a form.

        :param asked: ``text``, ``serial``, ``star``, ``suffix`` as chosen.
        """
        enterprise = owner.enterprise_id if owner._name == 'esign.department' else owner
        name = enterprise.legal_name if kind.code == 'legal' else enterprise.name
        text = asked.pop('text', None)
        if kind.code == 'department':
            text = owner.name
        return SealText(kind.code, name or '', text=text or kind.text or None, tax_number=enterprise.uscc, **asked)

    @api.model
    @listening()
    def _make_defaults(self, enterprise):
        """Make the official seal and the contract seal of a certified enterprise, once.

        A name that cannot be drawn leaves a seal in state ``failed`` with the reason; the
        enterprise uploads a picture instead.
        """
        self, made = in_platform_language(self), self.browse()  # noqa: PLW0642 - the reason is read by many
        for code in ('official', 'contract'):
            kind = self.env['esign.seal.kind']._of(code)
            if self._owned(enterprise, code):
                continue
            seal = self._new(enterprise, kind, kind._usual_name(), bears=enterprise.name)
            try:
                artwork = seal._draw(self._seal_text(enterprise, kind, star=kind.star))
            except EsignError as refusal:
                seal._move('failed', state_reason=keep(str(refusal)))
                continue
            seal._take(artwork, 'template')
            seal._move('active')
            made |= seal
        return made

    def _stop_of(self, enterprise, reason, *, kinds=None, without=()):
        """Collect the seals of an enterprise for good and end their grants."""
        domain = Domain('enterprise_id', '=', enterprise.id) & Domain('state', 'in', ('active', 'suspended'))
        if kinds:
            domain &= Domain('kind_code', 'in', kinds)
        if without:
            domain &= Domain('kind_code', 'not in', without)
        for seal in self.sudo().search(domain):
            seal._collect(reason)

    def _collect(self, reason):
        result = super()._collect(reason)
        self.sudo().grant_ids._end_all('seal_gone')
        return result

    # Using -----------------------------------------------------------------------------------

    @api.model
    def _identity_domain(self, identity):
        """Managers and auditors see all seals of the worn enterprise, others those granted to them."""
        if not identity or identity.is_person:
            return super()._identity_domain(identity)
        domain = Domain('enterprise_id', '=', identity.enterprise.id)
        if identity.department:
            domain &= Domain('department_id', '=', identity.department.id) | Domain('department_id', '=', False)
        if identity.has_role(*READERS):
            return domain
        granted = self.env['esign.seal.grant']._domain_for(identity, fields.Datetime.now())
        return domain & Domain('grant_ids', 'any', granted)

    @api.model
    def _candidate_domain(self, identity, silent):
        """Authorisations for silent signing show nobody a seal: all of the enterprise are candidates."""
        if silent and identity and identity.enterprise:
            return Domain('enterprise_id', '=', identity.enterprise.id)
        return super()._candidate_domain(identity, silent)

    def _usability_context(self, identity, at, silent):
        shared = super()._usability_context(identity, at, silent)
        enterprises, member = self.enterprise_id, self._live_member(identity)
        return {
            **shared,
            'certificates': self.env['esign.certificate']._current_of(enterprises.mapped('uscc'), at),
            'member': member,
            'grants': self.env['esign.seal.grant']._for(self, member, at, silent=silent),
        }

    @api.model
    def _usability_fields(self):
        return [*super()._usability_fields(), 'enterprise_id', 'department_id']

    @api.model
    def _live_member(self, identity):
        """The membership behind the identity, read now: a member removed a moment ago has none."""
        members = self.env['esign.enterprise.member'].sudo()
        if not identity or not identity.member:
            return members
        # The row itself, not what was true when the identity was put on: memberships are never deleted.
        member = members.browse(identity.member.id)
        member.fetch(ACTING)
        return member if member.state == 'active' else members

    def _owner_usability(self, identity, at, shared):
        if self.owner_kind not in (ENTERPRISE, DEPARTMENT):
            return super()._owner_usability(identity, at, shared)
        if not identity or not identity.enterprise or identity.enterprise.id != self.enterprise_id.id:
            return Usability('not_yours', self.env._('This seal belongs to another enterprise.'))
        if self.enterprise_id.state != 'certified':
            return Usability(
                'enterprise_not_certified', self.env._('%s is not certified at present.', self.enterprise_id.name)
            )
        if not shared['member'] or shared['member'].person_id.state != 'verified':
            return Usability('not_member', self.env._('You do not belong to this enterprise any more.'))
        grants = shared['grants'].get(self.id)
        if not grants:
            return self._without_grant(shared)
        grant = grants._covering(shared['business'])
        if not grant:
            return self._out_of_scope(shared['business'])
        certificate = shared['certificates'].get(self.enterprise_id.uscc)
        if not certificate:
            return self._without_certificate()
        return Usability('ok', certificate=certificate, grant=grant)

    def _without_grant(self, shared):
        if shared['silent']:
            return Usability(
                'no_silent_grant', self.env._('Nobody authorised silent signing with the seal "%s".', self.name)
            )
        return Usability(
            'no_grant',
            self.env._('You are not authorised to use the seal "%s" now. Ask the administrator.', self.name),
        )

    def _out_of_scope(self, business):
        return Usability(
            'out_of_scope',
            self.env._(
                'Your authorisation for the seal "%(seal)s" does not cover contracts of the type "%(business)s".',
                seal=self.name, business=business.name,
            ),
        )  # fmt: skip

    def _without_certificate(self):
        issuing = (
            self.env['esign.certificate']
            .sudo()
            .search_count([('uscc', '=', self.enterprise_id.uscc), ('state', 'in', ('requested', 'failed'))], limit=1)
        )
        if issuing:
            return Usability(
                'certificate_pending', self.env._('The certificate of the enterprise is still being issued.')
            )
        return Usability(
            'no_certificate', self.env._('The enterprise has no valid certificate: the seal cannot be used.')
        )
