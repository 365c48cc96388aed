// What pages gain from a script; every one of them works without.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// Files dropped anywhere on the page --------------------------------------------------------------
for (const form of $$("[data-drop]")) {
  const input = $("input[type=file]", form), chosen = $(".chosen", form), refusal = $(".refusal", form);
  const most = Number(form.dataset.most);
  const show = () => {
    const files = [...input.files];
    const large = files.find((file) => file.size > most), empty = files.find((file) => !file.size);
    chosen.textContent = files.map((file) => file.name).join(", ");
    if (large) refusal.textContent = `${large.name}: ${form.dataset.large}`;
    else refusal.textContent = empty ? `${empty.name}: ${form.dataset.empty}` : "";
    refusal.hidden = !refusal.textContent;
    if (!refusal.hidden) input.value = ""; // the rest of the form stays
  };
  input.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) {
    addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) addEventListener(kind, () => form.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault(); // or the browser would leave for the file
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    show();
    if (refusal.hidden) form.requestSubmit(); // what is dropped is read at once
  });
}

// What becomes of personal data is asked where names stay as they are: otherwise it is hidden with them ---------
for (const form of $$("form.document")) {
  const ask = () => {
    const kept = $("[name=people][value=kept]", form)?.checked;
    for (const choice of $$("[name=personal]", form)) choice.required = kept;
  };
  form.addEventListener("change", ask);
  ask();
}

// Menus float over the page, within the window; Escape, or a click elsewhere, closes them ---------------------
for (const menu of $$("details.menu")) {
  menu.classList.add("floating");
  menu.addEventListener("toggle", () => {
    const panel = $(":scope > :not(summary)", menu);
    if (!menu.open || !panel) return;
    for (const other of $$("details.menu[open]")) if (other !== menu) other.open = false;
    panel.style.left = "0";
    const over = panel.getBoundingClientRect().right - document.documentElement.clientWidth + 16;
    if (over > 0) panel.style.left = `${-over}px`;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    $("summary", menu).focus();
  });
}
addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// Addresses to be put on a slide -------------------------------------------------------------------
for (const button of $$("[data-copies]")) {
  const field = $(`#${CSS.escape(button.dataset.copies)}`), said = button.nextElementSibling;
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.done;
    } catch {
      field.focus();
      said.textContent = button.dataset.failed;
    }
  });
}

// A part of a page that is hidden for good: what is being typed elsewhere on the page stays ------------------
for (const form of $$("form[data-quiet]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body }).catch(() => null);
    if (!answer?.ok) { form.submit(); return; }
    form.closest("section").remove();
    $("#main").focus();
  });
}

// Columns that are being written: one stream a page -----------------------------------------------
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
    $(".count", cell).textContent = said.length;
    if (said.waited !== null) $(".waited", cell).dataset.waited = said.waited;
    $(".note", cell).textContent = said.note;
    $(".text", cell).classList.toggle("plain", !("html" in said));
    $(".text", cell).classList.toggle("half", said.half);
    if ("html" in said) $(".text", cell).innerHTML = said.html; // made and sanitised by the server
    else $(".text", cell).textContent = said.text;
    const ended = (state) => $$(`[data-cell][data-state="${state}"]:not([data-cell="answer"])`, live).length;
    const done = ended("done"), failed = ended("failed");
    const lacking = failed ? ` · ${failed} ${live.dataset.failed}` : "";
    if (done || failed) $("#progress").textContent = `${done} / ${total} ${live.dataset.done}${lacking}`;
    const next = $("#buttons .main");
    if (next && total && done + failed === total) next.disabled = false; // their judging may go on meanwhile
    cell.dispatchEvent(new Event("written", { bubbles: true }));
  };
  source.addEventListener("doing", (event) => { $("#progress").textContent = JSON.parse(event.data); });
  source.addEventListener("end", async () => {
    source.close();
    if (!live.dataset.keep) { location.reload(); return; }
    const address = location.pathname.replace(/\/(run|ask|check|names)$/, "") + location.search;
    const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
    const ends = $("#progress", page)?.textContent ?? "";
    // What is being typed stays.
    for (const selector of live.dataset.keep.split(", ")) $(selector)?.replaceWith($(selector, page));
    live.dispatchEvent(new Event("ended"));
    $("#progress").textContent = ""; // said once more, by what reads it aloud
    requestAnimationFrame(() => { $("#progress").textContent = ends; });
  });
}

// A plan that was just made is brought into view --------------------------------------------------
const plan = $("#plan");
if (plan) plan.closest("section").scrollIntoView({ block: "start" });

// A link into a fold opens it ---------------------------------------------------------------------
const unfold = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", unfold);
if (location.hash) unfold();

// The figure as a picture for slides --------------------------------------------------------------
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

// Corrected points are not left by mistake --------------------------------------------------------
const points = $(".points-form");
if (points) {
  let changed = false;
  points.addEventListener("input", () => { changed = true; });
  points.addEventListener("submit", (event) => {
    if (changed && event.submitter?.value === "undo" && !confirm(points.dataset.unkept)) {
      event.preventDefault();
      return;
    }
    changed = false;
  });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// A vote that is open: how many voted, and the moment it is over ----------------------------------
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

// A phone in the room -----------------------------------------------------------------------------
// What it must show is asked again and again: the mark is another one when something else is due.
for (const here of $$("[data-shown]")) {
  // Drawn here, kept nowhere else.
  const sign = sessionStorage.getItem("here") ?? Math.random().toString(36).slice(2, 14);
  sessionStorage.setItem("here", sign);
  const lost = $(".lost", here);
  let missed = 0, timer = 0;
  const ask = async () => {
    clearTimeout(timer);
    const answer = await fetch(`${here.dataset.state}?here=${sign}`).catch(() => null);
    if (answer?.status === 404) { location.replace("/"); return; }
    missed = answer?.ok ? 0 : missed + 1;
    if (answer?.ok && (await answer.json()).shown !== here.dataset.shown) {
      location.replace(location.pathname);
      return;
    }
    lost.hidden = missed < 2;
    lost.textContent = lost.hidden ? "" : lost.dataset.lost;
    timer = setTimeout(ask, 2000 + 2000 * Math.random()); // a room full of phones does not ask all at once
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  timer = setTimeout(ask, 1500);
}

// A part of a page that the server makes again and again ------------------------------------------
for (const first of $$("[data-part]")) {
  let part = first;
  const ask = async () => {
    const answer = await fetch(part.dataset.part).catch(() => null);
    if (answer?.ok && !part.contains(document.activeElement)) { // what has the focus is left alone
      const fresh = $(`#${part.id}`, new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (fresh && fresh.innerHTML !== part.innerHTML) { part.replaceWith(fresh); part = fresh; }
    }
    setTimeout(ask, 3000);
  };
  setTimeout(ask, 1500);
}

// The checklist of a prompt, as it is typed -------------------------------------------------------
// Words typed while a sent form is on its way, or just before one leaves, are handed to the next page, for a minute;
// for as long as the tab lives where the server did not answer.
const HANDED = 60000;
for (const form of $$("form[data-check]")) {
  const address = form.dataset.check, text = $("#text", form);
  const typed = () => new URLSearchParams([...new FormData(form), ["part", "1"]]);
  let waiting = 0, unsent = false, leaving = false, silent = false;
  const check = async () => {
    const sent = text.value;
    const body = typed(), keepalive = String(body).length < 60000; // browsers keep no larger one alive
    const answer = await fetch(address, { method: "POST", body, keepalive }).catch(() => null);
    silent = !answer;
    if (silent) waiting = setTimeout(check, 2000); // the server may come back: what is typed is sent then
    if (!answer?.ok) return;
    if (text.value === sent && !leaving) unsent = false; // a form on its way may still bring the older words
    const fresh = $("#checklist", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (fresh) $("#checklist").replaceWith(fresh);
  };
  const later = () => {
    unsent = true;
    clearTimeout(waiting);
    waiting = setTimeout(check, 500);
  };
  form.addEventListener("submit", () => { clearTimeout(waiting); unsent = false; leaving = true; });
  addEventListener("pagehide", () => {
    if (unsent) sessionStorage.setItem(address, JSON.stringify({ text: text.value, at: Date.now(), silent }));
    if (unsent) navigator.sendBeacon(address, typed());
  });
  addEventListener("pageshow", () => { leaving = false; });
  text.addEventListener("input", later);
  if (text.value !== text.defaultValue) later(); // typed before this script was there
  // The page that shows what is being typed may come before the words that this tab sent when it left the last one.
  const query = new URLSearchParams(location.search);
  if (!query.has("v") || query.has("draft")) {
    const handed = JSON.parse(sessionStorage.getItem(address) ?? "null");
    sessionStorage.removeItem(address);
    const fresh = handed && (handed.silent || Date.now() - handed.at < HANDED);
    if (fresh && handed.text !== text.value) { text.value = handed.text; later(); }
  }
  for (const button of $$(".noscript-only", form)) button.hidden = true;
}
