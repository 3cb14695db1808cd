#!/bin/bash
# Makes the SoftHSM token once where SoftHSM is what is configured, then hands over to Odoo's own entry point.
set -euo pipefail

if [[ "$ESIGN_PKCS11_MODULE" == */libsofthsm2.so ]]; then
    exec 9>/var/lib/esign-token/.lock
    flock 9     # two nodes share the volume and start together
    if ! softhsm2-util --show-slots | grep -qE "Label: +${ESIGN_PKCS11_TOKEN}[[:space:]]*$"; then
        pin=$(<"$ESIGN_PKCS11_PIN_FILE")
        softhsm2-util --init-token --free --label "$ESIGN_PKCS11_TOKEN" --pin "$pin" \
            --so-pin "$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')" >/dev/null
    fi
    exec 9>&-
fi

# The image's own entry point adds the database's address and password.
odoo_addons=$(python3 -c 'import odoo, pathlib; print(pathlib.Path(odoo.__path__[0]) / "addons")')
start=(/entrypoint.sh odoo --addons-path="$odoo_addons,/opt/esign/oca/odoo/addons,/opt/esign/addons"
    --data-dir=/var/lib/odoo "$@")
[[ -v ESIGN_SERVER_ROLE ]] || exec "${start[@]}"

# The node that installs and updates: afterwards the evidence is given to a role that nobody logs in as.
"${start[@]}" --stop-after-init --no-http --max-cron-threads=0
for argument in "$@"; do
    [[ "$argument" == --database=* ]] && database=${argument#--database=}
done
PGHOST=$HOST PGUSER=$USER PGPASSWORD=$(<"$PASSWORD_FILE") exec python3 /opt/esign/roles.py "${database:-esign}"
