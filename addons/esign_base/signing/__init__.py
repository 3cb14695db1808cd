"""The signing core: pure Python, no Odoo. Keys, pages and acts of electronic signatures."""

from .x509_names import admit_all_names

admit_all_names()
