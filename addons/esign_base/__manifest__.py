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
        'views/esign_menus.xml',
    ],
    'application': False,
    'installable': True,
}
