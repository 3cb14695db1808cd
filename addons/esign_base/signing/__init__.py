"""The signing core: pure Python, no Odoo. Keys, pages and acts of electronic signatures."""
