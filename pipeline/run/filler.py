"""Fills the frozen bytes of an issue for one reader, with the envelope they leave in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.deliver.shared import Fill
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter


def filler(newsletter: Newsletter, issue: FrozenIssue) -> Fill:
    """Build the function that fills the frozen bytes of an issue for one reader."""
    from pipeline.bounces.return_address import make_return_address
    from pipeline.deliver.mime.message import REF, message_from_json
    from pipeline.deliver.personal import reader_values
    from pipeline.model.delivery import Claim, Envelope

    messages = {
        variant: message_from_json(newsletter.issues.message(issue.id, variant))
        for variant in newsletter.issues.variants(issue.id)
    }
    head, keyring = issue.letterhead, newsletter.secrets.signing
    template = newsletter.settings.bounces.return_address or head.from_email

    host = head.host

    def fill(claim: Claim) -> tuple[Envelope, list[bytes]]:
        values = reader_values(
            claim, week=issue.week, host=host, unsubscribe_base=head.base_url, keyring=keyring
        )
        sender = make_return_address(template, keyring, issue.week, claim.public_id)
        envelope = Envelope(sender, claim.email, f"{issue.week}.{values[REF]}")
        return envelope, messages[claim.variant].parts(values)

    return fill
