from . import controllers
from . import models
from .hooks import shut_before_a_database
