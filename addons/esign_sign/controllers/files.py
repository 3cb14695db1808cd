from urllib.parse import urlencode

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.esign_base.controllers.forms import EsignForms
from odoo.addons.esign_base.rules.shown import shown_count
from odoo.addons.portal.controllers.portal import pager

from ..models.files.esign_contract_group_lists import LISTS
from ..models.files.esign_contract_group_search import COUNT_UP_TO, GLANCE, RUNNING_LISTS, SORTS
from ..models.files.esign_portal import FILES

FILTERS = ('business_type', 'date_from', 'date_to', 'state')


def page_route(path, method='GET', **options):
    """A portal page of somebody who has logged in."""
    return http.route(path, type='http', auth='user', website=True, methods=[method], sitemap=False, **options)


class EsignFiles(EsignForms):
    """文件管理: lists, reading, trace, downloads and what may be done to a launched group."""

    def _files_identity(self):
        identity = self._identity()
        return identity if getattr(identity, 'person', None) else None

    def _files_group(self, group_id):
        """(identity, group) of the address; the group is empty where the identity may not see it."""
        identity, groups = self._files_identity(), request.env['esign.contract.group']
        return identity, groups._visible(group_id, identity) if identity else groups

    # Lists ------------------------------------------------------------------------------------

    @page_route(FILES)
    def files_root(self, **_kw):
        """To the list that matters first."""
        return request.redirect(f'{FILES}/sign')

    @page_route(f'{FILES}/<any({",".join(LISTS)}):name>')
    def files_list(self, name, search='', sort='new', page='1', **query):
        """One list of the worn identity."""
        identity, groups = self._files_identity(), request.env['esign.contract.group']
        if not identity:
            return request.redirect('/my/esign')
        if name not in groups._lists_for(identity):
            return request.redirect(f'{FILES}/sign')
        filters = {key: query[key] for key in FILTERS if query.get(key)}
        sort = sort if sort in SORTS else 'new'
        number = int(page) if str(page).isdigit() and len(str(page)) < 8 else 1
        found = groups._listed(identity, name, search, filters, sort, number)
        return self._render('esign_sign.files_list', self._files_values(identity, name, search, filters, sort, found))

    def _files_values(self, identity, name, search, filters, sort, found):
        groups = request.env['esign.contract.group']
        labels, counts = groups._list_labels(), groups._list_counts(identity)
        asked = {'search': search, 'sort': sort if sort != 'new' else '', **filters}
        asked = {key: value for key, value in asked.items() if value}
        states = dict(groups._fields['state']._description_selection(request.env))
        return {
            'identity': identity,
            'name': name,
            'title': labels[name],
            'tabs': [(one, labels[one], f'{FILES}/{one}', shown_count(counts[one], GLANCE)) for one in counts],
            'found': found,
            'more_label': self._files_more() if found['more'] else '',
            'by_deadline': name in RUNNING_LISTS,
            'search': search,
            'filters': filters,
            'sort': sort,
            'narrowed': bool(search or filters),
            'business_types': [(str(one.id), one.name) for one in request.env['esign.business.type'].sudo().search([])],
            'states': [(state, states[state]) for state in self._files_states(name)],
            'here': f'{FILES}/{name}?{urlencode(asked)}' if asked else f'{FILES}/{name}',
            'all_label': request.env._('All'),
            'newest_label': request.env._('Newest first'),
            'may_start': bool(groups._may_start(identity)),
            'pager': pager(
                url=f'{FILES}/{name}', total=found['total'], page=found['page'], step=found['size'], url_args=asked
            ),
        }

    def _files_more(self):
        return request.env._('More than %s contracts: search or filter to find the others.', f'{COUNT_UP_TO:,}')

    def _files_states(self, name):
        return {
            'sign': ('pending', 'signing'),
            'others': ('preparing', 'failed', 'pending', 'signing'),
            'void': ('refused', 'revoked', 'expired'),
        }.get(name, ())

    # Reading ----------------------------------------------------------------------------------

    @page_route(f'{FILES}/<int:group_id>/preview')
    def files_preview(self, group_id, **_kw):
        """Read the contracts of a group as pictures."""
        identity, group = self._files_group(group_id)
        if not group:
            return request.not_found()
        shown = self._attempt(lambda: group._preview(identity))
        if not shown:
            return request.not_found()
        return self._render('esign_sign.files_preview', {**shown.data, 'identity': identity})

    @page_route(f'{FILES}/<int:group_id>/page/<int:contract_id>/<int:page>')
    def files_page(self, group_id, contract_id, page, **_kw):
        """The picture of one page."""
        identity, group = self._files_group(group_id)
        if not group:
            return request.not_found()
        picture = self._attempt(lambda: group._page_picture(identity, contract_id, page))
        if picture.wait:
            return request.make_response('', headers=[('Retry-After', str(picture.wait))], status=429)
        if not picture:
            return request.not_found()
        headers = [('Content-Type', 'image/jpeg'), ('Cache-Control', 'private, max-age=300')]
        return request.make_response(picture.data, headers=headers)

    @page_route(f'{FILES}/<int:group_id>/<any(trace,signatures):what>')
    def files_facts(self, group_id, what, drawer='', **_kw):
        """The time line, or the data of all seals: the part that the drawer shows, otherwise a page."""
        identity, group = self._files_group(group_id)
        if not group:
            return request.not_found()
        method = {'trace': group._trace_rows, 'signatures': group._signature_rows}[what]
        facts = self._attempt(lambda: method(identity))
        values = {'facts': facts.data if facts else {}, 'problem': facts.message}
        if not drawer:
            return self._render('esign_sign.files_facts', {**values, 'what': what, 'identity': identity})
        response = request.render(f'esign_sign.files_{what}', values)
        response.headers['Cache-Control'] = 'no-store'
        return response

    @page_route(f'{FILES}/<int:group_id>/download')
    def files_download(self, group_id, contract='', **_kw):
        """The group, or one contract of it."""
        identity, group = self._files_group(group_id)
        if not group:
            return request.not_found()
        wanted = int(contract) if contract.isdigit() else None
        handed = self._attempt(lambda: group._hand_out(identity, wanted))
        if not handed:
            self._flash_answer(handed)
            return request.redirect(FILES)
        name, data = handed.data
        return request.make_response(data, headers=self._files_headers(name))

    def _files_headers(self, name):
        kind = 'application/zip' if name.endswith('.zip') else 'application/pdf'
        return [
            ('Content-Type', kind),
            ('Content-Disposition', content_disposition(name)),
            ('X-Content-Type-Options', 'nosniff'),
            ('Cache-Control', 'private, no-store'),
        ]

    # Many at once -----------------------------------------------------------------------------

    def _files_ids(self):
        ticked = request.httprequest.form.getlist('ids')
        return [int(one) for one in ticked[:1000] if one.isdigit() and len(one) < 10]

    def _files_back(self, target, answer, done=''):
        """Back to the list it came from, with a message. Only an address of ours is followed."""
        self._flash_answer(answer, done)
        known = target if target.startswith(f'{FILES}/') and '\\' not in target else f'{FILES}/sign'
        return request.redirect(known)

    @page_route(f'{FILES}/download', 'POST')
    def files_download_many(self, here='', **_kw):
        """The ticked groups as one ZIP."""
        identity, groups = self._files_identity(), request.env['esign.contract.group']
        handed = self._attempt(lambda: groups._hand_out_many(identity, self._files_ids()))
        if not handed:
            return self._files_back(here, handed)
        name, file = handed.data
        return request.make_response(file, headers=self._files_headers(name))

    @page_route(f'{FILES}/remind', 'POST')
    def files_remind(self, here='', **_kw):
        """催办 of the ticked groups."""
        identity, groups = self._files_identity(), request.env['esign.contract.group']
        reminded = self._attempt(lambda: groups._remind_many(identity, self._files_ids()))
        if not reminded:
            return self._files_back(here, reminded)
        done, left = reminded.data
        if left:
            self._flash(' '.join(left[:5]), 'wait')
        said = request.env._('Reminded: %s', '、'.join(dict.fromkeys(done))) if done else ''
        return self._files_back(here, reminded, said)

    # One group --------------------------------------------------------------------------------

    @page_route(f'{FILES}/<int:group_id>/<any(revoke,extend,retry,delete):action>', 'POST')
    def files_act(self, group_id, action, here='', reason='', deadline='', **_kw):
        """撤销, 延期, prepare again, delete a draft: the engine decides."""
        identity, group = self._files_group(group_id)
        if not group:
            return request.not_found()
        _ = request.env._
        act, done = {
            'revoke': (lambda: group._revoke(identity, reason), _('The contract was revoked. Everybody is told.')),
            'extend': (lambda: group._extend_to(identity, deadline), _('The deadline was extended.')),
            'retry': (lambda: group._retry(identity), _('The documents are prepared again.')),
            'delete': (lambda: group._delete_draft(identity), _('The draft was deleted.')),
        }[action]
        return self._files_back(here, self._attempt(act), done)
