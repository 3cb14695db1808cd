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
        # portal
        'views/files_templates.xml',
        'views/launch_templates.xml',
    ],
    'assets': {
        'web.assets_frontend': [
            'esign_sign/static/src/files/*.scss',
            'esign_sign/static/src/files/*.js',
            'esign_sign/static/src/launch/*.scss',
            'esign_sign/static/src/launch/*.js',
            'esign_sign/static/src/launch/*.xml',
        ],
    },
    'application': True,
    'installable': True,
}
