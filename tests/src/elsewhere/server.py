"""A mail server elsewhere: takes mail for one domain over SMTP (aiosmtpd, STARTTLS offered), and serves its key directory
over HTTPS. Messages lie in FOLDER/mail as they came, each with a JSON file of its envelope beside it; the directory's files
come from FOLDER/www, and what is asked for stands in FOLDER/asked, a path a line. Prints the two ports and runs until its input ends. A letter for `slow@` is kept at once, but
answered only when there is a file FOLDER/go.

python3 server.py DOMAIN FOLDER   (FOLDER holds server.pem and server-key.pem)
"""

import asyncio
import functools
import http.server
import json
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP

DOMAIN, FOLDER = sys.argv[1:]
LARGEST = 100 * 1024 * 1024


class Mailroom:
    def __init__(self):
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not address.lower().endswith("@" + DOMAIN):
            return "550 5.7.1 Not a domain of ours"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Fine"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = os.path.join(FOLDER, "mail", f"{self.count:04}")
        with open(name + ".eml", "wb") as file:
            file.write(envelope.original_content)
        about = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "greeted_as": session.host_name,
            "tls": session.ssl is not None,
        }
        # Under its name only when it is whole: who waits for it reads it then.
        with open(name + ".part", "w") as file:
            json.dump(about, file)
        os.rename(name + ".part", name + ".json")
        if any(address.lower().startswith("slow@") for address in envelope.rcpt_tos):
            while not os.path.exists(os.path.join(FOLDER, "go")):
                await asyncio.sleep(0.05)
        return "250 2.0.0 Kept"


class Directory(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        with open(os.path.join(FOLDER, "asked"), "a") as file:
            file.write(self.path + "\n")
        super().do_GET()


def tls():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(FOLDER, "server.pem"), os.path.join(FOLDER, "server-key.pem"))
    return context


async def main():
    def connection():
        return SMTP(Mailroom.one, hostname="mail." + DOMAIN, tls_context=tls(), data_size_limit=LARGEST, enable_SMTPUTF8=True)

    loop = asyncio.get_running_loop()
    mail = await loop.create_server(connection, "127.0.0.1", 0)
    serve_files = functools.partial(Directory, directory=os.path.join(FOLDER, "www"))
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve_files)
    files.socket = tls().wrap_socket(files.socket, server_side=True)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    print(mail.sockets[0].getsockname()[1], files.server_address[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


Mailroom.one = Mailroom()
asyncio.run(main())
