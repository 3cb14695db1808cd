from . import esign_moves
from . import ir_cron
from . import esign_code_closed
from . import esign_append_only
from . import esign_rate_limit
from . import esign_turn
from . import esign_reason_wizard
from . import esign_limits
