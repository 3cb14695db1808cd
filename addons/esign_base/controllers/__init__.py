from . import portal
from . import forms
from . import account
from . import user_centre
from . import pki
from . import seals
from . import superuser
from . import trace
