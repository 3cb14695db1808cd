from odoo import http
from odoo.http import request

from ..models.people.esign_person import ID_TYPES
from ..tools.answer import OPEN, Answer
from .account import SECONDS
from .forms import EsignForms
from .json_route import TEXT, json_route

CENTRE = '/my/esign/me'
LARGEST_FORM = 12 * 1024 * 1024  # two photos of 5 MB and the fields


class EsignUserCentre(EsignForms):
    """The user centre: 个人信息 and 个人实名认证."""

    def _centre_account(self):
        return request.env['esign.account']._of_user(request.env.user)

    def _centre_page(self, template, values=None, answer=OPEN):
        account = self._centre_account()
        if not account:
            # Staff and logins without an account have no user centre.
            return request.redirect('/my/esign')
        identity = self._identity()
        tabs = request.env['esign.portal']._esign_centre_tabs(identity)
        values = {
            'account': account,
            'person': account.person_id,
            'tabs': tabs,
            'errors': answer.errors,
            **(values or {}),
        }
        return self._render(template, {**values, 'identity': identity}, status=200 if answer else 422)

    @http.route(CENTRE, type='http', auth='user', website=True, methods=['GET'], sitemap=False)
    def centre_me(self, **_kw):
        """Personal information and what can be changed."""
        return self._centre_page('esign_base.centre_me')

    @json_route(f'{CENTRE}/code', purpose=TEXT, value=TEXT)
    def centre_code(self, purpose, value):
        """Send a code to a number or address of this account."""
        account = self._centre_account()
        sends = {
            'email': lambda: account._request_email_code(value),
            'old': lambda: account._request_mobile_code('old'),
            'new': lambda: account._request_mobile_code('new', value),
            'verify': account.person_id._send_verification_code,
        }
        if not account or purpose not in sends:
            return Answer.no('OUT_OF_DATE', request.env._('This page is out of date. Please reload it.'))
        sent = self._attempt(sends[purpose])
        return Answer.yes({'wait': SECONDS}) if sent else sent

    @http.route(f'{CENTRE}/email', type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False)
    def centre_email(self, **post):
        """Change the e-mail address."""
        return self._centre_change(
            'esign_base.centre_email',
            post,
            lambda account: account._change_email(post.get('email'), post.get('code')),
            request.env._('Your e-mail address is changed.'),
        )

    @http.route(f'{CENTRE}/mobile', type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False)
    def centre_mobile(self, **post):
        """Change the mobile number: codes on the old and the new one."""
        return self._centre_change(
            'esign_base.centre_mobile',
            post,
            lambda account: account._change_mobile(post.get('mobile'), post.get('old_code'), post.get('code')),
            request.env._('Your mobile number is changed. Log in with it from now on.'),
        )

    @http.route(f'{CENTRE}/password', type='http', auth='user', website=True, methods=['GET', 'POST'], sitemap=False)
    def centre_password(self, **post):
        """Change the password."""
        return self._centre_change(
            'esign_base.centre_password',
            post,
            lambda account: account._change_own_password(
                post.get('old_password'), post.get('password') or '', post.get('password_again')
            ),
            request.env._('Your password is changed. Other devices were logged out.'),
        )

    def _centre_change(self, template, post, act, done):
        answer = OPEN
        if request.httprequest.method == 'POST' and self._centre_account():
            answer = self._attempt(lambda: act(self._centre_account()))
            if answer:
                self._centre_keep_session()
                self._flash(done)
                return request.redirect(CENTRE)
        kept = {key: post.get(key, '') for key in ('email', 'mobile')}
        hint = request.env['esign.account']._password_hint()
        return self._centre_page(template, {'values': kept, 'password_hint': hint}, answer)

    def _centre_keep_session(self):
        # Login and password are part of the session's token: this one goes on, all others end.
        request.env.flush_all()
        request.env.registry.clear_cache()
        request.session.session_token = request.env.user._compute_session_token(request.session.sid)

    # ---- real-name verification ---------------------------------------------------------------

    @http.route(
        f'{CENTRE}/verify',
        type='http',
        auth='user',
        website=True,
        methods=['GET', 'POST'],
        sitemap=False,
        max_content_length=LARGEST_FORM,
    )
    def centre_verify(self, **post):
        """State and form of the real-name verification."""
        account = self._centre_account()
        answer = OPEN
        if request.httprequest.method == 'POST' and account:
            answer = self._attempt(lambda: self._centre_submit(account.person_id, post))
            if answer and answer.data.state == 'fail':
                answer = Answer.no('NOT_VERIFIED', answer.data.reason)
            elif answer:
                return request.redirect(f'{CENTRE}/verify')
        return self._centre_page('esign_base.centre_verify', self._centre_verify_values(account, post), answer)

    def _centre_verify_values(self, account, post):
        person = account.person_id
        if not person:
            return {}
        options = person._verification_options()
        kept = {key: post.get(key, '') for key in ('name', 'id_type', 'id_number', 'method')}
        if kept['method'] not in [option['method'] for option in options]:
            kept['method'] = options[0]['method'] if options else ''
        labels = dict(person._fields['id_type']._description_selection(request.env))
        return {
            'options': options,
            'id_types': [(key, labels[key]) for key, _label in ID_TYPES],
            'values': kept,
            'open_verification': person._open_verification(),
            'again': post.get('again'),
        }

    def _centre_submit(self, person, post):
        photos = {}
        for side in ('front', 'back'):
            upload = post.get(f'photo_{side}')
            photos[side] = upload.read() if hasattr(upload, 'read') else b''
        return person._submit_verification(
            post.get('method', ''), post, photos=photos, agreed=bool(post.get('agree')), **self._from()
        )

    @http.route(f'{CENTRE}/verify/withdraw', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def centre_withdraw(self, **_post):
        """Take back a verification under review."""
        account = self._centre_account()
        withdrawn = self._attempt(account.person_id._withdraw_verification)
        self._flash_answer(withdrawn, request.env._('Withdrawn. You can submit again.'))
        return request.redirect(f'{CENTRE}/verify')

    # ---- identity -----------------------------------------------------------------------------

    @http.route('/my/esign/identity', type='http', auth='user', website=True, methods=['POST'], sitemap=False)
    def identity_wear(self, key='', **_post):
        """Put on another identity; everything follows."""
        worn = self._attempt(lambda: request.env['esign.identity']._wear(key))
        self._flash_answer(worn, worn and request.env._('You now act as %s.', worn.data.label))
        return request.redirect('/my/esign')
