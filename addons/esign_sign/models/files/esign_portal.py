from odoo import models

from odoo.addons.esign_base.rules.shown import shown_count
from odoo.addons.esign_base.tools.portal import HomeAction, HomeCard, HomeTask, MenuEntry

from .esign_contract_group_search import GLANCE

FILES = '/my/esign/files'
LAUNCH = '/my/esign/launch'
TASKS = 5
BADGE = 99
CARDS = {
    'sign': ('pen', 'wait'),
    'others': ('clock', 'info'),
    'done': ('check', 'ok'),
    'void': ('close', 'quiet'),
    'copies': ('eye', 'info'),
    'drafts': ('file', 'quiet'),
}


class EsignPortal(models.AbstractModel):
    """文件管理 and 发起签署 in the portal shell."""

    _inherit = 'esign.portal'

    def _esign_menu(self, identity):
        entries = super()._esign_menu(identity)
        if not self._esign_person(identity):
            return entries
        groups = self.env['esign.contract.group']
        waiting = groups._list_counts(identity, ['sign'], up_to=BADGE)['sign']
        return [*entries, MenuEntry('files', self.env._('File management'), f'{FILES}/sign', 'files', 20, waiting)]

    def _esign_home_actions(self, identity):
        actions = super()._esign_home_actions(identity)
        if not self.env['esign.contract.group']._may_start(identity):
            return actions
        return [HomeAction('launch', self.env._('Launch signing'), LAUNCH, 'plus', 10), *actions]

    def _esign_home_cards(self, identity):
        cards = super()._esign_home_cards(identity)
        if not self._esign_person(identity):
            return cards
        groups = self.env['esign.contract.group']
        labels = groups._list_labels()
        counts = groups._list_counts(identity).items()
        return cards + [
            HomeCard(name, labels[name], shown_count(count, GLANCE), f'{FILES}/{name}', *CARDS[name], 10 + index)
            for index, (name, count) in enumerate(counts)
        ]

    def _esign_home_tasks(self, identity):
        """The first groups that wait for a signature, the most urgent first."""
        tasks = super()._esign_home_tasks(identity)
        if not self._esign_person(identity):
            return tasks
        waiting = self.env['esign.contract.group']._listed(identity, 'sign', sort='deadline')['rows'][:TASKS]
        return tasks + [
            HomeTask(
                f'sign_{row["id"]}',
                row['name'],
                self.env._(
                    '%(enterprise)s asks for your signature by 24:00 on %(day)s',
                    enterprise=row['initiator'],
                    day=row['deadline'],
                ),
                f'/my/esign/sign/{row["id"]}' if 'sign' in row['actions'] else f'{FILES}/{row["id"]}/preview',
                self.env._('Sign') if 'sign' in row['actions'] else self.env._('View'),
                'pen',
                30 + index,
            )
            for index, row in enumerate(waiting)
        ]
