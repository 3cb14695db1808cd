from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request


class EsignTraceFiles(http.Controller):
    """Traces as files, for auditors."""

    @http.route('/esign/staff/traces/<int:chain_id>.<any(json,csv):form>', type='http', auth='user', methods=['GET'])
    def staff_trace_file(self, chain_id, form):
        """One trace as JSON or CSV."""
        chain = request.env['esign.trace.chain'].browse(chain_id).exists()
        if not chain:
            return request.not_found()
        try:
            name, kind, data = chain._export(form)
        except (AccessError, UserError) as refusal:
            return request.make_response(str(refusal), [('Content-Type', 'text/plain; charset=utf-8')], status=403)
        headers = [
            ('Content-Type', kind),
            ('Content-Disposition', content_disposition(name)),
            ('Cache-Control', 'no-store'),
        ]
        return request.make_response(data, headers)
