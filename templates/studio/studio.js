// The studio without the reloads. Every control is a link or a form that works without this file: here they are
// fetched instead, and of the new page only the parts that differ are put in the place of the old ones.
"use strict";

const root = document.documentElement;
const status = document.getElementById("status");
const shown = new Map(); // what the server last said of each part, to see what is new

root.classList.add("js");

// The page

const parts = (page) => new Map([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));

for (const [name, part] of parts(document)) shown.set(name, part.innerHTML);

function say(words) {
  if (status) status.textContent = words;
}

let state = document.body.dataset.state; // of the files, as the server counts it

/** Put a page of the server in the place of this one, keeping what the editor was doing. */
function put(page) {
  const kept = remember();
  const here = parts(document);
  let changed = 0;
  state = page.body.dataset.state;
  for (const [name, part] of parts(page)) {
    const old = here.get(name);
    const html = part.innerHTML;
    if (!old || shown.get(name) === html) continue;
    shown.set(name, html);
    changed += 1;
    if (!putFrames(old, part)) old.replaceChildren(...document.importNode(part, true).childNodes);
  }
  document.title = page.title;
  restore(kept);
  arrive();
  return changed;
}

function remember() {
  const open = [...document.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  const scrolls = [...document.querySelectorAll("main [tabindex='0'], .stage")].map((each) => [each.scrollLeft, each.scrollTop]);
  const focus = document.activeElement;
  const marks = focus && "selectionStart" in focus ? [focus.selectionStart, focus.selectionEnd] : null;
  return { open, scrolls, focus: focus && focus.id, marks, x: scrollX, y: scrollY, url: location.href };
}

function restore(kept) {
  putBack();
  for (const [id, isOpen] of kept.open) {
    const each = document.getElementById(id);
    if (each) each.open = isOpen;
  }
  const focus = kept.focus && document.getElementById(kept.focus);
  if (focus && focus !== document.activeElement) {
    focus.focus({ preventScroll: true });
    if (kept.marks && kept.marks[0] !== null) focus.setSelectionRange(...kept.marks);
  }
  if (kept.url === location.href) {
    const boxes = document.querySelectorAll("main [tabindex='0'], .stage");
    if (boxes.length === kept.scrolls.length) boxes.forEach((box, at) => box.scrollTo(...kept.scrolls[at]));
    scrollTo(kept.x, kept.y);
  }
}

// Drafts: what is typed and not saved belongs to its week, and is put back whenever that week's form is there again,
// also after a reload. `began` are the words of the file that it was typed over, `seen` those that were shown next to it.

const drafts = {
  key: (week) => `draft of ${document.querySelector(".brand .of")?.textContent ?? ""} ${week}`,
  get(week) {
    try { return JSON.parse(sessionStorage.getItem(this.key(week))); } catch { return null; }
  },
  set(week, draft) {
    try {
      if (draft) sessionStorage.setItem(this.key(week), JSON.stringify(draft));
      else sessionStorage.removeItem(this.key(week));
    } catch { say("This browser keeps nothing: save before you leave the page"); }
  },
};

const wordsForm = () => document.getElementById("words");

function note(field) {
  const form = wordsForm();
  if (!form || field.form !== form) return;
  const week = form.elements.week.value;
  const { seen } = form.dataset;
  const draft = drafts.get(week) ?? { began: seen, seen, fields: {} };
  draft.fields[field.name] = form.elements[field.name].value;
  drafts.set(week, draft);
  putBack();
}

function putBack() {
  const form = wordsForm();
  const draft = form && drafts.get(form.elements.week.value);
  if (!draft) return;
  for (const [name, value] of Object.entries(draft.fields)) {
    for (const field of form.querySelectorAll(`[name="${name}"]`)) {
      if (field.type === "radio") field.checked ||= field.value === value;
      else if (field.value !== value) field.value = value;
    }
  }
  for (const counter of form.querySelectorAll(".counter")) count(counter, form.elements[counter.htmlFor.value]);
  form.elements.seen.value = draft.seen;
  form.querySelector(".unsaved").hidden = false;
  if (draft.began !== form.dataset.seen) for (const each of form.querySelectorAll(".in-file")) each.hidden = false;
}

/** Count as the check does: what is too long is told while it is typed, and refused when it is saved. */
function count(counter, field) {
  const { most } = counter.dataset;
  const many = [...field.value.trim()].length;
  counter.textContent = `${many} of ${most} characters${many > most ? ": too long for an inbox" : ""}`;
  counter.classList.toggle("over", many > most);
}

/** The words of a week were sent: forgotten when they are written, and when refused, both have now been seen. */
function settleWords(sent, page) {
  const draft = drafts.get(sent.week);
  if (!draft) return;
  shown.delete("panel"); // to be replaced even if it is the same
  const form = page.getElementById("words");
  const isWritten = Boolean(page.querySelector("#message.done"));
  const isAsSent = Object.entries(draft.fields).every(([name, value]) => (sent[name] ?? "").replace(/\r\n/g, "\n") === value);
  const seen = form?.elements.week.value === sent.week ? form.dataset.seen : draft.seen;
  if (isWritten && isAsSent) drafts.set(sent.week, null);
  else drafts.set(sent.week, { ...draft, seen, began: isWritten ? seen : draft.began });
}

// The frames: a new letter is loaded behind the old one and takes its place when it is there, at the same scroll.

function putFrames(old, fresh) {
  const before = [...old.querySelectorAll("[data-pane]")];
  const after = [...fresh.querySelectorAll("[data-pane]")];
  const names = (panes) => panes.map((pane) => pane.dataset.pane).join();
  if (!before.length || names(before) !== names(after)) return false;
  const [stage, next] = [old.querySelector(".stage"), fresh.querySelector(".stage")];
  stage.className = next.className;
  for (const node of [...old.children]) if (node !== stage) node.remove();
  for (const node of [...next.parentNode.children]) if (node !== next) stage.before(document.importNode(node, true));
  before.forEach((pane, at) => putPane(pane, after[at]));
  return true;
}

function putPane(pane, next) {
  pane.className = next.className;
  pane.querySelector("figcaption")?.remove();
  const words = next.querySelector("figcaption");
  if (words) pane.prepend(document.importNode(words, true));
  const [sheet, wanted] = [pane.querySelector("[data-sheet]"), next.querySelector("iframe")];
  sheet.querySelector(".coming")?.remove();
  const frame = sheet.querySelector("iframe");
  setWidth(sheet, wanted.getAttribute("width"));
  if (frame.getAttribute("src") === wanted.getAttribute("src")) return;
  const coming = document.importNode(wanted, true);
  const isSameLetter = frame.title === coming.title;
  coming.classList.add("coming");
  coming.addEventListener("load", () => {
    const page = coming.contentDocument;
    if (!coming.isConnected || !page) return;
    const from = frame.contentDocument?.scrollingElement;
    if (from && isSameLetter) page.scrollingElement?.scrollTo({ top: from.scrollTop, left: from.scrollLeft, behavior: "instant" });
    coming.classList.remove("coming");
    frame.remove();
    settle(coming);
  }, { once: true });
  frame.before(coming);
}

/** A letter has arrived in its frame: its links are told of and not followed, and what the address names is shown. */
function settle(frame) {
  const page = frame.contentDocument;
  if (!page || page.body === null || frame.dataset.settled === page.URL) return;
  frame.dataset.settled = page.URL;
  page.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    const number = [...page.querySelectorAll("a[href]")].indexOf(link) + 1;
    go(changed({ tab: "links", at: `link:${number}` }), { isNew: true });
  });
  point(frame);
}

function point(frame) {
  const at = new URLSearchParams(location.search).get("at") ?? "";
  const page = frame.contentDocument;
  const pane = frame.closest("[data-pane]");
  if (!page || pane?.dataset.pane !== "now") return;
  for (const each of page.querySelectorAll("[data-pointed]")) {
    each.style.outline = "";
    delete each.dataset.pointed;
  }
  const place = find(page, at);
  if (!place) return;
  place.dataset.pointed = "";
  place.style.outline = "3px solid #c07a00";
  place.style.outlineOffset = "3px";
  place.scrollIntoView({ block: "center" });
}

/** Find the place in a letter: the nearest thing to be seen at or before a line, or a link by its number. */
function find(page, at) {
  const [kind, number] = at.split(":");
  if (kind === "link") return page.querySelectorAll("a[href]")[number - 1];
  if (kind !== "html") return null;
  let best = null;
  for (const each of page.body.querySelectorAll("[data-line]")) {
    if (Number(each.dataset.line) > Number(number)) break;
    const box = each.getBoundingClientRect();
    if (box.width > 0 && box.height > 0) best = each;
  }
  return best;
}

function arrive() {
  measure();
  const tab = document.querySelector(".tabs [aria-current]");
  tab?.parentNode.scrollTo({ left: tab.offsetLeft - tab.parentNode.offsetLeft - 60 });
  for (const frame of document.querySelectorAll("iframe:not(.coming)")) {
    if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL !== "about:blank") settle(frame), point(frame);
    else frame.addEventListener("load", () => settle(frame), { once: true });
  }
  const at = new URLSearchParams(location.search).get("at");
  if (at && at !== arrive.last) document.querySelector("main .pointed, main .fault, .inbox .pointed")?.scrollIntoView({ block: "center" });
  arrive.last = at;
}

// The width

const sizes = { least: 280, most: 1200, step: 10 };

function setWidth(sheet, width) {
  for (const frame of sheet.querySelectorAll("iframe")) frame.setAttribute("width", width);
  const grip = sheet.querySelector(".grip");
  grip?.setAttribute("aria-valuenow", width);
  grip?.setAttribute("aria-valuetext", `${width} pixels`);
}

/** Tell how wide a letter stands there: one that fits may be narrower than it asks for. */
const widthOf = (grip) => grip.parentNode.querySelector("iframe:not(.coming)").clientWidth;

function measure() {
  const grip = document.querySelector(".fit .grip");
  if (!grip) return;
  grip.setAttribute("aria-valuenow", widthOf(grip));
  grip.setAttribute("aria-valuetext", `${widthOf(grip)} pixels`);
}

addEventListener("resize", measure);

function widen(grip, width) {
  grip.closest(".stage").classList.remove("fit");
  const fitting = Math.round(Math.min(Math.max(width, sizes.least), sizes.most));
  setWidth(grip.parentNode, String(fitting));
  return String(fitting);
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  if (!grip) return;
  event.preventDefault();
  grip.focus();
  grip.setPointerCapture(event.pointerId);
  root.classList.add("dragging");
  const start = event.clientX;
  const before = widthOf(grip);
  // A letter in the middle grows on both sides.
  const isMiddle = grip.closest(".stage").scrollWidth <= grip.closest(".stage").clientWidth && !grip.closest(".two");
  const move = (moved) => widen(grip, before + (moved.clientX - start) * (isMiddle ? 2 : 1));
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", () => {
    grip.removeEventListener("pointermove", move);
    root.classList.remove("dragging");
    go(changed({ width: grip.getAttribute("aria-valuenow") }));
  }, { once: true });
});

document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.(".grip");
  const now = grip && widthOf(grip);
  const wanted = grip && { ArrowLeft: now - sizes.step, ArrowDown: now - sizes.step, ArrowRight: now + sizes.step, ArrowUp: now + sizes.step, Home: sizes.least, End: sizes.most }[event.key];
  if (!wanted) return;
  event.preventDefault();
  go(changed({ width: widen(grip, wanted) }));
});

// Going about: one request at a time, and the last wish wins.

function changed(changes) {
  const query = new URLSearchParams(location.search);
  query.delete("said");
  query.delete("at");
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `/?${query}`;
}

/** Write the address of this page with the message that stands on it, if it still holds. */
function withMessage() {
  const url = new URL(location.href);
  if (said) url.searchParams.set("said", said);
  return url;
}

let said = new URLSearchParams(location.search).get("said") ?? ""; // by which the server knows the message that stands
let asking = null;
let pending = Promise.resolve();

function go(address, options = {}) {
  asking?.abort();
  return (pending = fetchAndPut(address, options));
}

async function fetchAndPut(address, { isNew = false, isBack = false, body = null, isWords = false, isRing = false }) {
  const mine = (asking = new AbortController());
  try {
    const answer = await fetch(address, { signal: mine.signal, method: body ? "POST" : "GET", body });
    const html = await answer.text();
    if (mine.signal.aborted) return;
    const page = new DOMParser().parseFromString(html, "text/html");
    if (!page.querySelector("[data-part]")) throw new Error(html.slice(0, 200));
    const url = new URL(answer.url);
    said = url.searchParams.get("said") ?? "";
    url.searchParams.delete("said");
    if (!isBack) history[isNew ? "pushState" : "replaceState"](null, "", `${url.pathname}${url.search}`);
    if (isWords) settleWords(Object.fromEntries(body), page);
    const wasBroken = Boolean(document.getElementById("error-page"));
    const count = put(page);
    tell(page, wasBroken, isRing, count);
  } catch (error) {
    if (error.name !== "AbortError") say(`The studio did not answer: ${error.message}`);
  } finally {
    if (asking === mine) asking = null;
  }
}

function tell(page, wasBroken, isRing, count) {
  const message = page.getElementById("message");
  const errorTitle = page.getElementById("error-title");
  if (message && !isRing) {
    say(message.querySelector("p").textContent);
    document.getElementById("message").scrollIntoView({ block: "nearest" });
  } else if (errorTitle) say(errorTitle.textContent);
  else if (wasBroken) say("The letter can be made again");
  else if (isRing && count) say("The letter is up to date");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.target || link.dataset.leave !== undefined || link.getAttribute("href").startsWith("#")) return;
  if (link.dataset.back !== undefined) {
    if (history.length > 1) { event.preventDefault(); history.back(); }
    return;
  }
  if (link.id === "drop-words") drafts.set(wordsForm().elements.week.value, null), shown.delete("panel");
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/") return;
  event.preventDefault();
  go(url, { isNew: true });
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form.method === "post") go(form.action, { body: fields, isWords: form.id === "words" });
  else go(`/?${fields}`, { isNew: true });
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.dataset.auto !== undefined) form.requestSubmit();
  const own = document.getElementById("subject");
  if (event.target.name !== "candidate" || !own) return;
  own.value = "";
  note(own);
});

document.addEventListener("input", (event) => note(event.target));

addEventListener("popstate", () => go(location.href, { isBack: true }));

// Live reload: the server sends an event when files have changed. While one answer is awaited, more become one.

function listen() {
  const live = document.getElementById("live");
  const mark = (state, words) => {
    live.dataset.live = state;
    live.querySelector(".words").textContent = words;
  };
  let latest = state;
  let isBusy = false;
  const events = new EventSource("/events");
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    while (state !== latest) {
      mark("busy", "live");
      await pending; // what the editor has asked for comes first
      const wanted = latest;
      if (state !== wanted) await go(withMessage(), { isRing: true });
      if (state !== wanted && latest === wanted) break; // no answer: the next event tries again
    }
    isBusy = false;
    mark("on", "live");
  };
  events.addEventListener("state", (event) => {
    mark("on", "live");
    latest = event.data;
    look();
  });
  events.addEventListener("error", () => {
    mark("off", "not live");
    state = null; // whatever happens until the studio is back is missed
  });
  addEventListener("pagehide", () => events.close());
}

putBack();
arrive();
document.querySelector(".of-file .fault")?.scrollIntoView({ block: "center" });
if (document.getElementById("live")) listen();
