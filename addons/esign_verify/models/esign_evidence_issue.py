from werkzeug.urls import url_join

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import VOID
from odoo.addons.esign_base.signing.apart.verify_apart import VerificationLimits, verify_apart
from odoo.addons.esign_base.tools.signing_messages import explained

from ..tools.evidence_pack import build_pack
from ..tools.evidence_paper import draw_evidence

PURPOSE, LIMIT, HOUR = 'esign.evidence', 20, 3600
STAFF = 'esign_base.group_esign_operator,esign_base.group_esign_auditor'
MIB = 2**20
# Documents of our own may be larger than what strangers may upload.
LIMITS = VerificationLimits(size=512 * MIB, seconds=120, memory=3072 * MIB)


class EsignEvidenceIssue(models.AbstractModel):
    """Giving out evidence of a contract group: the report alone, or everything in one pack."""

    _name = 'esign.evidence.issue'
    _description = 'Giving out evidence'

    @api.model
    def _may_issue(self, chain, identity):
        """Whether the evidence may go to this identity: those whom it concerns, and staff."""
        user = self.env.user
        if any(user.has_group(group) for group in STAFF.split(',')):
            return True
        return bool(chain.exists()) and self.env['esign.evidence']._may_see(chain, identity)

    @api.model
    def _chain(self, chain_id, identity):
        chain = self.env['esign.trace.chain'].sudo().browse(chain_id).exists()
        if not chain or not self._may_issue(chain, identity):
            raise EsignError(self.env._('There is no evidence here for you.'), 'NOT_YOURS')
        return chain

    @api.model
    def _page(self, chain_id, identity):
        """The case that the page asks about.

        :raises EsignError: as :meth:`_issue`.
        """
        return self.env['esign.evidence'].sudo()._case(self._chain(chain_id, identity))

    @api.model
    def _issue(self, chain_id, kind, identity=None):
        """(file name, bytes, media type) of the evidence of a trace.

        :param kind: ``report`` or ``pack``.
        :raises EsignError: not for you, or not finished; :raises CoreRefused: it cannot be signed now.
        """
        chain = self._chain(chain_id, identity)
        many = getattr(identity, 'is_staff', False)  # staff and business systems deal with everybody's contracts
        self.env['esign.rate.limit']._take(PURPOSE, f'user:{self.env.user.id}', LIMIT * 30 if many else LIMIT, HOUR)
        evidence = self.env['esign.evidence'].sudo()
        case = evidence._case(chain)
        asked_by = identity.label if getattr(identity, 'person', None) else self.env.user.name
        reports = self.env['esign.report']
        number = reports._new_number('evidence')
        worn = identity if getattr(identity, 'person', None) else None
        chain._append('evidence', identity=worn, actor=asked_by, note=number, data={'kind': kind})
        with explained(self.env):
            chain._stamp()
        faults = self._faults_shown(chain)
        verdicts = {one.document.id: self._verdict_of(one.document) for one in case.files}
        drawn = draw_evidence({**self._paper_context(), 'faults': faults}, case, verdicts, number, asked_by)
        report = reports._sign(drawn)
        facts = {'chain_id': chain.id, 'asked_by': asked_by}
        reports._write_down('evidence', number, report, **facts)
        if kind == 'report':
            return f'{number}.pdf', report, 'application/pdf'
        pack = build_pack(self.sudo().env, case, verdicts, number, report, reports._sign_detached, faults)
        reports._write_down('pack', reports._new_number('pack'), pack, **facts)
        return f'{number}.zip', pack, 'application/zip'

    @api.model
    def _faults_shown(self, chain):
        """What the records lack, as sentences that stand on the report; who audits is told."""
        faults = [chain._words(fault) for fault in chain.sudo()._faults()]
        if faults:
            chain._alarm('; '.join(faults))
        return faults

    @api.model
    def _verdict_of(self, document):
        """The core's judgement of the newest revision, with what is expected in it."""
        newest = document._newest()
        expected = self.env['esign.evidence'].sudo()._expected(newest)
        with explained(self.env):
            return verify_apart(newest._bytes(), self.env['esign.signing']._trust(), expected, limits=LIMITS)

    @api.model
    def _paper_context(self):
        """What drawing needs of the surroundings: translation, words, addresses, times."""
        base = self.env['ir.config_parameter'].sudo().get_param('web.base.url') or ''
        return {
            'env': self.env,
            'product': self.env['esign.portal']._esign_product_name(),
            'time': self.env['esign.verification']._time,
            'address': lambda sha256: url_join(base, f'/esign/verify?sha256={sha256}'),
            'now': fields.Datetime.now(),
            'void': VOID,
        }
