from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from odoo.addons.esign_base.controllers.json_route import TEXT, json_route
from odoo.addons.esign_base.tools.answer import attempt


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

    @http.route('/esign/staff/contracts/<int:contract_id>/board', type='http', auth='user', methods=['GET'])
    def staff_contract_board(self, contract_id, **_kw):
        """The newest revision for the board, in ranges if asked for."""
        contract = request.env['esign.contract'].browse(contract_id).exists()
        try:
            file = contract._staff_view() if contract else None
        except (AccessError, UserError):
            file = None
        if not file:
            return request.not_found()
        response = (
            request.env['ir.binary']
            ._get_stream_from(file, 'raw', 'contract.pdf')
            .get_response(as_attachment=False, immutable=False)
        )
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    @json_route('/esign/staff/contracts/<int:contract_id>/board/search', website=False, text=TEXT)
    def staff_contract_search(self, contract_id, text):
        """Where a keyword stands."""
        contract = request.env['esign.contract'].browse(contract_id)
        return attempt(request.env, lambda: {'matches': contract._staff_search(text)})
