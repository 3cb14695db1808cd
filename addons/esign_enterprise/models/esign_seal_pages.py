from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.esign_base.models.seals.esign_seal import COLOURS, GONE
from odoo.addons.portal.controllers.portal import pager

from .esign_enterprise_role import SEAL_OPERATOR
from .esign_seal import AUDITOR, KEEPER, MANAGERS, READERS
from .esign_seal_grant import CONFIRMERS

PAGE = 20
LIST = '/my/enterprise/seals'


class EsignSeal(models.Model):
    """What the portal's pages about enterprise seals show."""

    _inherit = 'esign.seal'

    @api.model
    def _enterprise_page(self, identity):
        """Seals that the worn identity sees, with the answer whether it may use each."""
        seals = self.sudo().search(self._identity_domain(identity))
        living = seals.filtered(lambda seal: seal.state not in GONE or seal.state in ('rejected', 'failed'))
        return {
            'seals': living,
            'gone': seals - living,
            'answers': living._usabilities(identity),
            'certificate': self._certificate_shown(identity.enterprise),
            'may_manage': identity.has_role(*MANAGERS),
        }

    def _certificate_shown(self, enterprise):
        return (
            self.env['esign.certificate']
            .sudo()
            .search([('uscc', '=', enterprise.uscc), ('kind', '=', 'long_term')], order='id desc', limit=1)
        )

    @api.model
    def _seen(self, identity, seal_id):
        """A seal that the worn identity sees (superuser), or an empty record."""
        if not identity or not identity.enterprise:
            return self.sudo().browse()
        return self.sudo().search(self._identity_domain(identity) & Domain('id', '=', seal_id), limit=1)

    def _detail_page(self, identity, page=1):
        """Values of the page of one seal."""
        self.ensure_one()
        reader = identity.has_role(*READERS)
        return {
            'seal': self,
            'answer': self._usability(identity),
            'reader': reader,
            'may_manage': identity.has_role(*MANAGERS),
            'may_confirm': identity.has_role(*CONFIRMERS),
            'grants': self.grant_ids if reader else self.grant_ids.browse(),
            'requests': self.request_ids[:10] if reader else self.request_ids.browse(),
            **(self._usage_page(page) if reader else {'usages': [], 'pager': None}),
        }

    def _usage_page(self, page):
        usages = self.env['esign.seal.usage'].sudo()
        domain = [('seal_id', '=', self.id)]
        where = pager(url=f'{LIST}/{self.id}', total=usages.search_count(domain), page=page, step=PAGE)
        return {'usages': usages.search(domain, limit=PAGE, offset=where['offset']), 'pager': where}

    @api.model
    def _form_page(self, identity):
        """Choices of the form for a new seal.

        :raises AccessError: not a manager of seals.
        """
        if not identity.has_role(*MANAGERS):
            raise AccessError(self.env._('Only administrators and keepers of seals do this.'))
        enterprise = identity.enterprise.sudo()
        departments = enterprise.department_ids.filtered('active')
        kinds = self.env['esign.seal.kind']._for_owner('department' if departments else 'enterprise')
        return {
            'kinds': kinds,
            'sizes': kinds.size_ids,
            'departments': departments,
            'colours': self._fields['colour']._description_selection(self.env) or COLOURS,
            'enterprise': enterprise,
        }

    def _grant_page(self, identity):
        """Choices of the form for an authorisation."""
        if not identity.has_role(*MANAGERS):
            raise AccessError(self.env._('Only administrators and keepers of seals do this.'))
        enterprise = self.enterprise_id
        operators = enterprise.member_ids.filtered(
            lambda member: (
                member.state == 'active'
                and SEAL_OPERATOR in member._codes()
                and not member._codes() & {KEEPER, AUDITOR}
            )
        )
        return {
            'seal': self,
            'operators': operators,
            'departments': enterprise.department_ids.filtered('active'),
            'business_types': self.env['esign.business.type'].sudo().search([]),
            'may_confirm': identity.has_role(*CONFIRMERS),
        }
