"""The WSGI application for any server: ``gunicorn deploy.wsgi:application``."""

from cds_service import audit
from cds_service.app import create_app
from cds_service.observability import tracing
from cds_service.services import find_services
from cds_service.settings import Settings

settings = Settings.from_environ()
audit.configure(settings.log_level)
tracing.start()
application = create_app(settings, find_services())
