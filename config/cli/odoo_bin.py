"""Run by the environment's Python: Odoo's command line.

Odoo's folder goes to the END of the path: beside an installed Odoo lie the system's libraries, and those of
the lock must win.
"""

import os
import sys

sys.path[0:1] = []  # this folder: its modules are not for Odoo
sys.path.append(os.environ['ESIGN_ODOO_PATH'])

from odoo.cli.command import main  # noqa: E402 (the path must be set first)

if __name__ == '__main__':
    main()
