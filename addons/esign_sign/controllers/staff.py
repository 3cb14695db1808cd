from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request


class EsignStaffFiles(http.Controller):
    """Files for staff of the web client."""

    @http.route('/esign/staff/contracts/<int:contract_id>', type='http', auth='user', methods=['GET'])
    def staff_contract_file(self, contract_id):
        """The newest revision of a contract, as a download."""
        contract = request.env['esign.contract'].browse(contract_id).exists()
        try:
            name, data = contract._staff_file() if contract else (None, None)
        except (AccessError, UserError) as refusal:
            return request.make_response(str(refusal), [('Content-Type', 'text/plain; charset=utf-8')], status=403)
        if data is None:
            return request.not_found()
        headers = [
            ('Content-Type', 'application/pdf'),
            ('Content-Disposition', content_disposition(name)),
            ('Cache-Control', 'no-store'),
        ]
        return request.make_response(data, headers)
