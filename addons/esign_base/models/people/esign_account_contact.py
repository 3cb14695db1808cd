from odoo import models
from odoo.exceptions import AccessDenied
from odoo.tools import single_email_re

from ...errors import FormRefused

OLD_MOBILE, NEW_MOBILE, NEW_EMAIL, RESET = 'mobile.old', 'mobile.new', 'email', 'reset'


class EsignAccount(models.Model):
    """The user centre: mail address, mobile number and password of an account."""

    _inherit = 'esign.account'

    # ---- log-in and reset codes ---------------------------------------------------------------

    def _request_login_code(self, mobile):
        """A log-in code, or the reason by SMS; whoever asks cannot tell the difference."""
        self._request_code('login', mobile)

    def _request_reset_code(self, mobile):
        """A code to reset the password, under the same silence."""
        self._request_code(RESET, mobile)

    def _request_code(self, purpose, mobile):
        account, otp = self._of_mobile(mobile), self.env['esign.otp']
        if account.state in ('pending', 'active'):
            # From a device where the account was used before it is its owner who asks.
            guard = self.env['esign.login.guard']
            own = bool(guard._known_device(guard._subject(account.user_id.login)))
            otp._issue(purpose, mobile, own=own)
        elif account:
            otp._tell(purpose, mobile, self.env._('Your account is frozen. Please contact the operator.'))
        else:
            otp._tell(purpose, mobile, self.env._('This mobile number has no account yet. Please register first.'))

    def _reset_password(self, mobile, code, password, again):
        """Set a new password by SMS code; it ends a lock after wrong passwords.

        :raises FormRefused: with the fields to mend.
        """
        mobile = self._form_mobile(mobile)
        self._form_password(password, again, mobile)
        self._form_code(RESET, mobile, code)
        account = self._of_mobile(mobile)
        if account.state not in ('pending', 'active'):
            self.env['esign.otp']._refuse_code()
        account._activate()
        account._set_new_password(password, again)
        return account

    # ---- user centre --------------------------------------------------------------------------

    def _subject(self):
        return f'account:{self.id}'

    def _request_email_code(self, email):
        """A code by mail to the new address."""
        self.ensure_one()
        self.env['esign.otp']._issue(NEW_EMAIL, self._form_email(email), self._subject())

    def _change_email(self, email, code):
        """Take over an address whose code was given."""
        self.ensure_one()
        email = self._form_email(email)
        self._form_code(NEW_EMAIL, email, code, self._subject())
        self.sudo().person_id.email = email

    def _form_email(self, text):
        email = (text or '').strip().lower()
        if len(email) > 120 or not single_email_re.match(email):
            raise FormRefused({'email': self.env._('Enter a complete e-mail address.')})
        return email

    def _request_mobile_code(self, which, mobile=None):
        """A code to the present number (``old``) or to the new one (``new``)."""
        self.ensure_one()
        otp = self.env['esign.otp']
        if which == 'old':
            otp._issue(OLD_MOBILE, self.sudo().mobile, self._subject(), own=True)
            return
        mobile = self._form_new_mobile(mobile)
        if self._known(mobile):
            otp._tell(
                NEW_MOBILE,
                mobile,
                self.env._('Somebody wants to use this number for an account, but it has one already.'),
            )
        else:
            otp._issue(NEW_MOBILE, mobile, self._subject())

    def _form_new_mobile(self, text):
        mobile = self._form_mobile(text)
        if mobile == self.sudo().mobile:
            raise FormRefused({'mobile': self.env._('This is your present number. Enter the new one.')})
        return mobile

    def _change_mobile(self, mobile, old_code, new_code):
        """Change number and login; codes on both numbers are needed. Other sessions end."""
        self.ensure_one()
        mobile = self._form_new_mobile(mobile)
        account = self.sudo()
        old = account.mobile
        self._form_code(OLD_MOBILE, old, old_code, self._subject(), field='old_code')
        self._form_code(NEW_MOBILE, mobile, new_code, self._subject(), field='code')
        if self._known(mobile):
            raise FormRefused({'code': self.env._('The code is wrong or has expired. Check it, or ask for a new one.')})
        account.mobile = mobile
        account.user_id._esign_own_account().login = mobile
        account.person_id.mobile = mobile
        account.message_post(body=self.env._('The mobile number was changed by its owner.'))
        account._tell_old_number(old)

    def _tell_old_number(self, old):
        text = self.env._('The mobile number of your account was changed. If this was not you, contact us.')
        self.env['esign.notice']._sms(old, text)

    def _change_own_password(self, old, password, again):
        """Change the password from the user centre; the old one counts against the lock."""
        self.ensure_one()
        account = self.sudo()
        user = account.user_id.with_user(account.user_id).sudo()
        try:
            user._check_credentials({'type': 'password', 'login': user.login, 'password': old}, {'interactive': True})
        except AccessDenied as error:
            wrong = self.env._('The present password is wrong.')
            text = wrong if error.args == AccessDenied().args else str(error)
            raise FormRefused({'old_password': text}) from None
        self._set_new_password(password, again)
