"""These tests render: each template is compiled once in their process."""

from __future__ import annotations

from support.warm import remember_templates

remember_templates()
