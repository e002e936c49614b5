"""Every rule of a rendered letter by its id: a pure function over the letter, read once.

What can be wrong in the editor's words is `content check`'s; here is what only shows in the finished mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.check.context import CheckedLetter
from pipeline.check.rules import (
    document,
    link_status,
    links,
    reading,
    sizes,
    support,
    template_residue,
    text,
    wishes,
    words,
)
from pipeline.check.rules.sizes import HTML_LIMIT_BYTES, HTML_WARNING_BYTES
from pipeline.model.finding import Findings

__all__ = ["CHECKS", "HTML_LIMIT_BYTES", "HTML_WARNING_BYTES"]

CHECKS: Mapping[str, Callable[[CheckedLetter], Findings]] = MappingProxyType(
    {
        "html-size": sizes.html_size,
        "css-size": sizes.css_size,
        "css-valid": sizes.css_valid,
        "line-length": sizes.line_length,
        "no-script": template_residue.no_script,
        "no-template-residue": template_residue.no_template_residue,
        "unfilled-marks": wishes.unfilled_marks,
        "lost-markup": wishes.lost_markup,
        "mjml-source": template_residue.mjml_source,
        "unsubscribe-link": links.unsubscribe_link,
        "postal-address": links.postal_address,
        "letterhead": links.letterhead,
        "links-absolute": links.links_absolute,
        "link-text": links.link_text,
        "link-repeat": links.link_repeat,
        "images": document.images,
        "width": document.width,
        "remote-fonts": document.remote_fonts,
        "mso-balance": document.mso_balance,
        "document-head": document.document_head,
        "unsupported-feature": support.unsupported_feature,
        "no-flex-grid-position": support.no_flex_grid_position,
        "text-part": text.text_part,
        "text-parity": text.text_parity,
        "text-lines": text.text_lines,
        "subject": words.subject,
        "preheader": words.preheader,
        "honest-count": words.honest_count,
        "stale-claim": words.stale_claim,
        "reading-time": words.reading_time,
        "lang": document.lang,
        "dir": document.direction,
        "title": document.title,
        "table-roles": reading.table_roles,
        "headings": reading.headings,
        "contrast": reading.contrasts,
        "type-size": reading.type_size,
        "vml": document.vml,
        "text-structure": reading.text_structure,
        "hidden-text": reading.hidden_text,
        "dark-mode": document.dark_mode,
        "link-broken": link_status.link_broken,
        "link-moved": link_status.link_moved,
        "link-trouble": link_status.link_trouble,
        "link-unasked": link_status.link_unasked,
    }
)
"""Every rule, in the order in which findings are shown."""
