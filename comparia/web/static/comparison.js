// The page of a comparison: the pane beside it, the table of key points and its map. Everything works without.
// `$` and `$$` are those of comparia.js, which comes before.

const pane = $("#pane");
const views = { words: $('.view[data-view="words"]', pane), session: $('.view[data-view="session"]', pane) };
const status = $("[role=status]", pane);
let opener = null; // what the focus goes back to

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// The pane ------------------------------------------------------------------------------------------------------------
function open(name, from = null) {
  if (from && !pane.contains(from)) opener = from;
  if (pane.hidden) {
    pane.hidden = false;
    document.body.classList.add("with-pane"); // the page is narrower now: what was clicked stays in sight
    opener?.scrollIntoView({ block: "nearest" });
  }
  for (const [view, element] of Object.entries(views)) element.hidden = view !== name;
  for (const button of $$("button[data-view]", pane)) button.setAttribute("aria-pressed", button.dataset.view === name);
}

function close() {
  if (pane.hidden) return;
  const had = pane.contains(document.activeElement);
  pane.hidden = true;
  document.body.classList.remove("with-pane");
  light([], []);
  if (had) opener?.focus({ preventScroll: true });
}

async function busy(work) {
  status.textContent = pane.dataset.busy;
  try {
    const done = await work();
    status.textContent = "";
    return done;
  } catch {
    status.textContent = pane.dataset.failed;
    return null;
  }
}

let turns = null;
function session() { // fetched once, when it is first needed
  turns ??= fetched(pane.dataset.session).then((page) => {
    views.session.replaceChildren($("ol.turns", page));
    return views.session;
  }).catch((error) => { turns = null; throw error; });
  return turns;
}

async function showTurn(number, from) {
  open("session", from);
  if (!await busy(session)) return;
  const turn = document.getElementById(`T${number}`);
  if (!turn) return;
  light(null, [number]);
  turn.scrollIntoView({ block: "center" });
  turn.tabIndex = -1;
  turn.focus({ preventScroll: true });
}

async function showPoint(address, from, recap = "") {
  open("words", from);
  const page = await busy(() => fetched(address));
  const found = page && $("#evidence", page);
  if (!found) return;
  views.words.replaceChildren(found);
  views.words.scrollTop = 0;
  const told = $$(".outcome", found).map((outcome) => {
    const text = $(`[id="${CSS.escape(outcome.dataset.variant)}"] .text`), quote = $("blockquote", outcome);
    return text && quote ? rangeOf(text, quote.textContent) : null;
  });
  light(told, []);
  for (const row of $$(".points tr.shown")) row.classList.remove("shown");
  document.getElementById(found.dataset.point)?.classList.add("shown");
  $("#evidence-title", found).focus({ preventScroll: true });
  const outcome = recap && $(`.outcome[data-variant="${CSS.escape(recap)}"]`, found);
  if (outcome) outcome.scrollIntoView({ block: "center" });
}

const turnOf = (link) => {
  const [path, number] = [new URL(link.href).pathname, link.hash.match(/^#T(\d+)$/)];
  return number && path === pane.dataset.session ? number[1] : "";
};

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[href]");
  if (link && turnOf(link)) {
    event.preventDefault();
    showTurn(turnOf(link), link);
  } else if (link?.pathname === `${location.pathname}/evidence`) {
    event.preventDefault();
    showPoint(link.href, link);
  } else if (link?.classList.contains("read-session")) {
    event.preventDefault();
    open("session", link);
    busy(session).then(() => $('button[data-view="session"]', pane).focus());
  } else if (link?.hash && link.pathname === location.pathname && !link.closest(".pages")) {
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) { // a row that the table does not show
      event.preventDefault();
      all(link.getAttribute("href").split("#")[0]).then(() => { location.hash = link.hash; });
    }
  } else if (event.target.closest("#table td") && !link) {
    const row = event.target.closest("tr"), at = [...row.children].indexOf(event.target.closest("td")) - 2;
    const recaps = $$("article.recap:not(.failed)");
    showPoint($("th.point a", row).href, $("th.point a", row), at < 0 ? "" : recaps[at]?.id);
  }
});

pane.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-view]");
  if (event.target.closest(".close")) close();
  else if (button) {
    open(button.dataset.view);
    if (button.dataset.view === "session") busy(session);
  }
});
document.addEventListener("keydown", (event) => { // what plays is stopped first, by recording.js, which comes after
  if (event.key === "Escape" && !$('.play[aria-pressed="true"]')) close();
});

// A verdict that is settled in the pane: the page comes back with the point still beside it.
pane.addEventListener("submit", () => {
  const point = $("#evidence", pane)?.dataset.point;
  if (point) sessionStorage.setItem("beside", `${location.pathname}/evidence?point=${encodeURIComponent(point)}`);
});
const beside = sessionStorage.getItem("beside");
sessionStorage.removeItem("beside");
if (beside?.startsWith(`${location.pathname}/`)) showPoint(beside, null);

// The table and its filters -------------------------------------------------------------------------------------------
const form = $("form.filters");
let asked = 0, waiting = 0, inTable = form ? chosen() : "";

async function narrow(query) {
  const mine = ++asked;
  inTable = query;
  const page = await fetched(`${form.dataset.table}${query}`);
  if (mine !== asked) return; // another choice was made meanwhile
  $("#table").replaceWith($("#table", page));
  $("#all-points").hidden = !query;
  history.replaceState(null, "", `${location.pathname}${query}`);
}

function chosen() {
  const given = [...new FormData(form)].filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function all(query = "") {
  for (const field of $$("select, input", form)) field.value = "";
  clearTimeout(waiting);
  await narrow(query === "?" ? "" : query);
}

if (form) {
  const later = (after) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (chosen() !== inTable) narrow(chosen()).catch(() => form.submit()); }, after);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); later(0); });
  form.addEventListener("change", () => later(0));
  form.addEventListener("input", (event) => { if (event.target.type === "search") later(250); });
  $("#all-points").addEventListener("click", (event) => { event.preventDefault(); all(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#table .pages a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    narrow(link.search).then(() => $("#points").scrollIntoView());
  });
  document.addEventListener("keydown", (event) => { // from row to row
    const link = event.target.closest?.("#table th.point a"), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!link || !step) return;
    const links = $$("#table th.point a");
    const next = links[links.indexOf(link) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });
}

// The map: one stop for the keyboard, arrows within -------------------------------------------------------------------
const map = $(".map");
if (map) {
  const columns = $$(".band > a", map);
  columns.forEach((column, n) => { column.tabIndex = n ? -1 : 0; });
  const go = (column) => {
    for (const other of columns) other.tabIndex = -1;
    column.tabIndex = 0;
    column.focus();
  };
  map.addEventListener("keydown", (event) => {
    const at = columns.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0,
      End: columns.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    if (columns[next]) go(columns[next]);
  });
  map.addEventListener("pointerover", (event) => {
    const column = event.target.closest("a"), row = column && document.getElementById(column.hash.slice(1));
    if (row && !column.title) column.title = $(".point", row).textContent.trim().replace(/\s+/g, " ");
  });
}

// Sentences of recaps, and what they rest on --------------------------------------------------------------------------
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
      const blank = /\s/.test(character);
      if (blank && space) continue;
      text += blank ? " " : character;
      space = blank;
      places.push([node, i]);
    }
  }
  const at = text.indexOf(needle);
  if (at < 0) return null;
  const range = new Range(), [first, a] = places[at];
  const [last, b] = places[Math.min(at + needle.length, places.length) - 1];
  range.setStart(first, a);
  range.setEnd(last, b + 1);
  return range;
}

function light(ranges, lit) { // ranges of recaps, none when null; numbers of turns
  for (const element of $$(".lit")) element.classList.remove("lit");
  if (ranges && window.Highlight && CSS.highlights) CSS.highlights.set("lit", new Highlight(...ranges.filter(Boolean)));
  for (const turn of lit) document.getElementById(`T${turn}`)?.classList.add("lit");
}

let known = null;
const support = () => { // long to find: asked for when it is first needed
  known ??= fetch(pane.dataset.support).then((answer) => answer.ok ? answer.json() : Promise.reject(new Error())).catch(
    (error) => { known = null; throw error; });
  return known;
};

async function showSentence(text, sentence, from) {
  open("words", from);
  const holder = document.createElement("section");
  const add = (tag, words) => {
    const element = document.createElement(tag);
    element.textContent = words;
    holder.append(element);
    return element;
  };
  add("p", sentence.text).className = "soft";
  add("h3", pane.dataset.said);
  if (!sentence.turns.length) add("p", pane.dataset.none);
  if (sentence.turns.length) await busy(session);
  for (const number of sentence.turns) {
    const turn = document.getElementById(`T${number}`);
    if (!turn) continue;
    const quote = add("blockquote", ""), link = document.createElement("a");
    link.href = `${pane.dataset.session}#T${number}`;
    link.textContent = `T${number}`;
    const words = turn.cloneNode(true), play = $(".play", words);
    play?.remove();
    $(".at", words)?.remove();
    quote.append(link, " ", ...(play ? [play, " "] : []), words.textContent.trim().replace(/\s+/g, " ").slice(0, 400));
  }
  if (sentence.points.length) add("h3", pane.dataset.points);
  for (const id of sentence.points) {
    const link = document.createElement("a");
    link.href = `${location.pathname}/evidence?point=${encodeURIComponent(id)}`;
    link.textContent = id;
    holder.append(link, " ");
  }
  views.words.replaceChildren(holder);
  light([rangeOf(text, sentence.text)], sentence.turns);
}

const reading = (article) => { for (const text of $$(".text", article)) text.tabIndex = 0; };
$$("article.recap").forEach(reading);
const sentencesOf = async (text) => (await busy(support))?.[text.closest("article").id] ?? [];
let current = { text: null, at: -1 };

document.addEventListener("click", async (event) => {
  const text = event.target.closest("article.recap .text");
  if (!text || String(getSelection()) || event.target.closest("a, button, mark.flag")) return;
  const place = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  const range = place ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
  const node = place ? place.offsetNode : range?.startContainer, offset = place ? place.offset : range?.startOffset;
  if (!node) return;
  const sentences = await sentencesOf(text);
  const at = sentences.findIndex((sentence) => {
    const found = rangeOf(text, sentence.text);
    return found && found.comparePoint(node, Math.min(offset, node.length ?? 0)) === 0;
  });
  current = { text, at };
  if (at >= 0) showSentence(text, sentences[at], text);
});

document.addEventListener("keydown", async (event) => {
  const text = event.target, step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !text.matches?.("article.recap .text")) return;
  event.preventDefault();
  const sentences = await sentencesOf(text);
  if (!sentences.length) return;
  const at = current.text === text ? current.at + step : 0;
  current = { text, at: Math.max(0, Math.min(sentences.length - 1, at)) };
  showSentence(text, sentences[current.at], text);
});

// Flags: their note opens beside the page, and an answer changes the recap alone --------------------------------------
function showNote(anchor, from) {
  const note = document.getElementById(anchor);
  if (!note) return;
  open("words", from);
  const copy = note.cloneNode(true), list = document.createElement("ul");
  copy.removeAttribute("id");
  list.className = "notes";
  list.append(copy);
  views.words.replaceChildren(list);
  light([], []);
  copy.tabIndex = -1;
  copy.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest(".text mark.flag"), number = event.target.closest(".text .note a");
  if (number) {
    event.preventDefault();
    event.stopImmediatePropagation();
    showNote(number.hash.slice(1), number);
  } else if (mark && !String(getSelection())) showNote(mark.dataset.note, mark.closest(".text"));
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.flag-answer")) return;
  event.preventDefault();
  const given = [...new FormData(form), ["answer", event.submitter?.value ?? ""]];
  const variant = form.elements.variant.value, inPane = pane.contains(form);
  if (!inPane) open("words", event.submitter);
  busy(async () => {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(given) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const find = (root) => $(`article[id="${CSS.escape(variant)}"]`, root), fresh = find(page);
    if (!answer.ok || !fresh) throw new Error(String(answer.status));
    if ($("details.flags", find(document))?.open && $("details.flags", fresh)) $("details.flags", fresh).open = true;
    find(document).replaceWith(fresh);
    reading(fresh);
    known = null; // the words of the recap may have changed
    const next = $(".notes li:not(.answered)", fresh);
    if (inPane && next) showNote(next.id, $(".text", fresh));
    else { close(); $("details.flags summary", fresh)?.focus(); }
  });
});

// Words selected in the session become a point of view ----------------------------------------------------------------
const offer = () => {
  const selection = getSelection(), words = String(selection).replace(/\s+/g, " ").trim();
  const ends = [selection.anchorNode, selection.focusNode];
  const [from, to] = ends.map((node) => node?.parentElement?.closest(".turns li"));
  if (words.length < 3 || !from || from !== to) return;
  const link = document.createElement("a");
  link.href = `${pane.dataset.new}?${new URLSearchParams({ turn: from.id.slice(1), words: words.slice(0, 2000) })}#new`;
  link.textContent = pane.dataset.make;
  status.replaceChildren(link);
};
for (const kind of ["pointerup", "keyup"]) views.session.addEventListener(kind, () => setTimeout(offer));
