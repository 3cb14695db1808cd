from datetime import date

from odoo.exceptions import UserError
from odoo.http import request, route

from .common import EnterprisePortal

ROOT = '/my/enterprise/seals'
LARGEST = 6 * 1024 * 1024  # a picture of 5 MB and the fields
FIELDS = ('kind', 'size', 'colour', 'name', 'text', 'serial', 'star', 'suffix', 'department', 'source', 'reason')


class EnterpriseSeals(EnterprisePortal):
    """企业印章: list, make, authorise, and the log of uses. The models decide who may."""

    def _seal_identity(self):
        identity = self._enterprise_identity()
        return identity if identity and identity.enterprise else None

    def _seen_seal(self, seal_id):
        return request.env['esign.seal']._seen(self._seal_identity(), seal_id)

    def _seal_picture(self):
        found = request.httprequest.files.get('file')
        return found.read(LARGEST) if found and found.filename else None

    def _seal_page(self, template, shown, identity, **more):
        return self._render(f'esign_enterprise.{template}', {'identity': identity, **shown, **more})

    @route(ROOT, type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def enterprise_seals(self, **_kw):
        """Seals of the worn enterprise that this member sees."""
        identity = self._seal_identity()
        if not identity:
            return request.redirect('/my/esign')
        return self._seal_page('seal_list', request.env['esign.seal']._enterprise_page(identity), identity)

    @route(f'{ROOT}/<int:seal_id>', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def enterprise_seal(self, seal_id, page=1, **_kw):
        """One seal: state, authorisations, requests, uses."""
        identity, seal = self._seal_identity(), self._seen_seal(seal_id)
        if not seal:
            raise request.not_found()
        number = int(page) if str(page).isdigit() else 1
        return self._seal_page('seal_detail', seal._detail_page(identity, number), identity)

    @route(
        f'{ROOT}/<int:seal_id>/page/<int:page>', type='http', auth='user', website=True, methods=['GET'], sitemap=False
    )
    def enterprise_seal_uses(self, seal_id, page, **_kw):
        """Further pages of the log of uses."""
        return self.enterprise_seal(seal_id, page)

    @route(
        [f'{ROOT}/new', f'{ROOT}/<int:seal_id>/change'],
        type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False, max_content_length=LARGEST,
    )  # fmt: skip
    def enterprise_seal_form(self, seal_id=None, **post):
        """Ask for a new seal, or for another picture of one; refused forms keep their content."""
        identity = self._seal_identity()
        seal = self._seen_seal(seal_id) if seal_id else None
        if not identity or (seal_id and not seal):
            raise request.not_found()
        form = self._enterprise_attempt(request.env['esign.seal']._form_page, identity)
        if not form:
            self._flash_answer(form)
            return request.redirect(ROOT)
        values = {name: post.get(name, '') for name in FIELDS}
        if request.httprequest.method == 'GET':
            values = {'kind': 'contract', 'star': '1', 'source': 'template', 'suffix': '印', 'colour': 'red'}
            return self._seal_page('seal_form', form.data, identity, seal=seal, values=values, error='')
        if seal:
            filed = self._enterprise_attempt(seal._request_change, request.env.user, values, self._seal_picture())
        else:
            filed = self._enterprise_attempt(
                request.env['esign.seal']._request_new,
                identity.enterprise,
                request.env.user,
                values,
                self._seal_picture(),
            )
        if not filed:
            return self._seal_page('seal_form', form.data, identity, seal=seal, values=values, error=filed.message)
        self._flash(request.env._('The request is filed. The seal can be used after the approval.'))
        return request.redirect(ROOT)

    @route(
        f'{ROOT}/preview', type='http', auth='user', website=True, methods=['POST'], sitemap=False,
        max_content_length=LARGEST,
    )  # fmt: skip
    def enterprise_seal_preview(self, **post):
        """Draw what the form says and show it; nothing is stored."""
        identity = self._seal_identity()
        if not identity:
            raise request.not_found()
        values = {name: post.get(name, '') for name in FIELDS}
        return self._json(self._enterprise_attempt(self._seal_preview, identity, values))

    def _seal_preview(self, identity, values):
        seals = request.env['esign.seal']
        draft = seals._compose(identity.enterprise, request.env.user, values, self._seal_picture())
        return {'picture': draft.preview, 'width': draft.artwork.width_mm, 'height': draft.artwork.height_mm}

    @route(
        f'{ROOT}/<int:seal_id>/<any(enable,suspend,collect,destroy,withdraw):act>',
        type='http', auth='user', website=True, methods=['POST'], sitemap=False,
    )  # fmt: skip
    def enterprise_seal_ask(self, seal_id, act, reason='', **_kw):
        """Suspend at once; ask for the rest."""
        seal = self._seen_seal(seal_id)
        if not seal:
            raise request.not_found()
        user, target, requests = request.env.user, f'{ROOT}/{seal_id}', request.env['esign.seal.request']
        if act == 'withdraw':
            return self._enterprise_act(
                target, request.env._('The request was withdrawn.'), seal.open_request_id._withdraw, user
            )
        done = request.env._('The seal is suspended.') if act == 'suspend' else request.env._('The request is filed.')
        return self._enterprise_act(target, done, requests._ask, seal, user, act, reason)

    @route(
        f'{ROOT}/<int:seal_id>/grant', type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False
    )
    def enterprise_seal_grant(self, seal_id, **post):
        """授权: choose operators or departments, and the period."""
        identity, seal = self._seal_identity(), self._seen_seal(seal_id)
        if not seal:
            raise request.not_found()
        answer = self._enterprise_attempt(seal._grant_page, identity)
        choices = answer.data
        if not answer:
            self._flash_answer(answer)
            return request.redirect(f'{ROOT}/{seal_id}')
        if request.httprequest.method == 'POST':
            answer = self._enterprise_attempt(self._propose_grant, seal, choices, post)
            if answer:
                self._flash(request.env._('The authorisation is saved.'))
                return request.redirect(f'{ROOT}/{seal_id}')
        form = request.httprequest.form
        return self._seal_page(
            'seal_grant_form', choices, identity, values=post, error=answer.message,
            members=form.getlist('member'), chosen=form.getlist('department'), businesses=form.getlist('business'),
        )  # fmt: skip

    def _propose_grant(self, seal, choices, post):
        form = request.httprequest.form
        members = choices['operators'].filtered(lambda one: str(one.id) in form.getlist('member'))
        departments = choices['departments'].filtered(lambda one: str(one.id) in form.getlist('department'))
        businesses = choices['business_types'].filtered(lambda one: str(one.id) in form.getlist('business'))
        values = {'role': 'use', 'silent': post.get('silent') == '1', 'business_type_ids': [(6, 0, businesses.ids)]}
        for field in ('date_from', 'date_to'):
            if post.get(field):
                values[field] = _day(post[field])
        return request.env['esign.seal.grant']._propose(seal, request.env.user, members, departments, **values)

    @route(
        f'{ROOT}/grant/<int:grant_id>/<any(confirm,cancel,suspend,resume):act>',
        type='http', auth='user', website=True, methods=['POST'], sitemap=False,
    )  # fmt: skip
    def enterprise_seal_grant_decide(self, grant_id, act, **_kw):
        """Confirm, cancel, suspend or resume an authorisation."""
        grant = request.env['esign.seal.grant']._seen(self._seal_identity(), grant_id)
        if not grant:
            raise request.not_found()
        method = {
            'confirm': grant._confirm,
            'cancel': grant._cancel,
            'suspend': grant._suspend,
            'resume': grant._resume,
        }
        return self._enterprise_act(
            f'{ROOT}/{grant.seal_id.id}', request.env._('Saved.'), method[act], request.env.user
        )


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(request.env._('Write the day as year-month-day.')) from None
