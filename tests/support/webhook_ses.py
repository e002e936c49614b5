"""Amazon SES as it reports through SNS: messages in the documented shape, signed by a certificate."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

from support.environment import NOW
from support.webhook_requests import Post, Sender, rsa_key, stamp, to_json

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
)
SUBSCRIBE_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=7f3e"


def make_certificate(key, *, since=NOW - timedelta(days=30), until=NOW + timedelta(days=300)):
    """Make a certificate of a key, as SNS serves one: PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(since).not_valid_after(until)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@dataclass
class Ses(Sender):
    """Amazon SES through SNS; `topic` is another one for a stranger."""

    name: str = "ses"
    options: dict = field(default_factory=lambda: {"topics": [TOPIC]})
    key_number: int = 1
    topic: str = TOPIC
    version: str = "2"
    certificate_url: str = CERTIFICATE_URL

    @property
    def certificate(self):
        return make_certificate(rsa_key(self.key_number))

    def event(self, event):
        headers = [{"name": "From", "value": "letter@news.example.org"}]
        if event.ref:
            headers.append({"name": "X-Newsletter-Ref", "value": event.ref})
        mail = {
            "timestamp": stamp(event.at),
            "messageId": "0102015f",
            "destination": [event.email],
            "headers": headers,
            "commonHeaders": {"messageId": event.message_id and f"<{event.message_id}>"},
        }
        recipient = {"emailAddress": event.email}
        parts = {
            "hard": (
                "Bounce",
                "bounce",
                {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "bouncedRecipients": [
                        recipient | {"status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
                    ],
                },
            ),
            "complained": (
                "Complaint",
                "complaint",
                {"complainedRecipients": [recipient], "complaintFeedbackType": "abuse"},
            ),
            "delivered": ("Delivery", "delivery", {"recipients": [event.email], "smtpResponse": "250 ok"}),
            "delayed": (
                "DeliveryDelay",
                "deliveryDelay",
                {"delayType": "MailboxFull", "delayedRecipients": [recipient | {"status": "4.2.2"}]},
            ),
        }
        name, key, value = parts[event.kind]
        return {"eventType": name, "mail": mail, key: value}

    def of_other_tenant(self, data):
        self.topic = "arn:aws:sns:eu-west-1:999999999999:bounces"
        return data

    def sign(self, data, event_id):
        return self.sign_message("Notification", to_json(data).decode(), event_id)

    def confirmation(self, url=SUBSCRIBE_URL, kind="SubscriptionConfirmation"):
        """Make the request with which SNS asks whether the address wants a topic."""
        return self.sign_message(
            kind, "You have chosen to subscribe.", "confirm-1", SubscribeURL=url, Token="7f3e"
        )

    def sign_message(self, kind, text, event_id, **more):
        message = {
            "Type": kind,
            "MessageId": event_id,
            "TopicArn": self.topic,
            "Message": text,
            "Timestamp": stamp(self.signed_at),
            "SignatureVersion": self.version,
            "SigningCertURL": self.certificate_url,
            **more,
        }
        signed = "".join(
            f"{name}\n{message[name]}\n"
            for name in (
                "Message",
                "MessageId",
                "Subject",
                "SubscribeURL",
                "Timestamp",
                "Token",
                "TopicArn",
                "Type",
            )
            if name in message
        )
        kind = hashes.SHA256() if self.version == "2" else hashes.SHA1()
        signature = rsa_key(self.key_number).sign(signed.encode(), padding.PKCS1v15(), kind)
        message["Signature"] = base64.b64encode(signature).decode()
        headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message["Type"]}
        return Post(headers, to_json(message))

    def stranger(self):
        return Ses(key_number=2)
