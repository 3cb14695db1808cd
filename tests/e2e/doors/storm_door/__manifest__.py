{
    'name': 'Door of the storm tests',
    'summary': 'Loaded server-wide by tests/e2e/test_storm.py alone; never installed, never shipped.',
    'version': '19.0.1.0.0',
    'author': 'E-sign maintainers',
    'license': 'LGPL-3',
    'depends': ['esign_sign'],
    'installable': False,
}
