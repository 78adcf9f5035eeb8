"""Verifies the DKIM signatures of the message on standard input as a program that knows nothing of ours does (dkimpy), with the
records of a zone file (dnspython); prints what it found of each as JSON.

python3 verify.py ZONE DOMAIN
"""

import json
import re
import sys

import dkim
import dns.rdatatype
import dns.zone

with open(sys.argv[1]) as file:
    zone = dns.zone.from_text(file.read(), origin=sys.argv[2], relativize=False, check_origin=False)


def text(name, timeout=5):
    found = zone.get_rdataset(dns.name.from_text(name.decode()), dns.rdatatype.TXT)
    return b"".join(found[0].strings) if found else None


message = sys.stdin.buffer.read()
found = []
header = re.split(rb"\r\n\r\n", message, maxsplit=1)[0]
for place in range(len(re.findall(rb"(?im)^DKIM-Signature:", header))):
    verifier = dkim.DKIM(message)
    try:
        good, why = verifier.verify(idx=place, dnsfunc=text), None
    except dkim.DKIMException as error:
        good, why = False, repr(error)
    fields = {name.decode(): value.decode() for name, value in verifier.signature_fields.items()}
    found.append({"good": good, "why": why, "algorithm": fields["a"], "selector": fields["s"], "domain": fields["d"]})
json.dump(found, sys.stdout)
