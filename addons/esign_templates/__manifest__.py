{
    'name': 'E-contracts: templates',
    'summary': 'Contract templates, body fields and template groups.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_base'],
    'data': [],
    'application': False,
    'installable': True,
}
