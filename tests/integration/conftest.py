"""These tests render: each template is compiled, each MJML source converted once in their process."""

from __future__ import annotations

from support.warm import remember_engines

remember_engines()
