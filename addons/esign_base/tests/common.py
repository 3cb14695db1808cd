"""What tests of all addons share."""

import contextlib
import json
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from ..tools import development
from ..tools.sms_gateways import FILE_ENVIRONMENT
from .keys_common import SealCase, TokenMixin, private_token  # noqa: F401 - shared from here


class SmsCaught:
    """Mixin: SMS of the test go to a file of its own; `self.sms()` reads them."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sms_file = Path(folder.name) / 'sms.jsonl'
        environment = {development.ENVIRONMENT: '1', FILE_ENVIRONMENT: str(self.sms_file)}
        self.startPatcher(patch.dict(os.environ, environment))
        parameters = self.env['ir.config_parameter'].sudo()
        parameters.set_param(development.PARAMETER, 'demo')
        parameters.set_param('esign.sms_gateway', 'file')

    def sms(self):
        """All messages sent so far, oldest first."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in self.sms_file.read_text(encoding='utf-8').splitlines()]
        return []


def our_addons(env):
    """Names of the installed addons of this system."""
    modules = env['ir.module.module'].sudo().search([('state', '=', 'installed'), ('name', '=like', 'esign_%')])
    return sorted(modules.mapped('name'))


def our_models(env):
    """Registry classes of the models that our addons define (not those they only extend)."""
    return {name: model for name, model in env.registry.items() if model._original_module in our_addons(env)}
