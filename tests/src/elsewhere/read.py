"""Reads a message from standard input as a program that knows nothing of ours does; prints what it understood as JSON."""

import email
import email.policy
import json
import sys

message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
text = message.get_body(("plain",))
defects = [repr(defect) for part in message.walk() for defect in part.defects]
defects += [repr(defect) for part in message.walk() for value in part.values() for defect in value.defects]
read = {
    "fields": {name.lower(): str(value) for name, value in message.items()},
    "types": [part.get_content_type() for part in message.walk()],
    "text": text.get_content() if text else None,
    "defects": defects,
}
json.dump(read, sys.stdout)
