"""A FHIR server on a real socket, answering as a test tells it to, well or badly."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FhirStub:
    """Routes are ``path?query`` (without the base) to a resource, bytes, or a function."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/fhir"
        self.routes = {}
        self.calls = []
        self.bodies = []

    def answer(self, handler):
        self.calls.append((handler.path, dict(handler.headers)))
        found = self.routes.get(handler.path.removeprefix("/fhir/"))
        if callable(found):
            return found(handler)
        if found is None:
            return send(handler, 404, {"resourceType": "OperationOutcome", "issue": []})
        return send(handler, 200, found)

    @property
    def paths(self):
        return [path.removeprefix("/fhir/") for path, _ in self.calls]


def send(handler, status, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    handler.send_response(status)
    for name, value in {"Content_Type": "application/fhir+json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 64  # calls side by side all connect at once


@contextmanager
def fhir_stub(tls=None):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or the body waits for the headers to be acknowledged

        def do_GET(self):
            try:
                stub.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def do_POST(self):
            stub.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def log_message(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that hangs up is no news
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    stub = FhirStub(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
