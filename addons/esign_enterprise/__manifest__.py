{
    'name': 'E-contracts: enterprises',
    'summary': 'Enterprise certification, departments, members, administrator changes, seal grants and usage.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_base'],
    'data': [],
    'application': False,
    'installable': True,
}
