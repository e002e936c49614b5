"""Providers as they send: requests in the documented shapes, signed with keys made for the tests."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.webhook_requests import Post, Sender, ec_key, stamp, to_json
from support.webhook_ses import Ses


@dataclass
class Postmark(Sender):
    """Postmark with user and password in the address."""

    name: str = "postmark"
    options: dict = field(default_factory=lambda: {"servers": [23]})
    secrets: tuple[str, ...] = ("weekly:correct horse battery",)

    def event(self, event):
        common = {
            "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "ServerID": 23,
            "MessageStream": "broadcast",
            "Metadata": {"newsletter_ref": event.ref} if event.ref else {},
        }
        at = event.at.strftime("%Y-%m-%dT%H:%M:%S.1234567Z")
        match event.kind:
            case "delivered":
                return {"RecordType": "Delivery", "Recipient": event.email, "DeliveredAt": at, **common}
            case "complained":
                found = {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512}
            case "hard":
                found = {
                    "RecordType": "Bounce",
                    "Type": "HardBounce",
                    "TypeCode": 1,
                    "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
                }
            case _:
                found = {"RecordType": "Bounce", "Type": "Transient", "TypeCode": 2}
        return {**found, "ID": f"4-{event.id}", "Email": event.email, "BouncedAt": at, **common}

    def of_other_tenant(self, data):
        return data | {"ServerID": 24}

    def sign(self, data, event_id):
        del event_id
        word = base64.b64encode(self.secrets[0].encode()).decode()
        return Post({"content-type": "application/json", "authorization": f"Basic {word}"}, to_json(data))

    def stranger(self):
        return Postmark(secrets=("weekly:wrong horse battery",))


@dataclass
class Sendgrid(Sender):
    """SendGrid's signed event webhook."""

    name: str = "sendgrid"
    key_number: int = 1
    is_batching = True

    def __post_init__(self):
        public = ec_key(self.key_number).public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.options = {"public_keys": [base64.b64encode(der).decode()]}

    def event(self, event):
        found = {
            "email": event.email,
            "timestamp": int(event.at.timestamp()),
            "sg_event_id": event.id,
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        }
        if event.message_id:
            found["smtp-id"] = f"<{event.message_id}>"
        if event.ref:
            found["newsletter_ref"] = event.ref
        name = {"hard": "bounce", "complained": "spamreport", "delivered": "delivered", "delayed": "deferred"}
        if event.kind == "hard":
            found |= {
                "type": "bounce",
                "status": "5.1.1",
                "reason": "550 5.1.1 no such user",
                "bounce_classification": "Invalid Address",
            }
        return {"event": name[event.kind], **found}

    def sign(self, data, event_id):
        del event_id
        stamp, body = str(int(self.signed_at.timestamp())), to_json(data)
        signature = ec_key(self.key_number).sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return Post(
            {
                "content-type": "application/json",
                "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
                "x-twilio-email-event-webhook-timestamp": stamp,
            },
            body,
        )

    def post(self, *events, other_tenant=False):
        # Another customer's webhook has another key pair.
        return (
            Sendgrid(key_number=3, signed_at=self.signed_at).post(*events)
            if other_tenant
            else super().post(*events)
        )

    def stranger(self):
        return Sendgrid(key_number=2)


@dataclass
class Mailgun(Sender):
    """Mailgun with the signing key of an account."""

    name: str = "mailgun"
    options: dict = field(default_factory=lambda: {"domains": ["mg.example.org"]})
    secrets: tuple[str, ...] = ("0123456789abcdef0123456789abcdef",)

    def event(self, event):
        found = {
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": event.at.timestamp(),
            "recipient": event.email,
            "domain": {"name": "mg.example.org"},
            "message": {"headers": {"message-id": event.message_id}},
            "user-variables": {"newsletter_ref": event.ref} if event.ref else {},
        }
        name = {"hard": "failed", "delayed": "failed"}.get(event.kind, event.kind)
        if event.kind == "hard":
            status = {"code": 550, "enhanced-code": "5.1.1", "message": "550 5.1.1 no such user"}
            found |= {"severity": "permanent", "reason": "bounce", "delivery-status": status}
        elif event.kind == "delayed":
            found |= {"severity": "temporary", "reason": "generic"}
        return {"event": name, **found}

    def of_other_tenant(self, data):
        return data | {"domain": {"name": "mg.other.example"}}

    def sign(self, data, event_id):
        stamp, token = str(int(self.signed_at.timestamp())), f"{event_id:0>50}"
        signature = hmac.digest(self.secrets[0].encode(), f"{stamp}{token}".encode(), "sha256").hex()
        body = {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": data}
        return Post({"content-type": "application/json"}, to_json(body))

    def stranger(self):
        return Mailgun(secrets=("fedcba9876543210fedcba9876543210",))


@dataclass
class Standard(Sender):
    """Standard Webhooks, signed by the library itself."""

    name: str = "standard"
    secrets: tuple[str, ...] = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)
    prefix = "webhook"
    is_batching = False

    def event(self, event):
        name = {"hard": "bounced", "delayed": "delivery_delayed"}.get(event.kind, event.kind)
        data = {"email": event.email, "reference": event.ref, "message_id": event.message_id}
        if event.kind == "hard":
            data["bounce"] = {"type": "Permanent", "message": "550 5.1.1 no such user"}
        return {"type": f"email.{name}", "timestamp": stamp(event.at), "data": data}

    def sign(self, data, event_id):
        from standardwebhooks import Webhook

        body = to_json(data)
        signature = Webhook(self.secrets[0]).sign(event_id, self.signed_at, body.decode())
        return Post(
            {
                "content-type": "application/json",
                f"{self.prefix}-id": event_id,
                f"{self.prefix}-timestamp": str(int(self.signed_at.timestamp())),
                f"{self.prefix}-signature": signature,
            },
            body,
        )

    def post(self, *events, other_tenant=False):
        # Every endpoint has its own secret.
        return self.stranger().post(*events) if other_tenant else super().post(*events)

    def stranger(self):
        return type(self)(secrets=("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",), signed_at=self.signed_at)


@dataclass
class Resend(Standard):
    """Resend, signed by Svix."""

    name: str = "resend"
    prefix = "svix"

    def event(self, event):
        name = {"hard": "bounced", "delayed": "delivery_delayed"}.get(event.kind, event.kind)
        headers = [{"name": "X-Newsletter-Ref", "value": event.ref}] if event.ref else []
        data = {
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "created_at": stamp(event.at),
            "from": "Weekly <letter@news.example.org>",
            "to": [event.email],
            "subject": "Weekly",
            "headers": headers,
            "message_id": event.message_id and f"<{event.message_id}>",
        }
        if event.kind == "hard":
            data["bounce"] = {
                "type": "Permanent",
                "subType": "General",
                "message": "The recipient's server refused the address.",
                "diagnosticCode": ["smtp; 550 5.1.1 no such user"],
            }
        return {"type": f"email.{name}", "created_at": stamp(event.at), "data": data}


@dataclass
class Brevo(Sender):
    """Brevo with a bearer token."""

    name: str = "brevo"
    secrets: tuple[str, ...] = ("a-token-of-thirty-two-characters",)

    def event(self, event):
        name = {"hard": "hard_bounce", "complained": "spam", "delayed": "deferred"}.get(
            event.kind, event.kind
        )
        found = {
            "event": name,
            "email": event.email,
            "id": 4711,
            "date": "2026-11-24 10:00:00",
            "ts": int(event.at.timestamp()),
            "ts_event": int(event.at.timestamp()),
            "ts_epoch": int(event.at.timestamp() * 1000),
            "message-id": f"<{event.message_id or '201798300811.5787683@relay.domain.example'}>",
            "subject": "Weekly",
        }
        if event.ref:
            found["X-Mailin-custom"] = event.ref
        if event.kind == "hard":
            found["reason"] = "550 5.1.1 no such user"
        return found

    def sign(self, data, event_id):
        del event_id
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.secrets[0]}"}
        return Post(headers, to_json(data))

    def post(self, *events, other_tenant=False):
        # Brevo says nothing of the account: only the token pins it.
        return self.stranger().post(*events) if other_tenant else super().post(*events)

    def stranger(self):
        return Brevo(secrets=("a-token-that-nobody-has-handed-out",))


SENDERS = {each().name: each for each in (Ses, Postmark, Sendgrid, Mailgun, Resend, Brevo, Standard)}
