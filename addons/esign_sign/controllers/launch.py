from dataclasses import replace

from odoo.http import request

from odoo.addons.esign_base.controllers.forms import EsignForms
from odoo.addons.esign_base.controllers.json_route import ID, TEXT, json_route
from odoo.addons.esign_base.rules.limits import MIB
from odoo.addons.esign_base.tools.answer import Answer
from odoo.addons.esign_base.tools.api_values import Choice, Named

from ..models.draft.esign_contract_group_draft import STEPS
from ..models.files.esign_portal import FILES, LAUNCH
from .files import page_route

DRAFT = f'{LAUNCH}/<int:group_id>'
PARTS = ('task', 'parties', 'order', 'places')


def _longest(_controller):
    """Bytes of a request with one file: the limit of files in force, and room for the form around it."""
    return (request.env['esign.limits']._now().file_mib + 1) * MIB


class EsignLaunch(EsignForms):
    """发起签署: the steps of a draft. Rules are those of the models; refusals are answered in words."""

    def _launch_draft(self, group_id):
        """(identity, group) of the address; the group is empty where the identity does not manage it."""
        identity, groups = self._identity(), request.env['esign.contract.group']
        if not getattr(identity, 'person', None):
            return identity, groups
        return identity, groups._draft_of(group_id, identity)

    def _launch_answer(self, group_id, act):
        """Run one act on a draft: what it gave, or what stands in the way."""
        identity, group = self._launch_draft(group_id)
        if not group:
            return Answer.no('NOT_FOUND', request.env._('This draft is not there any more.'))
        return self._attempt(lambda: act(group, identity))

    # Pages ------------------------------------------------------------------------------------

    @page_route(LAUNCH)
    def launch_ways(self, **_kw):
        """The ways to launch, and drafts to go on with."""
        identity, groups = self._identity(), request.env['esign.contract.group']
        may = groups._may_start(identity)
        drafts = groups._listed(identity, 'drafts')['rows'][:5] if may else []
        values = {'may': bool(may), 'reason': may.message, 'drafts': drafts, 'identity': identity}
        return self._render('esign_sign.launch_ways', values)

    @page_route(f'{LAUNCH}/new', 'POST')
    def launch_new(self, **_kw):
        """A new draft."""
        groups = request.env['esign.contract.group']
        begun = self._attempt(lambda: groups._start_draft(self._identity()))
        if not begun:
            self._flash_answer(begun)
            return request.redirect(LAUNCH)
        return request.redirect(f'{LAUNCH}/{begun.data.id}/files')

    @page_route(f'{DRAFT}/<any({",".join(STEPS)}):step>')
    def launch_step(self, group_id, step, **_kw):
        """One step; all steps are one page, so that going back loses nothing."""
        identity, group = self._launch_draft(group_id)
        if not group:
            return request.not_found()
        draft = self._attempt(lambda: group._draft(identity))
        if not draft:
            self._flash_answer(draft, tone='info')
            return request.redirect(FILES)
        props = {'draft': draft.data, 'choices': group._draft_choices(), 'step': step, 'root': f'{LAUNCH}/{group.id}'}
        return self._render(
            'esign_sign.launch', {'props': {**props, 'csrf': request.csrf_token()}, 'identity': identity}
        )

    @page_route(f'{DRAFT}/file/<int:contract_id>')
    def launch_file(self, group_id, contract_id, **_kw):
        """A file of the draft, for the board."""
        identity, group = self._launch_draft(group_id)
        attachment = group._draft_file(identity, contract_id) if group else None
        if not attachment:
            return request.not_found()
        stream = request.env['ir.binary']._get_stream_from(
            attachment, 'raw', 'contract.pdf', mimetype='application/pdf'
        )
        response = stream.get_response(as_attachment=False)
        response.headers['Cache-Control'] = 'private, no-store'
        return response

    # While it is edited -----------------------------------------------------------------------

    @page_route(f'{DRAFT}/upload', 'POST', max_content_length=_longest)
    def launch_upload(self, group_id, key='', **_kw):
        """One file; the answer is the draft with it, or why it is refused."""
        found = request.httprequest.files.get('file')

        def take(group, identity):
            data = found.read() if found else b''
            group._take_upload(identity, key, found.filename if found else '', data)
            return group._draft(identity)

        return self._json(self._launch_answer(group_id, take))

    @json_route(f'{DRAFT}/remove', contract=ID)
    def launch_remove(self, group_id, contract):
        """Take a file out."""

        def remove(group, identity):
            group._remove_file(identity, contract)
            return group._draft(identity)

        return self._launch_answer(group_id, remove)

    @json_route(f'{DRAFT}/save', version=ID, part=Choice(PARTS), values=Named())
    def launch_save(self, group_id, version, part, values):
        """One part of the draft."""
        return self._launch_answer(group_id, lambda group, me: group._save_draft(me, version, part, values))

    @json_route(f'{DRAFT}/search', text=TEXT)
    def launch_search(self, group_id, text):
        """Parties to pick; without a text those at hand."""
        parties = request.env['esign.party']

        def search(group, identity):
            group._may('edit', identity).require()
            rows = parties._pick_search(identity, text) if text else parties._pick_suggestions(identity)
            return {'rows': rows}

        return self._launch_answer(group_id, search)

    @json_route(f'{DRAFT}/keyword', contract=ID, text=TEXT)
    def launch_keyword(self, group_id, contract, text):
        """Where a keyword stands."""
        return self._launch_answer(group_id, lambda group, me: {'matches': group._find_keyword(me, contract, text)})

    @json_route(f'{DRAFT}/launch')
    def launch_go(self, group_id):
        """发起签约; a second click finds it launched."""
        identity, group = self._launch_draft(group_id)
        answer = self._launch_answer(group_id, lambda group, me: {'state': group._launch(me).state})
        if answer or not group or group.state != 'draft':
            return answer
        return replace(answer, data={**answer.data, 'draft': group._draft(identity)})

    @json_route(f'{DRAFT}/status')
    def launch_status(self, group_id):
        """How far the preparation is; tells the next page how it went."""
        return self._launch_answer(
            group_id, lambda group, _me: {'state': group.state, 'problem': group._told_problem()}
        )

    @page_route(f'{DRAFT}/launched')
    def launch_landed(self, group_id, **_kw):
        """After launching: to 待我签署, with a word on how it went."""
        _identity, group = self._launch_draft(group_id)
        if not group or group.state == 'draft':
            return request.redirect(FILES)
        text, tone = group._launch_message()
        self._flash(text, tone)
        return request.redirect(f'{FILES}/{"others" if group.state == "failed" else "sign"}')
