{
    'name': 'E-contracts: identities, keys, documents',
    'summary': 'Persons, tokens, certificates, seals, consent, documents and trace: who signs, and with what.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': [
        'base',
        'mail',
        'portal',
        'auth_signup',
        'sms',
        'phone_validation',
        'http_routing',
        'rpc',
        'queue_job',
    ],
    'external_dependencies': {
        'python': ['pyhanko', 'python-pkcs11', 'pikepdf', 'pypdfium2', 'fonttools', 'phonenumbers'],
    },
    'data': [
        'security/esign_groups.xml',
        'security/ir.model.access.csv',
        'security/esign_people_rules.xml',
        'views/esign_menus.xml',
        'views/res_config_settings_views.xml',
        # portal shell
        'views/portal_icon_templates.xml',
        'views/portal_shell_templates.xml',
        'views/portal_component_templates.xml',
        'views/portal_home_templates.xml',
    ],
    'demo': [
        'demo/esign_base_demo.xml',
    ],
    'assets': {
        'web._assets_frontend_helpers': [
            ('prepend', 'esign_base/static/src/scss/bootstrap_overridden.scss'),
        ],
        'web.assets_frontend': [
            'esign_base/static/src/scss/tokens.scss',
            'esign_base/static/src/scss/shell.scss',
            'esign_base/static/src/scss/components.scss',
            'esign_base/static/src/portal/*.js',
        ],
    },
    'application': False,
    'installable': True,
}
