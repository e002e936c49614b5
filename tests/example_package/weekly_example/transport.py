"""A transport that posts every message to an HTTP API: `[transport] kind = "webhook"`."""

from __future__ import annotations

from pydantic import SecretStr

from pipeline.deliver.transport import (
    BeforeHandover,
    Stage,
    TransportContext,
    TransportError,
    TransportSpec,
)
from pipeline.http_client import AnswerLostError, ApiClient, NotSentError
from pipeline.model.delivery import About, AttemptOutcome, Envelope, FailureClass, Verdict
from pipeline.model.options import Line, Options


class WebhookOptions(Options):
    """The table `[transport.webhook]`."""

    url: Line
    key: SecretStr = SecretStr("")


class WebhookSession:
    """One connection to the API."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self.usable = True

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Post one message; 2xx is accepted, 4xx is about this reader, anything else is about the run."""
        self.usable = False
        await before_handover()
        headers = {"X-From": envelope.sender, "X-To": envelope.recipient, "Content-Type": "message/rfc822"}
        try:
            answer = await self._client.post("/messages", message, headers=headers)
        except NotSentError as error:
            raise TransportError(f"the API is away: {error}", stage=Stage.CONNECT, temporary=True) from error
        except AnswerLostError as error:
            return AttemptOutcome(Verdict.UNKNOWN, detail=str(error))
        self.usable = True
        code = answer.status
        if code in (401, 403):
            raise TransportError("the API refused the key", stage=Stage.AUTH, temporary=False, code=code)
        if code == 429:
            words = "the API asks to slow down"
            raise TransportError(words, stage=Stage.MAIL, temporary=True, code=code, about=About.RATE)
        if code >= 500:
            raise TransportError("the API is busy", stage=Stage.MAIL, temporary=True, code=code)
        if code >= 400:
            return AttemptOutcome(Verdict.FAILED, FailureClass.POLICY, code=code, detail="refused")
        return AttemptOutcome(Verdict.SENT, code=code)

    async def close(self) -> None:
        """Close the connection."""
        self.usable = False
        await self._client.close()


class Webhook:
    """Opens sessions; nothing is asked before the first message."""

    def __init__(self, options: WebhookOptions, user_agent: str) -> None:
        self._url = options.url
        self._headers = {"User-Agent": user_agent}
        if key := options.key.get_secret_value():
            self._headers["Authorization"] = f"Bearer {key}"

    async def open(self) -> WebhookSession:
        """Open a session."""
        return WebhookSession(ApiClient(self._url, headers=self._headers))


def _build(options: WebhookOptions, context: TransportContext) -> Webhook:
    return Webhook(options, context.user_agent)


WEBHOOK = TransportSpec("webhook", _build, options=WebhookOptions, is_public=False)
