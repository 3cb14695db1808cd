{
    'name': 'E-contracts: verification',
    'summary': 'Document verification page, report and evidence pack.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_base'],
    'external_dependencies': {'python': ['reportlab', 'qrcode', 'cryptography']},
    'data': [
        'security/ir.model.access.csv',
        'data/esign_verify_data.xml',
        'views/esign_verify_views.xml',
        'views/verify_templates.xml',
    ],
    'assets': {
        'web.assets_frontend': [
            'esign_verify/static/src/scss/verify.scss',
            'esign_verify/static/src/verify/*.js',
        ],
    },
    'application': False,
    'installable': True,
}
