"""What the export of each tool says about its people: never more consent than the tool itself knew of."""

import io
from datetime import UTC, datetime

import pytest

from subscribers.importing.exporters import ExporterError, build_exporter, built_in
from subscribers.importing.read_row import RowReader, RowWishes
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import understand
from subscribers.importing.words import ConsentVerdict, state_words
from subscribers.sheets.opening import open_table

NOW = datetime(2026, 12, 1, tzinfo=UTC)

MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,{}LEID,EUID,TAGS"
TOOLS = {
    "weekly subscribers export": (
        "email,state,name,tags,source,created_at,confirmed_at",
        [
            "ok,active,A,a;b,s,2026-11-30T13:23:04Z,2026-11-30T13:23:04Z",
            "left,unsubscribed,A,,s,2026-11-30T13:23:04Z,2026-11-30T13:23:04Z",
            "pending,pending,A,,s,2026-11-30T13:23:04Z,",
        ],
    ),
    "Mailchimp (subscribed)": (
        MAILCHIMP.format("LAST_CHANGED,"),
        ["ok,A,B,2,2018-02-12 10:54:27,,2018-02-12 10:54:29,,2020-01-01 00:00:00,1,e,"],
    ),
    "Mailchimp (unsubscribed)": (
        MAILCHIMP.format(
            "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,"
        ),
        [
            "left,A,B,2,,,2018-02-12 10:54:29,,2020-01-01 00:00:00,May,abc,NORMAL,,1,e,",
            "left,A,B,2,,,2018-02-12 10:54:29,,2020-01-01 00:00:00,May,abc,,,1,e,",
            "spam,A,B,2,,,2018-02-12 10:54:29,,2020-01-01 00:00:00,May,abc,ABUSE,,1,e,",
        ],
    ),
    "Mailchimp (cleaned)": (
        MAILCHIMP.format("CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,"),
        ["bounced,A,B,2,,,2018-02-12 10:54:29,,2020-01-01 00:00:00,May,abc,1,e,"],
    ),
    "Substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
        [
            "ok,false,,other,false,2026-07-01T00:00:00.000Z,",
            "left,true,,yearly,true,2026-07-01T00:00:00.000Z,",
        ],
    ),
    "Substack (older)": (
        "email,active_subscription,expiry,email_disabled,created_at",
        ["ok,,,false,2019-07-01T00:00:00.000Z", "left,true,,true,2019-07-01T00:00:00.000Z"],
    ),
    "beehiiv": (
        "email,First Name,Last Name,status,tier,created_at,stripe_customer_id,Free Tier,Premium Tier,"
        "unsubscribed_at,Subscription Date (Substack)",
        [
            "ok,A,,active,free,2023-03-24 10:23:10 UTC,,Yes,No,,",
            "left,A,,inactive,free,2023-03-24 10:23:10 UTC,,Yes,No,,",
            "pending,A,,pending,free,2023-03-24 10:23:10 UTC,,Yes,No,,",
            "left,A,,active,free,2023-03-24 10:23:10 UTC,,Yes,No,2024-03-13 11:33:53 UTC,",
        ],
    ),
    "Ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,"
        "labels,tiers",
        [
            "1,ok,A,,true,false,,2024-01-15T10:00:00.000Z,,vip,",
            "2,left,A,,false,false,,2024-01-15T10:00:00.000Z,,,",
            "3,left,A,,true,false,,2024-01-15T10:00:00.000Z,2024-02-15T10:00:00.000Z,,",
            "4,out,A,,,false,,2024-01-15T10:00:00.000Z,,,",
        ],
    ),
    "Buttondown": (
        "id,email,notes,subscriber_type,creation_date,subscription_date,unsubscription_date,tags,metadata",
        [
            "1,ok,,regular,2024-03-13 00:03:09+00:00,2024-03-13 00:03:09+00:00,,a;b,{}",
            "2,left,,unsubscribed,2024-03-13 00:03:09+00:00,,2024-04-13 00:03:09+00:00,,{}",
            "3,bounced,,undeliverable,2024-03-13 00:03:09+00:00,,,,{}",
            "4,spam,,complained,2024-03-13 00:03:09+00:00,,,,{}",
            "5,pending,,unactivated,2024-03-13 00:03:09+00:00,,,,{}",
            "6,blocked,,spammy,2024-03-13 00:03:09+00:00,,,,{}",
            "7,unknown,,brand_new_type,2024-03-13 00:03:09+00:00,,,,{}",
        ],
    ),
    "Kit": (
        "first_name,email,created_at,status",
        [
            "A,ok,2022-09-10T11:12:13Z,active",
            "A,pending,2022-09-10T11:12:13Z,inactive",
            "A,left,2022-09-10T11:12:13Z,cancelled",
            "A,bounced,2022-09-10T11:12:13Z,bounced",
            "A,spam,2022-09-10T11:12:13Z,complained",
        ],
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at",
        [
            "u,ok,A,{},enabled,2024-05-06 10:11:12.123456 +0000 UTC,2024-05-06 10:11:12.123456 +0000 UTC",
            "u,left,A,{},disabled,2024-05-06 10:11:12.123456 +0000 UTC,2024-05-06 10:11:12.123456 +0000 UTC",
            "u,blocked,A,{},blocklisted,2024-05-06 10:11:12 +0200 CEST,2024-05-06 10:11:12 +0000 UTC",
        ],
    ),
    "Keila": (
        "Email,First name,Last name,Data,Status,External ID",
        ["ok,A,B,{},active,1", "left,A,B,{},unsubscribed,", "bounced,A,B,{},unreachable,"],
    ),
    "Sendy": (
        "Name,Email,Joined,Last activity,Added via,Opt-in method,IP address,Country,Country code,"
        "Signed up from,Status,GDPR",
        [
            "A,ok,,2026/04/19,App,,,,,,Active,Yes",
            "A,left,,2026/04/19,App,,,,,,Unsubscribed,Yes",
            "A,bounced,,2026/04/19,App,,,,,,Bounced,Yes",
            "A,spam,,2026/04/19,App,,,,,,Marked as spam,Yes",
            "A,pending,,2026/04/19,Form,Double,,,,,Unconfirmed,No",
        ],
    ),
    "phpList": (
        "id,Email,Is this subscriber confirmed,Is this subscriber blacklisted,Did this subscriber manually confirm,"
        "Number of bounces,Entered,Last Modified,Is this account disabled?,List Membership",
        [
            "1,ok,1,0,0,3,2020-01-02 03:04:05,2020-01-02 03:04:05,0,news",
            "2,pending,0,0,0,0,2020-01-02 03:04:05,2020-01-02 03:04:05,0,news",
            "3,blocked,1,1,0,0,2020-01-02 03:04:05,2020-01-02 03:04:05,0,news",
            "4,left,1,0,0,0,2020-01-02 03:04:05,2020-01-02 03:04:05,1,No Lists",
        ],
    ),
    "Google Groups": (
        "Email address,Nickname,Group status,Email status,Email preference,Posting permissions",
        [
            "ok,A,Member,,All email,Allowed",
            "ok,A,Owner,,Digest,Allowed",
            "bounced,,Member,Bouncing,All email,Allowed",
            "left,,Member,,No email,Allowed",
            "pending,,Invited,,,",
            "unknown,,Member,,Something new,Allowed",
        ],
    ),
    "Discourse (users)": (
        "id,name,username,email,created_at,trust_level,approved,suspended_at,suspended_till,silenced_till,"
        "active,staged,group_names",
        [
            "1,A,a,ok,2020-01-02 03:04:05 UTC,1,true,,,,true,false,a;b",
            "1,A,a,blocked,2020-01-02 03:04:05 UTC,1,true,2024-01-01 00:00:00 UTC,,,true,false,a",
            "1,A,a,pending,2020-01-02 03:04:05 UTC,1,true,,,,false,false,a",
            "1,A,a,pending,2020-01-02 03:04:05 UTC,1,true,,,,true,true,a",
            "1,A,a,pending,2020-01-02 03:04:05 UTC,1,false,,,,true,false,a",
        ],
    ),
    "Eventbrite (attendees)": (
        "Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee #,Attendee Status",
        [
            "1,2026-09-20,A,B,ok,1,VIP,1,Attending",
            "1,2026-09-20,A,B,ok,1,VIP,1,Checked In",
            "1,2026-09-20,A,B,left,1,VIP,1,Refunded",
            "1,2026-09-20,A,B,left,1,VIP,1,Not Attending",
        ],
    ),
    "HubSpot (contacts)": (
        "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Tags",
        ["1,A,B,ok,,NEW,2024-03-12 09:14,vip", "2,A,B,ok,,OPEN_DEAL,3/15/2024 2:30 PM,"],
    ),
    "Google Contacts": (
        "First Name,Middle Name,Last Name,Phonetic First Name,Labels,E-mail 1 - Label,E-mail 1 - Value",
        ["A,,B,,Letter ::: * myContacts,* Work,ok"],
    ),
    "Outlook (contacts)": (
        "First Name,Last Name,E-mail Address,E-mail 2 Address,E-mail 3 Address,Categories",
        ["A,B,ok,,,Letter;VIP"],
    ),
    "ActiveCampaign": (
        "Email,First Name,Last Name,Phone,Tags,Date Created,IP,Status",
        [
            "ok,A,B,,,2021-07-08 09:10:11,,Active",
            "left,A,B,,,2021-07-08 09:10:11,,Unsubscribed",
            "bounced,A,B,,,2021-07-08 09:10:11,,Bounced",
            "pending,A,B,,,2021-07-08 09:10:11,,Unconfirmed",
        ],
    ),
    "Shopify (customers)": (
        "First Name,Last Name,Email,Accepts Email Marketing,Accepts SMS Marketing,Tags,Total Spent,Total Orders",
        ["A,B,ok,yes,no,vip,1,2", "A,B,left,no,yes,,0,0", "A,B,out,,yes,,0,0"],
    ),
    "Klaviyo": (
        "Email,First Name,Last Name,Email Marketing Consent,Email Marketing Consent Timestamp,Email Suppressions",
        [
            "ok,A,B,SUBSCRIBED,2024-01-01T00:00:00Z,[]",
            "left,A,B,UNSUBSCRIBED,,[]",
            "out,A,B,NEVER_SUBSCRIBED,,",
            "out,A,B,,,",
            "bounced,A,B,SUBSCRIBED,2024-01-01T00:00:00Z,[HARD_BOUNCE]",
            "blocked,A,B,SUBSCRIBED,2024-01-01T00:00:00Z,[USER_SUPPRESSED]",
        ],
    ),
    "Curated": (
        "Email Address,Subscribed at,UTM Source,UTM Medium,UTM Campaign,UTM Last Path,UTM Referrer",
        ["ok,2021-02-04 07:55:20 +0000,,,,,"],
    ),
    "TinyNews": (
        "Channel id,Status,Tier,Tags,Created at,Deleted at,Engagement OptIn,Email,Name,Surname",
        [
            "1,1,0,a,2022-10-28 22:18:42,,1,ok,A,B",
            "1,0,0,,2022-10-28 22:18:42,,1,left,A,B",
            "1,1,0,,2022-10-28 22:18:42,2023-10-28 22:18:42,1,left,A,B",
        ],
    ),
    "TinyNews (newer)": (
        "email,First name,Last name,Date added,Last modified,status,clicks,opens",
        [
            "ok,A,B,2022-08-04T14:26:20.000Z,2022-08-04T14:36:53.000Z,Subscribed,0,39",
            "left,A,B,2022-08-04T14:26:20.000Z,2022-08-04T14:36:53.000Z,Unsubscribed,0,0",
        ],
    ),
    "MailerLite": (
        "Subscriber,Name,Subscribed,Opt-in IP,Opt-in date,Location",
        ["ok,A,2024-01-02 03:04:05,1.2.3.4,2024-01-02 03:04:05,Oslo"],
    ),
    "Brevo": (
        "EMAIL,FIRSTNAME,LASTNAME,SMS,BLACKLIST_EMAIL,BLACKLIST_SMS",
        ["ok,A,B,,false,true", "blocked,A,B,,true,false"],
    ),
    "Mailcoach": (
        "email,first_name,last_name,tags,subscribed_at,unsubscribed_at",
        [
            "ok,A,B,a;b,2024-01-02 03:04:05,",
            "left,A,B,,2024-01-02 03:04:05,2024-02-02 03:04:05",
            "pending,A,B,,,",
        ],
    ),
    "EmailOctopus": (
        "Email address,First name,Last name,Status,Created at,Last updated at",
        [
            "ok,A,B,SUBSCRIBED,2024-01-02T03:04:05+00:00,2024-01-02T03:04:05+00:00",
            "left,A,B,UNSUBSCRIBED,2024-01-02T03:04:05+00:00,2024-01-02T03:04:05+00:00",
            "pending,A,B,PENDING,2024-01-02T03:04:05+00:00,2024-01-02T03:04:05+00:00",
        ],
    ),
    "Resend": (
        "id,email,first_name,last_name,created_at,unsubscribed",
        ["1,ok,A,B,2024-01-02 03:04:05.678+00,false", "2,left,A,B,2024-01-02 03:04:05.678+00,true"],
    ),
    "Luma (guests)": (
        "api_id,name,email,created_at,approval_status,checked_in_at",
        [
            "g,A,ok,2024-01-02T03:04:05.678Z,approved,",
            "g,A,pending,2024-01-02T03:04:05.678Z,invited,",
            "g,A,left,2024-01-02T03:04:05.678Z,declined,",
        ],
    ),
    "Google Forms": (
        "Timestamp,Email Address,Your full name",
        ["2026/05/28 7:01:33 PM GMT+2,ok,A"],
    ),
}
"""By tool, its header and rows; an address is the word of what must become of its row."""

BECOMES = {
    "ok": "active",
    "left": "unsubscribed",
    "bounced": "bounced",
    "spam": "complained",
    "blocked": "suppressed",
    "pending": "pending",
    "out": "no consent",
    "unknown": "unknown",
}


def read(text, **options):
    with open_table(io.BytesIO(text.encode())) as table:
        reading = understand(table, ListOptions(**options), NOW)
        reader = RowReader(reading, RowWishes(), NOW)
        rows = [(row, reader.judge(row.cells)) for row in table if not row.fault]
        return reading, [(reader.read(row, judged), judged.verdict.word) for row, judged in rows]


def write(header, rows):
    """Write a table whose addresses are words."""
    lines = [line.split(",") for line in rows]
    place = next(n for n, cell in enumerate(lines[0]) if cell in BECOMES)
    for number, line in enumerate(lines):
        line[place] = f"{line[place]}.{number}@example.org"
    return "\n".join([header, *(",".join(line) for line in lines), ""])


def test_every_tool_has_an_example():
    assert {each.name for each in built_in()} == set(TOOLS)
    assert all(each.source for each in built_in())


@pytest.mark.parametrize("tool", TOOLS)
def test_the_list_of_a_tool_is_known_and_nobody_gets_more_consent_than_there(tool):
    reading, found = read(write(*TOOLS[tool]))
    assert (reading.exporter, reading.questions) == (tool, ())
    said = {row.address.key: word for row, word in found}
    assert said == {key: BECOMES[key.partition(".")[0]] for key in said}
    assert len(said) == len(TOOLS[tool][1])
    assert all(bool(row.kept_out) == (word in {"no consent", "unknown"}) for row, word in found)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "X"}, "columns = "),
        ({"name": "X", "columns": ["a"], "fields": {"a": "shoe"}}, "must be one of email"),
        ({"name": "X", "columns": ["a"], "state": "gone"}, "must be one of unsubscribed"),
        ({"name": "X", "columns": ["a"], "consent": {"a": {"x": "happy"}}}, "must be one of active"),
        ({"name": "X", "columns": ["a"], "consent": {"a": {"Opted out": "active"}}}, "cannot be active"),
        ({"name": "X", "columns": ["a"], "consent": {"a": "x"}}, "must be a table"),
    ],
)
def test_an_entry_that_cannot_be_used_names_the_fix(entry, words):
    with pytest.raises(ExporterError, match=words):
        build_exporter(entry)


def test_no_tool_gives_more_consent_to_a_word_that_denies_it():
    denials = [word for word, verdict in state_words().items() if verdict > ConsentVerdict.PAUSED]
    for tool in built_in():
        for meanings in tool.consent.values():
            assert all(meanings.read(word) > ConsentVerdict.PAUSED for word in denials), tool.name


def test_an_entry_of_the_settings_comes_first_and_weakens_nothing():
    entry = {
        "name": "Ours",
        "columns": ["email", "klasse"],
        "consent": {"klasse": {"gold": "active", "weg": "unsubscribed"}},
        "unused": ["notiz"],
    }
    text = "email,klasse,notiz,unsubscribed\na@example.org,gold,,no\nb@example.org,weg,,no\n"
    text += "c@example.org,gold,,yes\nd@example.org,blau,,\ne@example.org,removed,,\n"
    reading, found = read(text, exporters=(build_exporter(entry),))
    assert (reading.exporter, reading.questions) == ("Ours", ())
    assert [word for _, word in found] == [
        "active",
        "unsubscribed",
        "unsubscribed",
        "unknown",
        "unsubscribed",
    ]
    reading, _ = read(f"{text}f@example.org,gold,unsubscribed 2024,\n", exporters=(build_exporter(entry),))
    assert [question.column for question in reading.questions] == ["notiz"]
