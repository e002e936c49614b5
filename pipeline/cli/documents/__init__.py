"""The documents that `--json` prints, key by key: JSON Schemas and docs/reference/json.md are made of them.

Imported to describe documents, never to print one: a test compares what every command prints with its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pipeline.cli.documents import acts, bounces, content, issues, lists, news, newsletter, relay, status

DOCUMENTS: Mapping[str, Any] = MappingProxyType(
    {
        "run": issues.RunDone,
        "issue show": issues.IssueShown,
        "issue verify": issues.IssueVerified,
        "issue list": issues.IssueList,
        "issue journal": issues.IssueJournal,
        "issue check": issues.IssueChecked,
        "issue explain": issues.IssueExplained,
        "status": status.StatusReport,
        "content check": content.ContentProblems,
        "content list": content.ContentList,
        "content show": content.EntryShown,
        "content import": content.GlossaryImport,
        "content plan": content.ContentPlan,
        "content path": content.LearningPath,
        "content coverage": content.ContentCoverage,
        "templates list": newsletter.TemplateList,
        "feeds fetch": news.FeedsFetched,
        "feeds list": news.FeedList,
        "feeds check": news.FeedsChecked,
        "feeds test": news.FeedTested,
        "jobs import": news.JobImport,
        "jobs list": news.JobList,
        "simulate": issues.SimulationDone,
        "bounces ingest": bounces.BouncesIngested,
        "subscribers list": newsletter.SubscriberList,
        "subscribers show": newsletter.SubscriberShown,
        "subscribers find": newsletter.SubscriberList,
        "subscribers proof": newsletter.SubscriberProof,
        "subscribers growth": newsletter.SubscriberGrowth,
        "subscribers count": newsletter.SubscriberCounts,
        "subscribers import": lists.SubscriberImport,
        "subscribers imports": acts.ImportsListed,
        "subscribers undo": acts.ActUndone,
        "subscribers suppressions list": newsletter.SuppressionsListed,
        "subscribers suppressions import": newsletter.SuppressionImport,
        "relay check": relay.RelayReport,
        "db check": newsletter.DatabaseChecked,
        "config show": newsletter.ConfigShown,
    }
)
"""The type of every document, by the command that prints it with `--json`."""
