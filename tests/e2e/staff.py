"""The staff at the database's interface: groups to sign are made here, and states are looked at."""

import base64
import os
import time
import xmlrpc.client

STAFF = ('admin', 'admin')
# What the launcher and the queue do, by the methods of the engine. `spec` comes before it.
PREPARE = """
demo = env['esign.demo'].with_context(queue_job__no_delay=True, lang='zh_CN')
who = [demo._person(int(one)) if one.isdigit() else demo._enterprise(one) for one in spec.get('parties', ['1'])]
group = demo._demo_group(spec['name'], 'general', spec['files'], who, placed=spec['placed'])
if spec.get('pdf'):
    group.contract_ids._take_file('contract.pdf', b64decode(spec['pdf']))
demo._launch_demo(group)
if group.state != 'pending':
    raise UserError(group.problem or group.state)
env['esign.rate.limit']._clear('otp.resend', 'esign.consent:13800000001')
env['esign.rate.limit']._clear('otp.day', '13800000001')
log(str(group.id), level='e2e:' + spec['name'])
"""


class Staff:
    """The administrator at the database's interface."""

    def __init__(self, server: str) -> None:
        self.database = os.environ['ESIGN_E2E_DATABASE']
        common = xmlrpc.client.ServerProxy(f'{server}/xmlrpc/2/common')
        self.uid = common.authenticate(self.database, *STAFF, {})
        self.models = xmlrpc.client.ServerProxy(f'{server}/xmlrpc/2/object')

    def call(self, model: str, method: str, *args, **kwargs):
        return self.models.execute_kw(self.database, self.uid, STAFF[1], model, method, list(args), kwargs)

    def run(self, code: str) -> None:
        """Runs code on the server once, as a server action."""
        model = self.call('ir.model', 'search', [('model', '=', 'res.partner')])[0]
        action = self.call(
            'ir.actions.server', 'create', {'name': 'e2e', 'model_id': model, 'state': 'code', 'code': code}
        )
        action = action[0] if isinstance(action, list) else action
        self.call('ir.actions.server', 'run', [action])

    def key(self, login: str) -> str:
        """A new API key of a business system."""
        self.run(
            f"system = env['res.users'].search([('login', '=', {login!r})])\n"
            "key = env['res.users.apikeys'].with_user(system).sudo()._generate('rpc', 'e2e', None)\n"
            "env['ir.config_parameter'].set_param('e2e.key', key)"
        )
        made = self.call('ir.config_parameter', 'get_param', 'e2e.key')
        self.call('ir.config_parameter', 'set_param', 'e2e.key', False)
        return made

    def group(
        self, name: str, files: list[str], *, placed: bool, pdf: bytes = b'', parties: tuple[str, ...] = ('1',)
    ) -> int:
        """A launched group; answers its id.

        :param pdf: taken instead of the demonstration's text.
        :param parties: numbers of persons and codes of enterprises of the demonstration; its signer alone signs
            where nothing else is said.
        """
        encoded = base64.b64encode(pdf).decode()
        spec = {'name': name, 'files': files, 'placed': placed, 'pdf': encoded, 'parties': parties}
        self.run(f'spec = {spec!r}\n{PREPARE}')
        return self.newest(name)

    def link(self, group: int) -> str:
        """The path of a new signing link of the group's first party; its secret part is shown once."""
        party = f"env['esign.contract.group'].sudo().browse({group}).party_ids[0]"
        return '/esign/' + self.told(f"env['esign.sign.link']._make({party})[1]").partition('/esign/')[2]

    def told(self, expression: str) -> str:
        """The value of an expression on the server, a text."""
        mark = f'told {time.time_ns()}'
        self.run(f'log({expression}, level={mark!r})')
        return self.call('ir.logging', 'search_read', [('level', '=', mark)], ['message'])[0]['message']

    def forget_codes(self, *mobiles: str) -> None:
        """Codes may be sent again at once."""
        for mobile in mobiles:
            self.run(
                f"for use in ('consent', 'link'):\n"
                f"    env['esign.rate.limit']._clear('otp.resend', 'esign.' + use + ':{mobile}')\n"
                f"env['esign.rate.limit']._clear('otp.day', '{mobile}')"
            )

    def newest(self, name: str) -> int:
        """The newest group of this name."""
        return self.call('esign.contract.group', 'search', [('name', '=', name)], order='id desc', limit=1)[0]

    def state(self, group: int) -> str:
        return self.call('esign.contract.group', 'read', [group], ['state'])[0]['state']
