"""Whole letters of our own writing: an ordinary week, a thin one, a deep dive, one in Hebrew, long names."""

from __future__ import annotations

from dataclasses import replace

from pipeline.issue.compose import compose
from pipeline.model.content import Mistake, Tip
from pipeline.model.issue import (
    Issue,
    JobFacts,
    Link,
    NewsItem,
    StorySection,
    TermSection,
    TipSection,
)
from pipeline.model.wishes import Wishes
from support.letter_parts import CAREERS, ENGLISH, HEAD, TECHNIQUES, TERM, TIP, TOOLS

ORDINARY = Issue(
    week="2026-W48",
    number=48,
    subject="Query rewriting: search for what was meant, not for what was typed",
    preheader="Also: a log that replays a whole agent run, and how to say what “done” looks like.",
    intro=(
        "Three of you wrote in about chatbots that forget what was said two lines earlier. "
        "The memory is often fine; it is the *search* that never saw it. So that is this week’s term."
    ),
    sections=(TERM, TOOLS, TECHNIQUES, CAREERS, TIP),
    minutes=5,
    date_label="23–29 November 2026",
)

SHORT_TERM = replace(
    TERM,
    slug="canary-prompt",
    title="Canary prompt",
    category="evaluation",
    difficulty=1,
    definition="A canary prompt is a fixed question with a known answer, sent again and again to notice when a model or a service behind it has changed.",
    example="Every hour: *List the prime numbers below 20, separated by commas.* The answer is compared letter by letter, and a difference calls somebody.",
    why_it_matters="Providers change models without a new name. The canary is cheap, and it sings before your users do.",
    mistakes=(Mistake("Asking something that has many right answers.", "Ask for one short, exact string."),),
    career_relevance="",
    related=(),
    because="",
    news=(),
)
SHORT = replace(
    ORDINARY,
    number=49,
    week="2026-W49",
    date_label="30 November – 6 December 2026",
    subject="Canary prompt: notice a changed model before your users do",
    preheader="Also: say what “done” looks like, so that an agent knows when to stop.",
    intro="",
    sections=(SHORT_TERM, TipSection(replace(TIP.tip, before="", after=""))),
    minutes=1,
    layout="short",
)

DEEP = replace(
    ORDINARY,
    number=50,
    week="2026-W50",
    date_label="7–13 December 2026",
    subject="Query rewriting, the whole of it",
    preheader="How it works, where it fails, and the two mistakes that everybody makes once.",
    intro="No news worth your time this week. Instead, the term from start to end.",
    sections=(
        replace(
            TERM,
            news=(),
            because="",
            how_it_works=(
                "A rewriter sits between the message and the search. It gets the last few turns, and it gives back "
                "one query, several, or none.\n\n"
                "1. **Resolve.** Words such as *it*, *the small one* and *the other* get their names back.\n"
                "2. **Complete.** What the conversation has settled is added: the product, the country, the year.\n"
                "3. **Split.** “Is it cheaper and does it ship to Norway?” becomes two searches, whose passages are "
                "joined afterwards.\n"
                "4. **Translate.** Where documents are in another language or use other words, the query takes theirs.\n\n"
                "```python\ndef find(turns, search):\n    queries = rewrite(turns[-6:])\n"
                "    found = [hit for query in queries for hit in search(query)]\n"
                "    return best(found, by=turns[-1].text)\n```\n\n"
                "Ranking goes by the *original* message: a rewriter may add what was not meant, and the reranker is "
                "where that is noticed. Keep both texts in the log."
            ),
            mistakes=(
                *TERM.mistakes,
                Mistake(
                    "Letting the rewriter see the documents’ titles “so that it finds them”. It starts to ask for "
                    "what is there and stops asking for what was wanted.",
                    "Give it the conversation and a description of the collection in two sentences, nothing else.",
                ),
                Mistake(
                    "Judging rewrites by reading them. They all read well.",
                    "Judge the passages that come back: does the one with the answer come up more often?",
                ),
            ),
        ),
        TIP,
    ),
    minutes=4,
    layout="deep-dive",
)

HEBREW_HEAD = replace(
    HEAD,
    name="תובנות שבועיות",
    tagline="מונח אחד, טיפ אחד, פעם בשבוע",
    audience="מהנדסי פרומפטים",
    language="he",
    direction="rtl",
    postal_address="רחוב הדקל 7, תל אביב",
)
HEBREW_TERM = TermSection(
    slug="few-shot",
    title="למידה מדוגמאות",
    full_name="Few-shot prompting",
    category="prompting",
    difficulty=1,
    definition="נותנים למודל כמה דוגמאות פתורות לפני השאלה האמיתית, והוא ממשיך באותה צורה.",
    example=(
        "מוקד שירות רוצה לסווג פניות לפי נושא:\n\n"
        "```text\nפנייה: החבילה לא הגיעה. → משלוח\nפנייה: חויבתי פעמיים. → תשלום\nפנייה: {ticket} →\n```\n\n"
        "המודל עונה במילה אחת, כמו בדוגמאות."
    ),
    why_it_matters="קל יותר לחקות צורה מאשר לתאר אותה. שתי דוגמאות טובות חוסכות עמוד של הוראות, וקל לבדוק אותן.",
    mistakes=(
        Mistake(
            "כל הדוגמאות מאותו סוג, ולכן המודל מנחש תמיד את אותה תשובה.",
            "בחרו דוגמאות שונות זו מזו, ולפחות אחת קשה.",
        ),
    ),
    career_relevance="בראיונות מבקשים לא פעם לשפר פרומפט קיים; דוגמה אחת במקום הנכון היא תשובה טובה.",
    related=(Link("Zero-shot"), Link("הנחיית מערכת")),
)
HEBREW_TIP = TipSection(
    Tip(
        slug="tip-he",
        title="בקשו ציטוט לפני תשובה",
        body="כשהתשובה צריכה להישען על מסמך, בקשו קודם את המשפט שעליו היא נשענת.",
        before="האם החוזה מאפשר ביטול?",
        after="צטט את הסעיף שעוסק בביטול.\nאם אין סעיף כזה, כתוב: אין.\nרק אחר כך ענה: כן או לא.",
    )
)
HEBREW_NEWS = StorySection(
    "tools",
    (
        NewsItem(
            "Tracewell 2 מריץ מחדש ריצה שלמה של סוכן",
            "https://tracewell.example.com/releases/2",
            "Tracewell",
            "אפשר לעבור צעד אחר צעד על כל קריאה למודל ולהריץ אותה שוב עם פרומפט אחר.",
            4,
        ),
    ),
)
RIGHT_TO_LEFT = Issue(
    week="2026-W48",
    number=12,
    subject="למידה מדוגמאות: להראות במקום לתאר",
    preheader="וגם: לבקש ציטוט לפני תשובה, וכלי שמריץ מחדש ריצה שלמה של סוכן.",
    intro="שבוע טוב! השבוע על *דוגמאות*: כמה, אילו ובאיזה סדר.",
    sections=(HEBREW_TERM, HEBREW_NEWS, HEBREW_TIP),
    minutes=2,
    date_label="23–29 בנובמבר 2026",
)

LONG_HEAD = replace(
    HEAD,
    name="The Fortnightly-but-Actually-Weekly Dispatch of the Upper Rhine Prompt Engineering Association",
    tagline=(
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and other long words, "
        "explained"
    ),
    audience="Rindfleischetikettierungsüberwachungsbeauftragte",
    postal_address=(
        "Upper Rhine Prompt Engineering Association, Department of Very Long Names\n"
        "Bischöflich-Geistlicher-Rat-Josef-Zinnbauer-Straße 1234a\n84130 Dingolfing, Germany"
    ),
)
LONG_NAMES = replace(
    ORDINARY,
    number=1048,
    subject="Retrieval-augmented generation with self-reflective query decomposition",
    intro="",
    sections=(
        replace(
            TERM,
            title="Retrieval-augmented generation with self-reflective multi-hop query decomposition",
            full_name="SelbstreflektierendeAnfragezerlegungMitWiederverwendbarenZwischenergebnissen, abbreviated SAMWZ",
            category="retrieval-and-generation",
            related=(
                Link("Supercalifragilisticexpialidocious prompting"),
                Link("AntidisestablishmentarianismBenchmark2000ForLongWords"),
            ),
        ),
        replace(
            TOOLS,
            items=(
                replace(
                    TOOLS.items[0],
                    title="https_and_other_identifiers_that_have_no_blanks_in_them_such_as_this_one_from_a_stack_trace",
                    source="The International Journal of Extraordinarily Long Periodical Titles and Related Matters",
                ),
            ),
        ),
        replace(
            CAREERS,
            items=(
                replace(
                    CAREERS.items[0],
                    title="Senior Staff Principal Prompt Engineer (Retrieval, Evaluation, Agents & Everything Else), m/f/d",
                    job=JobFacts(
                        "Vereinigte Gesellschaft für Sprachmodellanwendungsentwicklung und -betrieb mbH & Co. KG",
                        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
                        "from €123,456.78 to €234,567.89 a year before tax, with a share in what is saved",
                        "more than ten years",
                        (Link("RetrievalAugmentedGenerationEvaluationFrameworks"), Link("RAG")),
                    ),
                ),
            ),
        ),
        replace(
            TIP,
            tip=replace(
                TIP.tip,
                title="Say what “done” looks like, and say it before anything else, or say nothing",
                after='{"a_key_that_is_longer_than_most": "https://example.org/a/path/without/any/blank/at/all/in/it"}',
            ),
        ),
    ),
)

LETTERS = {
    "ordinary": (ORDINARY, HEAD),
    "short": (SHORT, HEAD),
    "deep-dive": (DEEP, HEAD),
    "right-to-left": (RIGHT_TO_LEFT, HEBREW_HEAD),
    "long-names": (LONG_NAMES, LONG_HEAD),
}


def compose_plainly(picks, catalogue, letterhead, *, number=1):
    """Compose a letter in English without wishes."""
    return compose(
        picks,
        catalogue,
        Wishes(),
        number=number,
        letter_name=letterhead.name,
        strings=ENGLISH,
    )
