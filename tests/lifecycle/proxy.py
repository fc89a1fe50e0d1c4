"""nginx on a loopback port, which takes a request whole before it hands it on."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

from cds_service.demo import free_port
from tests.lifecycle import START_SECONDS, is_answering

CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_header_timeout 5s;
    client_body_timeout 5s;
    client_max_body_size 9m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream service {{
        server 127.0.0.1:{service} max_fails=0;
        keepalive 32;
        keepalive_timeout 4s;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering on;
            proxy_next_upstream off;
            proxy_pass http://service;
        }}
    }}
}}
"""  # deploy/nginx is this with TLS and limits


@contextmanager
def nginx_before(service, folder):
    """Run nginx in front of a port; yield its own."""
    program = shutil.which("nginx")
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("nginx is not installed, and CI shows nothing without it")
    if program is None:
        pytest.skip("nginx is not installed")
    port, file = free_port(), folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, service=service, port=port))
    command = [program, "-e", str(folder / "error.log"), "-c", str(file)]
    with subprocess.Popen(command) as nginx:  # noqa: S603
        try:
            deadline = time.monotonic() + START_SECONDS
            while not is_answering(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            yield port
        finally:
            nginx.terminate()
