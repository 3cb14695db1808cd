from odoo import http
from odoo.http import request

from odoo.addons.esign_base.controllers.forms import EsignForms
from odoo.addons.esign_base.rules.targets import local_path

from .verification import file_answer


class EsignEvidencePages(EsignForms):
    """出证: the evidence report and the evidence pack, for those whom a contract concerns."""

    @http.route(
        '/my/esign/evidence/<int:chain_id>/<any(report,pack):kind>', type='http', auth='user', website=True,
        methods=['POST'], sitemap=False,
    )  # fmt: skip
    def evidence_issue(self, chain_id, kind, back='/my/esign', **_kw):
        """Make the evidence of a trace and hand it out; each issue has a number of its own."""
        made = self._attempt(lambda: request.env['esign.evidence.issue']._issue(chain_id, kind, self._identity()))
        if not made:
            self._flash_answer(made)
            return request.redirect(local_path(back, '/my/esign'))
        return file_answer(*made.data)

    @http.route(
        '/my/esign/evidence/<int:chain_id>', type='http', auth='user', website=True, methods=['GET'], sitemap=False
    )
    def evidence_page(self, chain_id, **_kw):
        """Where evidence is asked for: what each form holds, and the buttons."""
        shown = self._attempt(lambda: request.env['esign.evidence.issue']._page(chain_id, self._identity()))
        if not shown:
            self._flash_answer(shown)
            return request.redirect('/my/esign')
        return self._render('esign_verify.evidence_page', {'case': shown.data, 'chain_id': chain_id})
