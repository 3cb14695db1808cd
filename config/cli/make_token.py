"""Makes a PKCS#11 token: `make_token.py MODULE LABEL`, the officer's PIN and the user's PIN on stdin.

Calls the module itself (PKCS #11 v2.40 §5.4 to §5.6), because the usual program takes PINs only on its command
line, where every account of the machine can read them.
"""

import ctypes
import sys

CKF_SERIAL_RW = 0x00000004 | 0x00000002
CKF_TOKEN_INITIALIZED = 0x00000400
CKU_SO = 0
LABEL_BYTES = 32  # CK_TOKEN_INFO.label, padded with blanks
SLOTS = 64


class TokenInfo(ctypes.Structure):
    """CK_TOKEN_INFO as far as its flags."""

    _fields_ = (('texts', ctypes.c_char * 96), ('flags', ctypes.c_ulong), ('rest', ctypes.c_char * 256))


def main() -> None:
    module, label = sys.argv[1:3]
    officer, pin = (line.strip().encode() for line in sys.stdin.read().splitlines()[:2])
    library = ctypes.CDLL(module)
    ulong = ctypes.c_ulong

    def call(name: str, *arguments) -> None:
        code = getattr(library, name)(*arguments)
        if code:
            sys.exit(f'{name} of {module} answered 0x{code:X}')

    def is_free(slot: int) -> bool:
        info = TokenInfo()
        call('C_GetTokenInfo', ulong(slot), ctypes.byref(info))
        return not info.flags & CKF_TOKEN_INITIALIZED

    call('C_Initialize', None)
    count = ulong(SLOTS)
    slots = (ulong * SLOTS)()
    call('C_GetSlotList', ctypes.c_ubyte(0), slots, ctypes.byref(count))
    slot = next(filter(is_free, slots[: count.value]), None)
    if slot is None:
        sys.exit(f'{module} has no free slot for another token')
    slot = ulong(slot)
    call('C_InitToken', slot, officer, ulong(len(officer)), label.encode().ljust(LABEL_BYTES))
    session = ulong()
    call('C_OpenSession', slot, ulong(CKF_SERIAL_RW), None, None, ctypes.byref(session))
    call('C_Login', session, ulong(CKU_SO), officer, ulong(len(officer)))
    call('C_InitPIN', session, pin, ulong(len(pin)))
    call('C_Finalize', None)


if __name__ == '__main__':
    main()
