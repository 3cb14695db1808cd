import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools import development

from ..models.esign_demo import CRONS, ENDPOINTS


@tagged('post_install', '-at_install')
class TestSilenceOfTheDemonstration(TransactionCase):
    """A demonstration calls nobody. Each test prepares its own: it holds without demo data too."""

    def setUp(self):
        super().setUp()
        self.env['esign.demo']._silence()

    def test_endpoints_lead_nowhere(self):
        for key in ENDPOINTS:
            url = self.env['ir.config_parameter'].get_param(key)
            self.assertTrue(url.startswith('http://127.0.0.1:9'), key)

    def test_crons_that_call_out_are_off(self):
        for xmlid in CRONS:
            cron = self.env.ref(xmlid, raise_if_not_found=False)
            self.assertFalse(cron and cron.active, xmlid)

    @mute_logger('odoo.addons.iap.tools.iap_tools', 'odoo.tools.translate')
    def test_iap_fails_at_once(self):
        from odoo.addons.iap.tools import iap_tools

        url = iap_tools.iap_get_endpoint(self.env)
        with patch('odoo.modules.module.current_test', None), self.assertRaises(AccessError):
            iap_tools.iap_jsonrpc(url + '/any', timeout=2)

    def test_preparing_twice_changes_nothing(self):
        self.env['esign.demo']._silence()
        self.test_endpoints_lead_nowhere()

    def test_a_server_for_production_refuses(self):
        parameters = self.env['ir.config_parameter'].sudo()
        parameters.set_param(development.PARAMETER, False)
        with patch.dict(os.environ):
            os.environ.pop(development.ENVIRONMENT, None)
            for work in ('_prepare', '_require_development'):
                with self.subTest(work), self.assertRaises(EsignError):
                    getattr(self.env['esign.demo'], work)()
        self.assertFalse(parameters.get_param(development.PARAMETER))
        with patch.dict(os.environ, {development.ENVIRONMENT: '1'}), self.assertRaises(EsignError):
            self.env['esign.demo']._require_development()

    def test_factories_are_not_callable_by_rpc(self):
        user = new_test_user(self.env, 'demo_outsider', groups='base.group_portal')
        for name in ('_verify_person', '_certify_enterprise', '_make_contracts'):
            with self.subTest(method=name), self.assertRaises(AccessError):
                call_kw(self.env['esign.demo'].with_user(user), name, [[]], {})
