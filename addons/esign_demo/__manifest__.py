{
    'name': 'E-contracts: demonstration',
    'summary': 'Scenes for looking and for tests: people, enterprises and contracts in every state. Not for production.',
    'version': '19.0.1.0.0',
    'category': 'Productivity/E-contracts',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_sign', 'esign_verify'],
    # As demo data alone: an installation without them gets nothing but factories that refuse to work.
    'demo': [
        'demo/esign_demo_installation.xml',
        'demo/esign_demo_people.xml',
        'demo/esign_demo_enterprises.xml',
        'demo/esign_demo_seals.xml',
    ],
    'post_init_hook': 'make_contracts',
    'application': False,
    'installable': True,
}
