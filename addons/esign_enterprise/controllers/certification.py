from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.esign_enterprise_certification import FILES
from .common import EnterprisePortal

ROOT = '/my/enterprises'
STEPS = ('data', 'legal', 'proof', 'confirm')
STEP_FIELDS = {
    'data': ('name', 'uscc', 'address', 'term_from', 'term_to'),
    'legal': ('legal_name', 'legal_id_type', 'legal_id_number', 'legal_mobile'),
    'proof': (),
    'confirm': ('default_seals',),
}
# Two files of 8 MB, two photos, and what the form adds around them.
LARGEST = 34 * 1024 * 1024


class CertificationPages(EnterprisePortal):
    """认证企业: four steps that keep what was entered, then the review's outcome."""

    @route(f'{ROOT}/certify', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def certification_start(self, **_kw):
        """Begin a certification, or go on with the one that is still empty."""
        begun = self._enterprise_attempt(request.env['esign.enterprise.certification']._start, request.env.user)
        if not begun:
            self._flash_answer(begun)
            return request.redirect(ROOT)
        return request.redirect(f'{ROOT}/certification/{begun.data.id}/data')

    @route(
        f'{ROOT}/certification/<int:record_id>',
        type='http',
        auth='user',
        website=True,
        methods=['GET'],
        sitemap=False,
    )
    def certification_show(self, record_id, **_kw):
        """Show an application as it stands."""
        record = self._certification_own(record_id)
        if not record:
            raise request.not_found()
        if record.state == 'draft':
            return request.redirect(f'{ROOT}/certification/{record.id}/data')
        return self._enterprise_render(
            'esign_enterprise.certification_show', {'record': record, 'identity': self._enterprise_identity()}
        )

    @route(
        f'{ROOT}/certification/<int:record_id>/<any(data,legal,proof,confirm):step>',
        type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False, max_content_length=LARGEST,
    )  # fmt: skip
    def certification_step(self, record_id, step, **post):
        """Show a step, or save it and go to the next one; the last one hands the application in."""
        record = self._certification_own(record_id)
        if not record:
            raise request.not_found()
        if record.state != 'draft':
            return request.redirect(f'{ROOT}/certification/{record.id}')
        if request.httprequest.method == 'GET':
            problems = record._problems() if step == 'confirm' else {}
            return self._certification_page(record, step, {}, problems)
        stored = self._enterprise_attempt(self._certification_store, record, step, post)
        problems = stored.data if stored else stored.errors
        if problems:
            return self._certification_page(record, step, post, problems)
        return request.redirect(self._certification_next(record, step, post))

    @route(
        f'{ROOT}/certification/<int:record_id>/withdraw',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def certification_withdraw(self, record_id, **_kw):
        """撤销认证."""
        record = self._enterprise_record('esign.enterprise.certification', record_id)
        return self._enterprise_act(
            ROOT, request.env._('The certification was withdrawn.'), record._withdraw, request.env.user
        )

    @route(
        f'{ROOT}/certification/<int:record_id>/continue',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def certification_continue(self, record_id, **_kw):
        """继续认证."""
        record = self._enterprise_record('esign.enterprise.certification', record_id)
        return self._enterprise_act(f'{ROOT}/certification/{record_id}', '', record._continue, request.env.user)

    @route(
        f'{ROOT}/<int:enterprise_id>/restart',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def certification_restart(self, enterprise_id, **_kw):
        """开始重新认证."""
        enterprise = self._enterprise_record('esign.enterprise', enterprise_id)
        begun = self._enterprise_attempt(
            request.env['esign.enterprise.certification']._restart, request.env.user, enterprise
        )
        if not begun:
            self._flash_answer(begun)
            return request.redirect(ROOT)
        return request.redirect(f'{ROOT}/certification/{begun.data.id}')

    @route(
        f'{ROOT}/certification/<int:record_id>/file/<any(licence,letter,legal_front,legal_back):name>',
        type='http', auth='user', website=True, methods=['GET'], sitemap=False,
    )  # fmt: skip
    def certification_file(self, record_id, name, **_kw):
        """Give the applicant back what was uploaded."""
        record = self._certification_own(record_id)
        if not record or not record[name]:
            raise request.not_found()
        stream = request.env['ir.binary'].sudo()._get_stream_from(record, name, filename_field=f'{name}_name')
        return stream.get_response(as_attachment=True)

    @route(f'{ROOT}/letter', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def certification_letter(self, **kw):
        """The authorisation letter to print, stamp and upload."""
        record = (
            self._certification_own(int(kw['certification'])) if (kw.get('certification') or '').isdigit() else None
        )
        return self._enterprise_render(
            'esign_enterprise.authorisation_letter',
            {'record': record, 'identity': self._enterprise_identity()},
        )

    def _certification_own(self, record_id):
        record = self._enterprise_record('esign.enterprise.certification', record_id)
        try:
            record._own(request.env.user)
        except UserError:
            return None
        return record.sudo()

    def _certification_store(self, record, step, post):
        user = request.env.user
        record = record.with_user(user)
        values = {name: post.get(name, '').strip() for name in STEP_FIELDS[step]}
        uploads = {}
        if step == 'proof':
            uploads = {name: found for name in FILES if (found := self._enterprise_upload(name))}
        if step == 'confirm':
            values = {'default_seals': bool(post.get('default_seals'))}
        problems = record._save(user, values, uploads)
        if problems or step != 'confirm' or post.get('go') == 'later':
            return problems
        if post.get('agree'):
            record._agree(user)
        record._submit(user)
        return {}

    def _certification_next(self, record, step, post):
        if post.get('go') == 'later':
            self._flash(request.env._('The draft is saved. Continue whenever you like.'))
            return ROOT
        if step == 'confirm':
            self._flash(request.env._('Submitted. You will be told the outcome by SMS.'))
            return f'{ROOT}/certification/{record.id}'
        return f'{ROOT}/certification/{record.id}/{STEPS[STEPS.index(step) + 1]}'

    def _certification_page(self, record, step, post, problems):
        values = {
            name: post[name] if name in post else record[name]
            for name in STEP_FIELDS[step]
            if name != 'legal_id_number'
        }
        return self._enterprise_render(
            'esign_enterprise.certification_step',
            {
                'identity': self._enterprise_identity(),
                'record': record,
                'step': step,
                'step_keys': STEPS,
                'number': STEPS.index(step) + 1,
                'values': values,
                'problems': problems,
                'id_types': record._fields['legal_id_type']._description_selection(request.env),
                'back': ROOT if step == 'data' else f'{ROOT}/certification/{record.id}/{STEPS[STEPS.index(step) - 1]}',
            },
            status=422 if problems and request.httprequest.method == 'POST' else 200,
        )
