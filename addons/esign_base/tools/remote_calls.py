"""The one place where Odoo turns the name of a method into a call, and the question that is asked there.

XML-RPC, JSON-RPC, JSON-2 and ``/web/dataset`` all look the method up by ``get_public_method``. Odoo offers no hook
there, so that function is wrapped, once for the process and in every module that has taken it over by name.
"""

import functools

from odoo.service import model as service

from odoo.addons.rpc.controllers import json2

USERS = (service, json2)


def guard():
    """Ask ``ir.model.access._esign_admit_call`` before a method is handed out; doing it again changes nothing."""
    plain = service.get_public_method
    if hasattr(plain, '__wrapped__'):
        return

    @functools.wraps(plain)
    def get_public_method(model, name):
        method = plain(model, name)
        access = model.env['ir.model.access']
        if hasattr(access, '_esign_admit_call'):  # databases without this addon are served as ever
            access._esign_admit_call(model._name, name)
        return method

    for module in USERS:
        module.get_public_method = get_public_method
