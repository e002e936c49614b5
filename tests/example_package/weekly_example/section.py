"""A section of events: they share pages, so that link and title tell one from another."""

from pipeline.model.sections import SectionSpec

EVENTS = SectionSpec(
    "events", half_life_days=14.0, slots=4, cap=4, copies_by="link and title", heading="Events"
)
