"""Glossaries of other tools: read, converted, validated, written; and the export."""
