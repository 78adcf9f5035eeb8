"""Something between a box and who asks it, as gateways are: passes requests on over HTTPS, and for one path, when it is told to, answers
in its own way though the box has done what it was asked. Prints its port and runs until its input ends.

python3 garble.py FOLDER BOX-PORT BOX-AUTHORITY PATH STATUS   (FOLDER holds server.pem and server-key.pem)
"""

import http.client
import http.server
import os
import ssl
import sys
import threading

FOLDER, PORT, AUTHORITY, PATH, STATUS = sys.argv[1:]


class Gateway(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trust = ssl.create_default_context(cafile=AUTHORITY)
        box = http.client.HTTPSConnection("localhost", int(PORT), context=trust)
        box.request(self.command, self.path, body, dict(self.headers))
        answer = box.getresponse()
        status, content, kept = answer.status, answer.read(), answer.getheaders()
        if self.command != "GET" and self.path == PATH and status < 300:
            status, content, kept = int(STATUS), b"<html>Something went wrong.</html>", []
        self.send_response(status)
        for name, value in kept:
            if name.lower() in ("set-cookie", "content-type"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(os.path.join(FOLDER, "server.pem"), os.path.join(FOLDER, "server-key.pem"))
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
