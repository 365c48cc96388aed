// What pages gain from a script; every one of them works without.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// Files dropped on the form ----------------------------------------------------------------------------------------
for (const form of $$("[data-drop]")) {
  const input = $("input[type=file]", form), chosen = $(".chosen", form);
  const show = () => { chosen.textContent = [...input.files].map((file) => file.name).join(", "); };
  input.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
  });
}

// Columns that are being written: one stream a page ------------------------------------------------------------------
const live = $("[data-events]");
if (live) {
  const source = new EventSource(live.dataset.events);
  const total = $$('[data-cell]:not([data-cell="answer"])', live).length;
  source.onmessage = (event) => {
    const said = JSON.parse(event.data), cell = $(`[data-cell="${CSS.escape(said.variant)}"]`, live);
    if (!cell) return;
    const state = $(".state", cell);
    cell.dataset.state = said.state;
    state.textContent = state.dataset[said.state] || said.state;
    $(".count", cell).textContent = said.words || "";
    $(".note", cell).textContent = said.note;
    $(".text", cell).classList.toggle("plain", !("html" in said));
    if ("html" in said) $(".text", cell).innerHTML = said.html; // made and sanitised by the server
    else $(".text", cell).textContent = said.text;
    const done = $$('[data-cell]:is([data-state="done"], [data-state="failed"]):not([data-cell="answer"])', live).length;
    if (done) $("#progress").textContent = `${done} / ${total} ${live.dataset.done}`;
  };
  source.addEventListener("end", async () => {
    source.close();
    if (!live.dataset.keep) { location.reload(); return; }
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname.replace(/\/(run|ask|check|names)$/, "") + location.search)).text(), "text/html");
    for (const selector of live.dataset.keep.split(", ")) $(selector)?.replaceWith($(selector, page)); // what is being typed stays
    $("#progress").textContent = live.dataset.done;
  });
}

// Evidence that lights up on both sides ------------------------------------------------------------------------------
const plan = $("#plan");
if (plan) plan.closest("section").scrollIntoView({ block: "start" });

const squeezed = (text) => text.replace(/[*_`#>]/g, "").replace(/\s+/g, " ").trim();

function rangeOf(root, wanted) {
  const needle = squeezed(wanted);
  if (!needle) return null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let text = "", space = true;
  const places = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let i = 0; i < node.data.length; i++) {
      const character = node.data[i];
      if ("*_`#>".includes(character)) continue;
      if (/\s/.test(character)) { if (space) continue; text += " "; space = true; } else { text += character; space = false; }
      places.push([node, i]);
    }
  }
  const at = text.indexOf(needle);
  if (at < 0) return null;
  const range = new Range(), [first, a] = places[at], [last, b] = places[Math.min(at + needle.length, places.length) - 1];
  range.setStart(first, a);
  range.setEnd(last, b + 1);
  return range;
}

function light(ranges, turns, rows) {
  for (const lit of $$(".lit")) lit.classList.remove("lit");
  if (window.Highlight && CSS.highlights) CSS.highlights.set("lit", new Highlight(...ranges.filter(Boolean)));
  for (const turn of turns) document.getElementById(`T${turn}`)?.classList.add("lit");
  for (const row of rows) document.getElementById(row)?.classList.add("lit");
}

for (const details of $$("details.evidence[data-variant]")) {
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const quote = $("blockquote", details), column = document.getElementById(details.dataset.variant);
    const text = column && $(".text", column), row = details.closest("tr");
    const turns = row ? $$(".said a", row).map((link) => link.hash.slice(2)) : [];
    light(text && quote ? [rangeOf(text, quote.textContent)] : [], turns, []);
  });
}

const panel = $("#panel");
if (panel?.dataset.support) fetch(panel.dataset.support).then((answer) => answer.ok ? answer.json() : {}).then((known) => {
  const content = $(".content", panel);
  const add = (tag, text) => { const element = document.createElement(tag); element.textContent = text; content.append(element); return element; };
  const show = (variant, sentence) => {
    content.replaceChildren();
    add("p", sentence.text).className = "soft";
    add("h3", content.dataset.said);
    if (!sentence.turns.length) add("p", content.dataset.none);
    for (const number of sentence.turns) {
      const turn = document.getElementById(`T${number}`);
      if (!turn) continue;
      const quote = add("blockquote", ""), link = document.createElement("a");
      link.href = `#T${number}`;
      link.textContent = `T${number}`;
      quote.append(link, " ", turn.textContent.trim().replace(/\s+/g, " ").slice(0, 400));
    }
    if (sentence.points.length) add("h3", content.dataset.points);
    for (const id of sentence.points) {
      const link = document.createElement("a"), row = document.getElementById(id);
      link.href = `#${id}`;
      link.textContent = row ? $(".point", row).firstChild.textContent.trim() || id : id;
      content.append(link, " ");
    }
    panel.hidden = false;
    const column = document.getElementById(variant);
    light([rangeOf($(".text", column), sentence.text)], sentence.turns, sentence.points);
  };
  for (const [variant, sentences] of Object.entries(known)) {
    const text = $(`[id="${CSS.escape(variant)}"] .text`);
    if (!text) continue;
    text.tabIndex = 0;
    let current = -1;
    text.addEventListener("click", (event) => {
      if (String(getSelection())) return;
      const place = document.caretPositionFromPoint ? document.caretPositionFromPoint(event.clientX, event.clientY) : null;
      const range = place ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
      const node = place ? place.offsetNode : range?.startContainer, offset = place ? place.offset : range?.startOffset;
      if (!node) return;
      current = sentences.findIndex((sentence) => {
        const found = rangeOf(text, sentence.text);
        return found && found.comparePoint(node, Math.min(offset, node.length ?? 0)) === 0;
      });
      if (current >= 0) show(variant, sentences[current]);
    });
    text.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !sentences.length) return;
      event.preventDefault();
      current = Math.max(0, Math.min(sentences.length - 1, current + step));
      show(variant, sentences[current]);
    });
  }
  const close = () => { panel.hidden = true; light([], [], []); };
  $(".close", panel).addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
});

// Words selected in the session become a point of view -----------------------------------------------------------------------
if (panel?.dataset.new) {
  const offer = () => {
    const chosen = getSelection(), words = String(chosen).replace(/\s+/g, " ").trim();
    const [from, to] = [chosen.anchorNode, chosen.focusNode].map((node) => node?.parentElement?.closest(".turns li"));
    if (words.length < 3 || !from || from !== to) return;
    const link = document.createElement("a"), quote = document.createElement("blockquote");
    link.href = `${panel.dataset.new}?${new URLSearchParams({ turn: from.id.slice(1), words: words.slice(0, 2000) })}#new`;
    link.textContent = panel.dataset.make;
    quote.textContent = words;
    $(".content", panel).replaceChildren(quote, link);
    panel.hidden = false;
  };
  for (const kind of ["pointerup", "keyup"]) document.addEventListener(kind, () => setTimeout(offer));
}

// The figure as a picture for slides -------------------------------------------------------------------------------------
for (const button of $$("[data-png]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const picture = new Image();
    picture.src = button.dataset.png;
    await picture.decode();
    const canvas = document.createElement("canvas"), scale = 2;
    [canvas.width, canvas.height] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const link = document.createElement("a");
    link.download = button.dataset.name;
    link.href = canvas.toDataURL("image/png");
    link.click();
  });
}

// Corrected points are not left by mistake -----------------------------------------------------------------------------
const points = $(".points-form");
if (points) {
  let changed = false;
  points.addEventListener("input", () => { changed = true; });
  points.addEventListener("submit", (event) => {
    if (changed && event.submitter?.value === "undo" && !confirm(points.dataset.unkept)) { event.preventDefault(); return; }
    changed = false;
  });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// A recap being composed: kept as it is written, one sending after the other, the rest of the page follows ----------------------
for (const form of $$("form[data-swap]")) {
  const address = form.getAttribute("action"), texts = () => $$("textarea", form), saved = $("#saved");
  let waiting = 0, queue = Promise.resolve();
  const later = () => { clearTimeout(waiting); waiting = setTimeout(() => { waiting = 0; send(null, "#standing"); }, 700); };
  const sent = async (button, parts) => {
    const before = texts().map((text) => text.value);
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form, button)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) throw new Error($(".notice", page)?.textContent.trim() ?? answer.status);
    const opened = new Set($$("details[open]", form).map((details) => details.id)), scrolled = $(".theirs")?.scrollTop;
    const typed = texts().map((text, n) => [text.value, text.value !== before[n]]), at = texts().indexOf(document.activeElement);
    const caret = at < 0 ? 0 : document.activeElement.selectionStart;
    for (const selector of parts.split(",")) $(selector.trim())?.replaceWith($(selector.trim(), page));
    if (parts.includes("#composed") && !/^(up|drop)/.test(button?.value ?? "")) {
      texts().forEach((text, n) => { if (typed[n]?.[1]) { text.value = typed[n][0]; later(); } }); // written while it was on its way
      if (at >= 0 && texts()[at]) { texts()[at].focus(); texts()[at].setSelectionRange(caret, caret); }
    }
    for (const details of $$("details[id]", form)) details.open = opened.has(details.id);
    if ($(".theirs")) $(".theirs").scrollTop = scrolled;
    saved.textContent = saved.dataset.said;
  };
  const send = (button, parts) => queue = queue.then(() => sent(button, parts)).catch((error) => {
    saved.textContent = `${saved.dataset.failed} ${error instanceof TypeError ? "" : error.message}`;
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    clearTimeout(waiting);
    waiting = 0;
    if (!button || button.value === "finish:") return;
    event.preventDefault();
    const moves = /^(up|drop)/.test(button.value);
    if (moves) for (const text of texts()) text.readOnly = true;
    send(button, form.dataset.swap).then(() => {
      for (const text of texts()) text.readOnly = false;
      if (button.value === "own:") texts().at(-1)?.focus();
      else if (button.value.startsWith("take:")) $(`button[value="${CSS.escape(button.value)}"]`, form)?.focus({ preventScroll: true });
    });
  });
  form.addEventListener("input", () => { saved.textContent = ""; later(); });
  addEventListener("pagehide", () => {
    if (waiting) navigator.sendBeacon(address, new URLSearchParams([...new FormData(form), ["action", "save:"]]));
  });
}

// A vote that is open: how many voted, and the moment it is over ----------------------------------------------------------------
for (const open of $$("[data-closes]")) {
  const ask = async () => {
    const answer = await fetch(open.dataset.closes).catch(() => null);
    if (answer?.ok) {
      const state = await answer.json();
      if (state.closed) { location.replace(location.pathname); return; }
      for (const count of $$("[data-count]", open)) count.textContent = state[count.dataset.count];
    }
    setTimeout(ask, 2000 + 2000 * Math.random()); // a room full of phones does not ask all at once
  };
  setTimeout(ask, 1500);
}

// The checklist of a prompt, as it is typed -----------------------------------------------------------------------------------------
for (const form of $$("form[data-check]")) {
  let waiting = 0;
  form.addEventListener("submit", () => { clearTimeout(waiting); waiting = 0; });
  addEventListener("pagehide", () => {
    if (waiting) navigator.sendBeacon(form.dataset.check, new URLSearchParams([...new FormData(form), ["part", "1"]]));
  });
  $("#text", form).addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      waiting = 0;
      const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams([...new FormData(form), ["part", "1"]]) }).catch(() => null);
      if (!answer?.ok) return;
      const fresh = $("#checklist", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (fresh) $("#checklist").replaceWith(fresh);
    }, 500);
  });
  for (const button of $$(".noscript-only", form)) button.hidden = true;
}
