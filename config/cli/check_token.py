"""Logs in to the token that ``ESIGN_PKCS11_…`` name, as the server will, and prints ``token: CODE``.

CODE is ``ok`` or that of the core's :class:`TokenError`. Run by the server's Python with ``addons/esign_base`` on
its path: the core's own door is asked, so what fits here fits there. One try: a token counts those that are wrong.
"""

import os
from pathlib import Path

from signing.keys.tokens import TokenPool, TokenSettings


def main() -> None:
    module, label, pin = (os.environ[f'ESIGN_PKCS11_{name}'] for name in ('MODULE', 'TOKEN', 'PIN_FILE'))
    settings = TokenSettings(Path(module), label, lambda: Path(pin).read_text('utf-8').strip('\r\n'))
    print(f'token: {TokenPool(settings).health().code}')


if __name__ == '__main__':
    main()
