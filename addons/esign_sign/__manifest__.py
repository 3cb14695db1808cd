{
    'name': 'E-contracts: signing',
    'summary': 'Contract groups, parties, signing acts, launch, batches and file lists.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_enterprise', 'esign_templates'],
    'data': [
        'security/ir.model.access.csv',
        'data/esign_sign_cron.xml',
        # web client
        'views/esign_contract_views.xml',
        'views/esign_contract_group_views.xml',
        'views/esign_party_views.xml',
        'views/esign_signing_act_views.xml',
        'views/esign_extend_wizard_views.xml',
        'views/res_config_settings_views.xml',
        'views/esign_sign_menus.xml',
    ],
    'demo': ['demo/esign_sign_demo.xml'],
    'application': True,
    'installable': True,
}
