"""A real SMTP server for smtp_test.c: Debian's python3-aiosmtpd.

Options: --port N (bound by the test as well, see smtp_server.c), --tls starttls|implicit|none, --auth USER:PASSWORD,
--ascii (no SMTPUTF8), --certificate FILE (PEM of key and certificate).
Prints "listening" when it does and one line of JSON for every message that it accepts. A line
"drop" on stdin breaks all connections, the end of stdin ends the server.

The local part of a recipient says what happens to it: later (451), never (550), hangup (the
connection breaks), silent (no answer), full (552 after the message), busy (452 after the message).
The domain of a sender: refused.example (550).
"""
import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

REPLIES = {"later": "451 4.3.0 try later", "never": "550 5.1.1 no such mailbox here"}
AFTER_DATA = {"full": "552 5.2.2 mailbox full", "busy": "452 4.2.2 not now"}


def local_part(address):
    return address.rpartition("@")[0]


def read(octets):
    """What a mail reader that is not ours makes of the message."""
    message = email.message_from_string(octets.decode(), policy=email.policy.SMTPUTF8)
    parts = [message, *message.walk()]
    bodies = {}
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        bodies[kind] = part.get_content().replace("\r\n", "\n") if part else None
    return {
        "defects": [str(d) for part in parts for d in part.defects]
        + [str(d) for value in message.values() for d in value.defects],
        "subject": str(message["Subject"]),
        "from_name": message["From"].addresses[0].display_name,
        "to_header": message["To"].addresses[0].addr_spec,
        "auto_submitted": str(message["Auto-Submitted"]),
        **bodies,
    }


class Handler:
    def __init__(self):
        self.transports = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 5.7.1 sender not allowed"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        who = local_part(address)
        if who == "hangup":
            server.transport.abort()
        if who == "silent":
            await asyncio.sleep(3600)
        if who in REPLIES:
            return REPLIES[who]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        who = local_part(envelope.rcpt_tos[0])
        if who in AFTER_DATA:
            return AFTER_DATA[who]
        facts = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "connection": session.peer[1],
            "ehlo": session.host_name,
            "tls": session.ssl is not None or server.is_implicit,
            "authenticated": bool(session.authenticated),
            "options": envelope.mail_options,
            **read(envelope.original_content),
        }
        print(json.dumps(facts), flush=True)
        return "250 accepted"


class Server(SMTP):
    is_implicit = False

    def connection_made(self, transport):
        self.event_handler.transports.append(transport)
        super().connection_made(transport)


async def obey(handler):
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        if line == b"drop\n":
            for transport in handler.transports:
                transport.abort()
            print("dropped", flush=True)


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--tls", default="none")
    options.add_argument("--auth")
    options.add_argument("--ascii", action="store_true")
    options.add_argument("--certificate")
    args = options.parse_args()

    context = None
    if args.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(args.certificate)
    handler = Handler()

    def check(server, session, envelope, mechanism, data):
        user, _, password = args.auth.partition(":")
        is_right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    def protocol():
        is_starttls = args.tls == "starttls"
        server = Server(
            handler,
            hostname="mail.test",
            enable_SMTPUTF8=not args.ascii,
            tls_context=context if is_starttls else None,
            authenticator=check if args.auth else None,
            auth_required=bool(args.auth),
            auth_require_tls=is_starttls,
        )
        server.is_implicit = args.tls == "implicit"
        return server

    await asyncio.get_running_loop().create_server(
        protocol,
        "127.0.0.1",
        args.port,
        reuse_port=True,
        ssl=context if args.tls == "implicit" else None,
    )
    print("listening", flush=True)
    await obey(handler)


# Refused handshakes and the like are what the tests want: no traces of them.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
asyncio.run(main())
