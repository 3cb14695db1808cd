from odoo.http import request, route

from .common import EnterprisePortal

ROOT = '/my/enterprise'
PAGE = 20


class EnterpriseCentre(EnterprisePortal):
    """企业中心: members, departments, applications to join and the administrator's role.

    Everything here is for the enterprise whose identity is worn; the models check the role.
    """

    @route(ROOT, type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_overview(self, **_kw):
        """What the enterprise is certified as, and who I am in it."""
        return self._enterprise_page('overview', lambda _enterprise: {}, managers=False)

    @route(f'{ROOT}/members', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_members(self, page=1, q='', **_kw):
        """Active members, twenty a page."""

        def values(enterprise):
            number = int(page) if str(page).isdigit() else 1
            return enterprise._member_page(request.env.user, number, PAGE, q)

        return self._enterprise_page('members', values)

    @route(
        f'{ROOT}/member/<int:member_id>',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def centre_assign(self, member_id, department='', work_number='', **_kw):
        """Set roles, department and work number of a member."""
        record = self._enterprise_record('esign.enterprise.member', member_id)
        codes = request.httprequest.form.getlist('role')
        return self._enterprise_act(
            f'{ROOT}/members', request.env._('Saved.'),
            record._assign, request.env.user, codes, self._centre_department(department), work_number,
        )  # fmt: skip

    @route(
        f'{ROOT}/member/<int:member_id>/remove',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def centre_remove(self, member_id, reason='', **_kw):
        """移除成员."""
        record = self._enterprise_record('esign.enterprise.member', member_id)
        return self._enterprise_act(
            f'{ROOT}/members',
            request.env._('The member was removed.'),
            record._remove,
            request.env.user,
            reason,
        )

    @route(f'{ROOT}/joins', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_joins(self, **_kw):
        """Applications to join that wait for a decision."""
        return self._enterprise_page('joins', lambda enterprise: enterprise._join_page(request.env.user))

    @route(
        f'{ROOT}/join/<int:join_id>/<any(approve,reject):act>',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def centre_decide(self, join_id, act, department='', work_number='', reason='', **_kw):
        """Admit or refuse an applicant."""
        record, user = self._enterprise_record('esign.enterprise.join', join_id), request.env.user
        target = f'{ROOT}/joins'
        if act == 'reject':
            return self._enterprise_act(target, request.env._('Rejected.'), record._reject, user, reason)
        codes = request.httprequest.form.getlist('role')
        done = request.env._('Approved: the applicant is a member now.')
        return self._enterprise_act(
            target, done, record._approve, user, codes, self._centre_department(department), work_number
        )

    @route(f'{ROOT}/departments', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_departments(self, **_kw):
        """The departments of an internal enterprise."""
        return self._enterprise_page('departments', lambda enterprise: enterprise._department_page(request.env.user))

    @route(f'{ROOT}/departments/add', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def centre_department_add(self, name='', parent='', **_kw):
        """Add a department."""
        identity = self._enterprise_identity()
        if not identity or not identity.enterprise:
            return request.redirect('/my/enterprises')
        enterprise = identity.enterprise.sudo(False)
        return self._enterprise_act(
            f'{ROOT}/departments', request.env._('Saved.'),
            request.env['esign.department']._add, enterprise, request.env.user, name, self._centre_department(parent),
        )  # fmt: skip

    @route(
        f'{ROOT}/department/<int:department_id>/<any(rename,close):act>',
        type='http',
        auth='user',
        website=True,
        methods=['POST'],
        sitemap=False,
    )
    def centre_department_change(self, department_id, act, name='', **_kw):
        """Rename or close a department."""
        record, user = self._enterprise_record('esign.department', department_id).exists(), request.env.user
        target = f'{ROOT}/departments'
        if not record:
            return request.redirect(target)
        if act == 'close':
            return self._enterprise_act(target, request.env._('The department was closed.'), record._close, user)
        return self._enterprise_act(target, request.env._('Saved.'), record._rename, user, name)

    # 转让管理员 -----------------------------------------------------------------------------------

    @route(f'{ROOT}/transfer', type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_transfer(self, **_kw):
        """Choose who shall become administrator."""
        return self._enterprise_page('transfer', lambda enterprise: enterprise._transfer_page(request.env.user))

    @route(f'{ROOT}/transfer/code', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def centre_transfer_code(self, member='', **_kw):
        """Send the administrator the code for one transfer."""
        return self._centre_transferring(member, lambda change, enterprise, target: {
            'sent_to': change._send_code(request.env.user, enterprise, target)
        })  # fmt: skip

    @route(f'{ROOT}/transfer/confirm', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def centre_transfer_confirm(self, member='', code='', **_kw):
        """Offer the role with the code."""

        def act(change, enterprise, target):
            change._transfer(request.env.user, enterprise, target, code)
            return {'offered': True}

        return self._centre_transferring(member, act, sent_to=True)

    def _centre_transferring(self, member, act, sent_to=''):
        identity = self._enterprise_identity()
        if not identity or not identity.enterprise:
            return request.redirect('/my/enterprises')
        enterprise = identity.enterprise.sudo(False)
        target = request.env['esign.enterprise.member'].browse(int(member) if member.isdigit() else 0)
        change = request.env['esign.enterprise.admin.change']
        answer = self._enterprise_attempt(act, change, enterprise, target)
        if answer and answer.data.get('offered'):
            self._flash(request.env._('Offered. The member has 7 days to accept.'))
            return request.redirect(f'{ROOT}/transfer')
        extra = {
            'chosen': target.id,
            'problem': answer.message,
            'sent_to': answer.data.get('sent_to') or sent_to,
        }
        return self._enterprise_page('transfer', lambda one: {**one._transfer_page(request.env.user), **extra})

    def _centre_department(self, text):
        return request.env['esign.department'].browse(int(text)).exists() if text.isdigit() else None

    def _enterprise_page(self, tab, values, managers=True):
        identity = self._enterprise_identity()
        if not identity or not identity.enterprise:
            return request.redirect('/my/enterprises')
        enterprise = identity.enterprise.sudo(False)
        found = self._enterprise_attempt(values, enterprise)
        if not found:
            self._flash_answer(found)
            return request.redirect(ROOT if managers else '/my/enterprises')
        tabs = enterprise._centre_tabs(identity)
        page = {'identity': identity, 'tab': tab, 'tabs': tabs, 'enterprise': identity.enterprise, **found.data}
        return self._enterprise_render(f'esign_enterprise.centre_{tab}', page)
