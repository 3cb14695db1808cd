"""What logins of limited reach may do with models that are not ours: tables, deny by default.

Odoo gives every internal user, every portal user and every visitor rights of its own: to write messages with any
sender to any address, to read contacts, to keep filters. Those rights come with each module that is installed. Here
stands what is left of them, so that a module added tomorrow adds nothing by itself.

A reach is one word: ``system`` (business systems), ``outside`` (portal accounts, visitors, logins without a type),
``staff`` (roles of the platform below its administrator). Logins without a reach are Odoo's affair alone.
"""

SYSTEM, OUTSIDE, STAFF = 'system', 'outside', 'staff'
OURS = 'esign.'
FACADE = 'esign.api'
OPERATIONS = {'read': 'r', 'write': 'w', 'create': 'c', 'unlink': 'u'}

# r read, w write, c create, u unlink. What stands here is no right, only what rights may still hold.
OUTSIDE_MODELS = {
    'res.company': 'r',
    'res.country': 'r',
    'res.country.group': 'r',
    'res.country.state': 'r',
    'res.currency': 'r',
    'res.currency.rate': 'r',
    'res.lang': 'r',
    'res.partner': 'r',
    'res.users': 'r',
}
STAFF_MODELS = {
    # Their own log-in: password, second factor, devices.
    'auth.passkey.key': 'rw',
    'auth.passkey.key.create': 'rwcu',
    'auth_totp.device': 'r',
    'auth_totp.wizard': 'rwcu',
    'change.password.own': 'rwcu',
    'res.device': 'r',
    'res.device.log': 'r',
    'res.users.apikeys': 'r',
    'res.users.apikeys.description': 'rc',
    'res.users.apikeys.show': 'rc',
    'res.users.identitycheck': 'rwc',
    # The web client.
    'ir.attachment': 'rwcu',
    'ir.default': 'r',
    'ir.embedded.actions': 'r',
    'ir.exports': 'r',
    'ir.exports.line': 'r',
    'ir.filters': 'rwcu',
    'ir.actions.report': 'r',
    'ir.module.category': 'r',
    'ir.ui.menu': 'r',
    'report.layout': 'r',
    'report.paperformat': 'r',
    'res.company': 'r',
    'res.country': 'r',
    'res.country.group': 'r',
    'res.country.state': 'r',
    'res.currency': 'r',
    'res.currency.rate': 'r',
    'res.groups': 'r',
    'res.groups.privilege': 'r',
    'res.lang': 'r',
    'res.partner': 'r',
    'res.partner.category': 'r',
    'res.role': 'r',
    'res.users': 'r',
    'res.users.settings': 'rwc',
    'res.users.settings.embedded.action': 'rwcu',
    'res.users.settings.volumes': 'rwcu',
    'web_tour.tour': 'r',
    'web_tour.tour.step': 'r',
    # Notes and activities among staff; what leaves is written by the models' own methods.
    'discuss.channel': 'r',
    'discuss.channel.member': 'r',
    'mail.activity': 'rwcu',
    'mail.activity.plan': 'r',
    'mail.activity.plan.template': 'r',
    'mail.activity.schedule': 'rwc',
    'mail.activity.schedule.line': 'rwc',
    'mail.activity.type': 'r',
    'mail.alias.domain': 'r',
    'mail.canned.response': 'r',
    'mail.followers': 'r',  # shown beside every record; contacts of persons have no address to read there
    'mail.message': 'rwcu',
    'mail.message.subtype': 'r',
    'mail.scheduled.message': 'r',  # asked for by the chatter; none can be made
    'mail.template': 'r',
}
MODELS = {SYSTEM: {}, OUTSIDE: OUTSIDE_MODELS, STAFF: STAFF_MODELS}

# Methods of Odoo that staff call by name, beside those that every model has.
STAFF_METHODS = {
    'auth.passkey.key': {'action_delete_passkey', 'action_rename_passkey'},
    'auth.passkey.key.create': {'make_key'},
    'auth_totp.device': {'remove'},
    'auth_totp.wizard': {'enable'},
    'change.password.own': {'change_password'},
    'res.device': {'revoke'},
    'res.users.apikeys': {'remove'},
    'res.users.apikeys.description': {'make_key'},
    'res.users.identitycheck': {'run_check'},
    'ir.attachment': {'create_unique', 'register_as_main_attachment'},
    'ir.filters': {'get_filters', 'create_filter'},
    'ir.http': {'lazy_session_info'},
    'ir.model': {'display_name_for'},
    'ir.ui.menu': {'load_menus', 'load_web_menus'},
    'mail.activity': {
        'action_cancel',
        'action_close_dialog',
        'action_done',
        'action_done_schedule_next',
        'action_feedback',
        'action_feedback_schedule_next',
        'action_open_document',
        'action_reschedule_nextweek',
        'action_reschedule_today',
        'action_reschedule_tomorrow',
        'activity_format',
        'get_activity_data',
    },
    'mail.activity.schedule': {
        'action_schedule_activities',
        'action_schedule_activities_done',
        'get_model_options',
    },
    'mail.message': {'mark_all_as_read', 'set_message_done', 'toggle_message_starred', 'unstar_all'},
    'res.currency': {'get_all_currencies'},
    'res.lang': {'get_installed'},
    'res.partner': {'get_mention_suggestions'},
    'res.users': {
        'action_get',
        'action_revoke_all_devices',
        'action_totp_disable',
        'action_totp_enable_wizard',
        'api_key_wizard',
        'context_get',
        'has_group',
        'has_groups',
        'preference_change_password',
        'preference_save',
        'revoke_all_devices',
        'switch_tour_enabled',
    },
    'res.users.settings': {'set_embedded_actions_setting', 'get_embedded_actions_settings', 'set_res_users_settings'},
    'web_tour.tour': {'consume', 'get_current_tour', 'get_tour_json_by_name'},
}
# Methods that our own records have from Odoo's threads and activities.
STAFF_THREAD_METHODS = frozenset({
    'action_reschedule_my_next_nextweek',
    'action_reschedule_my_next_today',
    'action_reschedule_my_next_tomorrow',
    'message_get_followers',
    'message_subscribe',
    'message_unsubscribe',
})  # fmt: skip
# Of a message nothing is written by name: a note comes in by the route of the chatter, which asks more.
READ_ONLY_BY_NAME = frozenset({'mail.message', 'mail.template'})
READS = frozenset({
    'default_get', 'export_data', 'fields_get', 'formatted_read_group', 'get_views', 'name_search', 'onchange', 'read',
    'search', 'search_count', 'search_fetch', 'search_read', 'web_name_search', 'web_read', 'web_read_group',
    'web_search_read',
})  # fmt: skip
# Models that nobody writes by name while code is closed, administrators neither, and the methods that are left: names
# of rows say what a module brought, files of translations are written past the guards, jobs run any method.
CLOSED_WITH_CODE = {
    'base.language.import': frozenset(),
    'ir.model.data': READS | {'check_object_reference'},
    'queue.job': READS
    | {
        'button_cancelled',
        'button_done',
        'formatted_read_grouping_sets',
        'get_formview_action',
        'get_formview_id',
        'open_graph_jobs',
        'open_related_action',
        'read_progress_bar',
        'requeue',
        'search_panel_select_multi_range',
        'search_panel_select_range',
    },
}


def closed_with_code(model, method):
    """Whether nobody may call a method by name while this installation takes no code from the database."""
    return model in CLOSED_WITH_CODE and method not in CLOSED_WITH_CODE[model]


def allowed(reach, model, operation):
    """Whether a right that Odoo gives still holds for this reach; our own models have rights of their own."""
    if model.startswith(OURS):
        return reach != SYSTEM
    return OPERATIONS[operation] in MODELS[reach].get(model, '')


def callable_by_name(reach, model, method, *, ours, generic):
    """Whether a login of this reach may call a public method by RPC or by the web client.

    :param ours: the method is written in an addon of this system.
    :param generic: every model has it.
    """
    if model == FACADE:
        return ours
    if reach != STAFF:
        return False
    if ours or method in STAFF_METHODS.get(model, ()):
        return True
    if not generic:
        return model.startswith(OURS) and method in STAFF_THREAD_METHODS
    return model.startswith(OURS) or (model in STAFF_MODELS and (method in READS or model not in READ_ONLY_BY_NAME))
