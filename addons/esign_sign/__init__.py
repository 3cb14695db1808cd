from . import controllers
from . import controllers, models, wizards
from . import models
