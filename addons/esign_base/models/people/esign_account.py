import logging

from odoo import api, fields, models
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ...errors import CodeRefused, EsignError, FormRefused
from ...rules import states
from ...rules.clock import TIMEZONE
from ...rules.masks import mask_mobile
from ...rules.mobile import normal_mobile
from ...rules.password import REMEMBERED, password_faults
from ...rules.states import moves, selection
from .esign_login_guard import LOGIN

_logger = logging.getLogger(__name__)

REGISTER = 'register'
AGREEMENTS = ('service', 'privacy')


class EsignAccount(models.Model):
    """The portal account behind a login: a mobile number, its state, what was agreed to.

    A frozen or closed account has an archived login: every session, key and route ends with it.
    """

    _name = 'esign.account'
    _description = 'Portal account'
    _states = states.ACCOUNT
    _inherit = ['mail.thread', 'esign.moves']
    _order = 'id desc'
    _rec_name = 'mobile_masked'
    _moves = moves(states.ACCOUNT)

    user_id = fields.Many2one('res.users', 'Login', required=True, readonly=True, ondelete='restrict', copy=False)
    person_id = fields.Many2one('esign.person', 'Person', readonly=True, ondelete='restrict', index=True, copy=False)
    mobile = fields.Char('Mobile', required=True, readonly=True, copy=False, groups='esign_base.group_esign_operator')
    mobile_masked = fields.Char('Mobile number', compute='_compute_mobile_masked')
    state = fields.Selection(
        selection(states.ACCOUNT), 'Status', required=True, default='active', readonly=True, tracking=True, index=True
    )
    reason = fields.Char('Reason', readonly=True, tracking=True)
    registered_at = fields.Datetime('Registered on', readonly=True, default=fields.Datetime.now, index=True)
    register_ip = fields.Char('Registered from', readonly=True, groups='esign_base.group_esign_operator')
    locked = fields.Boolean('Locked after wrong passwords', compute='_compute_locked')
    acceptance_ids = fields.One2many('esign.agreement.acceptance', compute='_compute_acceptance_ids')
    password_hashes = fields.Json('Former passwords (hashed)', readonly=True, copy=False, groups=NO_ACCESS)

    _user_uniq = models.UniqueIndex('(user_id)', 'This login already has an account.')
    _mobile_uniq = models.UniqueIndex("(mobile) WHERE state != 'closed'", 'This mobile number already has an account.')
    _mobile_form = models.Constraint("CHECK (mobile ~ '^1[3-9][0-9]{9}$')", 'This is no mobile number.')

    @api.depends('mobile')
    def _compute_mobile_masked(self):
        for account in self:
            account.mobile_masked = mask_mobile(account.sudo().mobile)

    def _compute_locked(self):
        locked = self.env['esign.login.guard']._locked(self.sudo().user_id)
        for account in self:
            account.locked = account.sudo().user_id in locked

    def _compute_acceptance_ids(self):
        for account in self:
            account.acceptance_ids = self.env['esign.agreement.acceptance'].search(
                [('user_id', '=', account.user_id.id)]
            )

    # ---- registration -------------------------------------------------------------------------

    @api.model
    def _request_register_code(self, mobile):
        """Send a registration code; the owner of a registered number is told so by SMS instead."""
        otp = self.env['esign.otp']
        if self._known(mobile):
            otp._tell(
                REGISTER,
                mobile,
                self.env._('This mobile number is registered already. Log in, or reset the password.'),
            )
        else:
            otp._issue(REGISTER, mobile)

    @api.model
    def _register_account(self, mobile, password, again, code, *, agreed, ip='', agent=''):
        """Open an account for whoever holds the mobile number.

        :param agreed: whether the service agreement and the privacy policy were accepted.
        :return: the account.
        :raises FormRefused: with the fields to mend; the code is not used up then.
        """
        mobile = self._form_mobile(mobile)
        self._form_password(password, again, mobile)
        if not agreed:
            raise FormRefused({'agree': self.env._('Please read and accept the agreements first.')})
        self._form_code(REGISTER, mobile, code)
        if self._known(mobile):  # registered since the code was sent
            raise FormRefused({'code': self.env._('This mobile number is registered already. Log in instead.')})
        account = self._open(mobile, password, ip=ip)
        self.env['esign.agreement']._accept(AGREEMENTS, account.user_id, ip=ip, agent=agent)
        return account

    @api.model
    def _open(self, mobile, password, *, ip='', state='active'):
        """Create login, person and account."""
        user = (
            self.env['res.users']
            ._esign_own_account()
            ._create_user_from_template(
                {
                    'login': mobile,
                    'name': mask_mobile(mobile),
                    'password': password,
                    'lang': self.env.lang or 'zh_CN',
                    'tz': TIMEZONE,
                }
            )
        )
        person = (
            self.env['esign.person']
            .sudo()
            .create({'user_id': user.id, 'partner_id': user.partner_id.id, 'mobile': mobile})
        )
        account = self.sudo().create(
            {'user_id': user.id, 'person_id': person.id, 'mobile': mobile, 'register_ip': ip, 'state': state}
        )
        account._remember_password()
        return account

    @api.model
    def _known(self, mobile):
        """Whether a number is taken by an account or by another login, frozen ones included."""
        users = self.env['res.users'].sudo().with_context(active_test=False)
        return bool(
            self.sudo().search_count([('mobile', '=', mobile), ('state', '!=', 'closed')], limit=1)
            or users.search_count([('login', '=', mobile)], limit=1)
        )

    @api.model
    def _of_user(self, user):
        return self.sudo().search([('user_id', '=', user.id)], limit=1)

    @api.model
    def _of_mobile(self, mobile):
        return self.sudo().search([('mobile', '=', mobile), ('state', '!=', 'closed')], limit=1)

    # ---- forms --------------------------------------------------------------------------------

    @api.model
    def _form_mobile(self, text, field='mobile'):
        mobile = normal_mobile(text)
        if not mobile:
            raise FormRefused({field: self.env._('Enter a mobile number of 11 digits that begins with 1.')})
        return mobile

    @api.model
    def _form_password(self, password, again, mobile):
        faults = password_faults(password or '', mobile)
        if faults:
            raise FormRefused({'password': self._password_hint()})
        if password != again:
            raise FormRefused({'password_again': self.env._('The two passwords are not the same.')})

    @api.model
    def _password_hint(self):
        return self.env._(
            '8 to 32 characters with three of: capital letters, small letters, digits, signs; '
            'without your mobile number or spaces at the ends.'
        )

    @api.model
    def _form_code(self, purpose, number, code, subject='', field='code'):
        try:
            self.env['esign.otp']._check(purpose, number, code, subject)
        except CodeRefused as error:
            raise FormRefused({field: str(error)}) from error

    # ---- passwords ----------------------------------------------------------------------------

    def _set_new_password(self, password, again, field='password'):
        """Set a password by the rules; the last five are refused, other sessions end.

        :raises FormRefused: with the field to mend.
        """
        self.ensure_one()
        account = self.sudo()
        self._form_password(password, again, account.mobile)
        context = account.user_id._crypt_context()
        if any(context.verify(password, old) for old in account.password_hashes or []):
            raise FormRefused({field: self.env._('This password was used before. Choose one that is new.')})
        account.user_id.password = password
        account._remember_password()
        self.env['esign.login.guard']._lift(account.user_id, LOGIN)

    def _remember_password(self):
        """Keep the hash of the present password with those of the last ones."""
        for account in self:
            [[present]] = self.env.execute_query(
                SQL('SELECT password FROM res_users WHERE id = %s', account.user_id.id)
            )
            former = [old for old in account.password_hashes or [] if old != present]
            account.password_hashes = [present, *former][:REMEMBERED]

    # ---- staff --------------------------------------------------------------------------------

    def _move(self, target, **values):
        super()._move(target, **values)
        for account in self.sudo():
            if account.user_id.active != (target == 'active'):
                account.user_id.active = target == 'active'
            _logger.info('Account %s is now %s, by user %s', account.id, target, self.env.uid)
        return self

    def _activate(self):
        """The owner has proved the number: an account that was opened for this person is theirs now."""
        for account in self.sudo().filtered(lambda one: one.state == 'pending'):
            account._move('active')

    def _check_operator(self):
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise EsignError(self.env._('Only operators may do this.'), 'NOT_ALLOWED')

    def action_thaw(self):
        """Operator: let a frozen account log in again, or end the lock after wrong passwords."""
        self._check_operator()
        for account in self:
            if account.state == 'frozen':
                account._move('active', reason=False)
            self.env['esign.login.guard']._lift(account.sudo().user_id)
        return True

    def action_freeze(self):
        """Operator: ask for the reason, then freeze."""
        return self.env['esign.reason.wizard']._ask(self, 'freeze', self.env._('Freeze account'))

    def action_close(self):
        """Operator: ask for the reason, then close for good."""
        return self.env['esign.reason.wizard']._ask(self, 'close', self.env._('Close account'))

    def _staff_freeze(self, reason):
        self._check_operator()
        return self._move('frozen', reason=reason)

    def _staff_close(self, reason):
        self._check_operator()
        return self._close(reason)

    def _close(self, reason):
        """Close: the login ends, the number and the ID number become free, records stay."""
        self._move('closed', reason=reason)
        account = self.sudo()
        if not account.user_id.login.startswith('__'):
            account.user_id.login = f'__closed_{account.user_id.id}'
        open_request = account.person_id._open_verification()
        if open_request:
            open_request._withdraw()
        if account.person_id.state != 'revoked':
            account.person_id._move('revoked', reason=reason)
        return True
