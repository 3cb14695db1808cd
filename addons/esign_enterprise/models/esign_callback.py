from odoo import models
from odoo.fields import Domain

from ..rules import states

SUBJECTS = ('esign.enterprise', 'esign.enterprise.certification')


class EsignEnterprise(models.Model):
    """Telling business systems of enterprises."""

    _inherit = 'esign.enterprise'

    def _on_certified(self, certification, first):
        result = super()._on_certified(certification, first)
        self._tell_systems('enterprise.certified', certification, {'status': self.state})
        return result

    def _tell_systems(self, kind, certification, facts):
        """Tell of a decision on a certification; those who gave the enterprise a key of their own hear it."""
        self.env['esign.callback']._emit(
            kind,
            self or certification,
            f'certification{certification.id}/{certification.decided_on}',
            lambda _ref: facts,
        )


class EsignEnterpriseCertification(models.Model):
    """Telling business systems of rejections."""

    _inherit = 'esign.enterprise.certification'

    def _staff_reject(self, reason):
        result = super()._staff_reject(reason)
        for record in self.sudo():
            record.enterprise_id._tell_systems(
                'enterprise.rejected', record, {'status': 'rejected', 'reason': record.reason}
            )
        return result


class EsignSealGrant(models.Model):
    """Telling business systems of authorisations: in force for the first time, and over."""

    _inherit = 'esign.seal.grant'

    def _move(self, target, **values):
        result = super()._move(target, **values)
        if event := states.GRANT[target].event:
            for grant in self.sudo():
                grant._tell_systems(event)
        return result

    def _tell_systems(self, kind):
        facts = {
            'status': self.state,
            'grant': self.reference,
            'seal_kind': self.seal_id.kind_code,
            'seal': self.seal_id.name,
            'silent': self.silent,
            'until': str(self.date_to) if self.date_to else '',
        }
        # The subject is the enterprise: systems hear of the seals of those they know.
        self.env['esign.callback']._emit(kind, self.enterprise_id, self.reference or str(self.id), lambda _ref: facts)


class EsignCallback(models.Model):
    """Enterprises have a key from the moment their certification is asked for."""

    _inherit = 'esign.callback'

    def _ref_of(self, record):
        if record._name not in SUBJECTS:
            return super()._ref_of(record)
        return self._enterprise_reference(record).ref or None

    def _hears_of(self, record):
        """Of an enterprise that a system merely names, it hears nothing: seals and decisions are not its business."""
        heard = super()._hears_of(record)
        if record._name not in SUBJECTS or self.scope == 'all':
            return heard
        return heard and self._enterprise_reference(record).origin != 'known'

    def _enterprise_reference(self, record):
        certifications = record if record._name == SUBJECTS[1] else record.certification_ids
        enterprise = record if record._name == SUBJECTS[0] else record.enterprise_id
        mine = Domain('user_id', '=', self.user_id.id) & Domain('kind', '=', 'enterprise')
        pointing = Domain('res_id', 'in', enterprise.ids) | Domain('certification_id', 'in', certifications.ids)
        return self.env['esign.api.reference'].search(mine & pointing, limit=1)
