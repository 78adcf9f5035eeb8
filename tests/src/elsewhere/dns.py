"""A name server on a free port of loopback, over UDP, that answers from a zone file (dnspython). Prints its port and runs until its
input ends.

python3 dns.py ZONE DOMAIN
"""

import socket
import sys
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.zone

with open(sys.argv[1]) as file:
    zone = dns.zone.from_text(file.read(), origin=sys.argv[2], relativize=False, check_origin=False)


def answer(query):
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA | dns.flags.RA
    name, kind = query.question[0].name, query.question[0].rdtype
    while name in zone.nodes:
        alias = zone.get_rrset(name, dns.rdatatype.CNAME)
        found = zone.get_rrset(name, kind)
        if found or not alias:
            response.answer += [found] if found else []
            return response
        response.answer.append(alias)
        name = alias[0].target
    if not response.answer:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


def serve(server):
    while True:
        asked, peer = server.recvfrom(4096)
        server.sendto(answer(dns.message.from_wire(asked)).to_wire(), peer)


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
threading.Thread(target=serve, args=[server], daemon=True).start()
sys.stdin.read()
