from odoo.http import request, route

from odoo.addons.esign_base.tools.answer import OPEN

from .common import EnterprisePortal

ROOT = '/my/enterprises'
TO_JOIN = f'{ROOT}/join'
LETTER_MAX = 9 * 1024 * 1024


class EnterprisePages(EnterprisePortal):
    """我的企业, 加入企业 and the change of an administrator, for a person."""

    @route(ROOT, type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def enterprises_mine(self, tab='certified', **_kw):
        """The enterprises that I certified, and those that I joined."""
        identity = self._enterprise_identity()
        if not identity:
            return request.redirect('/my/esign')
        lists = request.env['esign.enterprise']._of_person(identity.person)
        tab = tab if tab in ('certified', 'joined') else 'certified'
        tabs = request.env['esign.portal']._esign_centre_tabs(identity)
        values = {'identity': identity, 'shown': tab, 'centre_tabs': tabs, **lists}
        return self._enterprise_render('esign_enterprise.my_enterprises', values)

    @route(
        f'{ROOT}/<int:enterprise_id>/enter',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def enterprise_enter(self, enterprise_id, to='', **_kw):
        """Act for the enterprise and open its centre."""
        key = f'enterprise:{enterprise_id}'
        worn = self._enterprise_attempt(request.env['esign.identity']._wear, key)
        if not worn:
            self._flash_answer(worn)
            return request.redirect(ROOT)
        return request.redirect('/my/enterprise/transfer' if to == 'transfer' else '/my/enterprise')

    @route(
        f'{ROOT}/<int:enterprise_id>/leave',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def enterprise_leave(self, enterprise_id, **_kw):
        """退出企业."""
        return self._enterprise_act(
            f'{ROOT}?tab=joined', request.env._('You have left the enterprise.'),
            request.env['esign.enterprise.member']._leave_enterprise, request.env.user, enterprise_id,
        )  # fmt: skip

    # 加入企业 -------------------------------------------------------------------------------------

    @route(TO_JOIN, type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False)
    def join_search(self, q='', **_kw):
        """Search certified enterprises by name."""
        answer, asked = OPEN, request.httprequest.method == 'POST' and q.strip()
        if asked:
            answer = self._enterprise_attempt(request.env['esign.enterprise']._search_certified, q, request.env.user)
        values = {
            'identity': self._enterprise_identity(),
            'q': q,
            'found': answer.data if asked and answer else None,
            'problem': answer.message,
        }
        return self._enterprise_render('esign_enterprise.join_search', values)

    @route(
        f'{TO_JOIN}/<int:enterprise_id>',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def join_apply(self, enterprise_id, department='', work_number='', note='', **_kw):
        """Apply to join one of them."""
        record = self._enterprise_record('esign.enterprise', enterprise_id)
        applied = self._enterprise_attempt(
            request.env['esign.enterprise.join']._apply,
            request.env.user,
            record,
            department,
            work_number,
            note,
        )
        if not applied:
            self._flash_answer(applied)
            return request.redirect(TO_JOIN)
        self._flash(request.env._('Applied. You will be told when the enterprise has decided.'))
        return request.redirect(f'{ROOT}?tab=joined')

    @route(
        f'{TO_JOIN}/<int:join_id>/withdraw',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def join_withdraw(self, join_id, **_kw):
        """撤销加入企业."""
        record = self._enterprise_record('esign.enterprise.join', join_id)
        return self._enterprise_act(
            f'{ROOT}?tab=joined',
            request.env._('The application was withdrawn.'),
            record._withdraw,
            request.env.user,
        )

    # 申请已认证企业管理员 --------------------------------------------------------------------------

    @route(
        f'{ROOT}/<int:enterprise_id>/administrator', type='http', auth='user', website=True,
        methods=['GET', 'POST'], sitemap=False, max_content_length=LETTER_MAX,
    )  # fmt: skip
    def administrator_apply(self, enterprise_id, note='', **_kw):
        """Apply to become the administrator of an external enterprise."""
        enterprise = self._enterprise_record('esign.enterprise', enterprise_id)
        member = self._enterprise_attempt(enterprise._require, request.env.user)
        if not member:
            raise request.not_found()
        problem = ''
        if request.httprequest.method == 'POST':
            data, filename = self._enterprise_upload('letter') or (b'', '')
            applied = self._enterprise_attempt(
                request.env['esign.enterprise.admin.change']._apply,
                request.env.user, enterprise, data, filename, note,
            )  # fmt: skip
            if applied:
                self._flash(request.env._('Applied. The platform reviews the letter and tells you the outcome.'))
                return request.redirect(f'{ROOT}?tab=joined')
            problem = applied.message
        values = {
            'identity': self._enterprise_identity(),
            'enterprise': member.data.enterprise_id,
            'note': note,
            'problem': problem,
        }
        return self._enterprise_render('esign_enterprise.administrator_apply', values, status=422 if problem else 200)

    @route(
        f'{ROOT}/change/<int:change_id>/<any(accept,decline,cancel,withdraw):act>',
        type='http', auth='user', website=True, methods=['POST'], sitemap=False,
    )  # fmt: skip
    def administrator_change(self, change_id, act, **_kw):
        """Accept, decline or take back a change of administrator."""
        record = self._enterprise_record('esign.enterprise.admin.change', change_id)
        acts = {
            'accept': (record._accept, request.env._('You are the administrator now.')),
            'decline': (record._decline, request.env._('Declined.')),
            'cancel': (record._cancel, request.env._('The transfer was cancelled.')),
            'withdraw': (record._withdraw, request.env._('The application was withdrawn.')),
        }
        method, done = acts[act]
        return self._enterprise_act(f'{ROOT}?tab=joined', done, method, request.env.user)
