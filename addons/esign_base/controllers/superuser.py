from werkzeug.exceptions import NotFound

from odoo.http import route

from odoo.addons.web.controllers.home import Home

from ..tools import development


class Superuser(Home):
    """Administrators do not become superuser in the browser, where no right and no rule holds any more."""

    @route()
    def switch_to_admin(self):
        if not development.code_open():
            raise NotFound
        return super().switch_to_admin()
