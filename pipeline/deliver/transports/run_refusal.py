"""The error of a reply that is about the run, whichever reader it was given for."""

from __future__ import annotations

from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.reply import Reply
from pipeline.model.delivery import About


def refused_run(where: str, stage: Stage, reply: Reply, said: str | None = None) -> TransportError:
    """Build the error; `said` takes the place of the reply's words."""
    about = find_about(stage, reply.code, reply.enhanced, reply.text)
    return TransportError(
        f"{where} answered {reply.code} {reply.detail if said is None else said} (at {stage})",
        stage=stage,
        temporary=about is About.RATE or reply.code // 100 != 5,  # noqa: PLR2004 - RFC 5321, 4.2.1
        code=reply.code,
        enhanced=reply.enhanced,
        about=about,
        limit=find_rate_limit(reply.code, reply.enhanced, reply.text),
    )
