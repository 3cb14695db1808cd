from odoo import models
from odoo.exceptions import AccessError, UserError

from ...tools.portal import ErrorPage

GONE = (404, 410)


class EsignPortal(models.AbstractModel):
    """What is said where a page cannot be shown."""

    _inherit = 'esign.portal'

    def _esign_error_page(self, identity, code, exception):
        """The page for an answer of this code (HTTP status).

        :param exception: what was raised; its words are shown only if they were meant for users.
        """
        action = self.env._('Back to the home page') if identity else self.env._('Log in')
        return ErrorPage(*self._esign_error_words(code, exception), action)

    def _esign_error_words(self, code, exception):
        """Title, text, icon."""
        if code == 403 or isinstance(exception, AccessError):
            return (
                self.env._('You may not open this page'),
                self.env._('Perhaps it belongs to another of your identities. Otherwise ask whoever sent it to you.'),
                'lock',
            )
        if code in GONE:
            return (
                self.env._('This page is not there'),
                self.env._('The address may be mistyped, or what it showed has been removed.'),
                'search',
            )
        if code == 405:
            return (
                self.env._('This page cannot be opened directly'),
                self.env._('It belongs to a button or a form of another page. Go back and use that.'),
                'alert',
            )
        if code == 413:
            return (
                self.env._('That was too much to send'),
                self.env._('Go back and send smaller files, or fewer. Nothing of it was kept.'),
                'upload',
            )
        if code < 500:
            said = str(exception.args[0]) if isinstance(exception, UserError) and exception.args else ''
            again = self.env._('The page may have been open for too long. Go back, reload it and try again.')
            return self.env._('This did not work'), said or again, 'alert'
        return (
            self.env._('Something went wrong on our side'),
            self.env._('Nothing was changed. Try again in a moment; if it happens again, tell who runs this platform.'),
            'alert',
        )
