// The page on which a person writes a recap, and its preview. Everything works without.
// `$` and `$$` are those of comparia.js, which comes before.
//
// Every click changes the page at once. What it holds at that moment is then sent, one sending after the other, so
// that no click is lost at any speed and each can be undone. An answer says what is kept; what it brings of another
// window, or of what was undone, is taken up where nothing was changed meanwhile, and merged by the server otherwise.

const form = $("form[data-composing]");
if (form) compose();
preview();

function compose() {
  const address = form.getAttribute("action"), composed = $("#composed"), saved = $("#saved"), told = $("#told");
  const pieces = () => $$(".piece", composed);
  const areaOf = (piece) => $("textarea", piece);
  const named = (name) => pieces().find((piece) => piece.dataset.passage === name);
  let queue = Promise.resolve(), pending = 0, typing = 0, failed = false, standing = 0, later = 0;

  // What the page holds ----------------------------------------------------------------------------------------------
  function held() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!["known", "place", "action"].includes(name)) body.append(name, value.replaceAll("\r\n", "\n"));
    }
    return body;
  }
  const field = (name) => form.elements.namedItem(name);
  const button = (action) => $(`button[value="${action}:"]`, form);

  // Keeping ----------------------------------------------------------------------------------------------------------
  function keep({ action = "save:", typed = false } = {}) {
    clearTimeout(typing);
    typing = 0;
    const body = held();
    pending += 1;
    queue = queue.then(() => send(body, action, typed));
    return queue;
  }
  const typedKept = () => { if (typing) keep({ typed: true }); };

  async function send(body, action, typed) {
    saved.textContent = saved.dataset.busy;
    let problem = "";
    try {
      const more = { known: field("known").value, action, answer: "state" };
      const whole = new URLSearchParams([...body, ...Object.entries(more)]);
      if (typed) whole.append("typed", "1");
      const answer = await fetch(address, { method: "POST", body: whole });
      if (!answer.headers.get("content-type")?.includes("json")) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        problem = $("[data-failed]:not(#saved, [data-copy])", page)?.textContent.trim().replace(/\s+/g, " ") ?? "";
        throw new Error(problem || String(answer.status));
      }
      const state = await answer.json();
      failed = false;
      field("known").value = state.mine;
      pending -= 1;
      if (!pending && state.known !== state.mine) await adopt(String(body), action === "save:");
      counted(state.undo, state.redo);
      if (!pending && !typing && saved.textContent === saved.dataset.busy) saved.textContent = saved.dataset.said;
      if (!pending) ask();
    } catch {
      pending -= 1;
      failed = true; // kept on the page, and sent again
      saved.textContent = `${saved.dataset.failed} ${problem}`.trim();
      clearTimeout(later);
      later = setTimeout(() => { if (failed && !pending) keep(); }, 3000);
    }
  }

  function counted(undo, redo) {
    button("undo").disabled = !undo;
    button("redo").disabled = !redo;
  }

  // A press that has begun ends where it began: nothing is replaced under it.
  let pressed = Promise.resolve(), release = () => {};
  const press = () => { pressed = new Promise((done) => { release = () => setTimeout(done); }); };
  addEventListener("pointerdown", press, true);
  for (const kind of ["pointerup", "pointercancel", "dragend"]) addEventListener(kind, () => release(), true);

  async function fetched(path) {
    const answer = await fetch(`${address}/${path}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // Takes up what is kept, where the page still holds what it sent.
  async function adopt(sent, merged) {
    const fresh = $("#composed", await fetched("passages"));
    await pressed;
    if (pending || typing || String(held()) !== sent) return;
    const focused = document.activeElement, name = focused.closest?.(".piece")?.dataset.passage;
    const caret = focused.tagName === "TEXTAREA" ? [focused.selectionStart, focused.selectionEnd] : null;
    const old = new Map(pieces().map((piece) => [piece.dataset.passage, piece]));
    const values = (piece) => JSON.stringify($$("input[type=hidden], textarea, select", piece).map((one) => one.value));
    const both = (piece) => Boolean($(".both", piece));
    const next = $$(".piece", fresh).map((piece) => {
      const same = old.get(piece.dataset.passage);
      return same && values(same) === values(piece) && both(same) === both(piece) ? same : piece;
    });
    composed.replaceChildren(...next);
    field("known").value = fresh.dataset.known;
    field("author").value = fresh.dataset.author;
    arrange();
    if (name && document.activeElement !== focused) {
      const again = named(name) ?? pieces()[0];
      const same = again && !caret && $(`[value^="${CSS.escape(focused.value?.split(":")[0] ?? "")}:"]`, again);
      const target = same || (again && areaOf(again));
      target?.focus({ preventScroll: true });
      if (caret) target?.setSelectionRange(...caret);
    }
    saved.textContent = merged ? saved.dataset.merged : saved.dataset.said;
  }

  // What is not kept yet ---------------------------------------------------------------------------------------------
  let waiting = null; // a list that is not shown yet: the one shown is in use
  function ask() {
    clearTimeout(standing);
    standing = setTimeout(async () => {
      if (pending || typing) return;
      const page = await fetched("standing").catch(() => null);
      await pressed;
      if (!page || pending || typing) return; // asked again then
      $("#standing-told").replaceWith($("#standing-told", page));
      waiting = $("#lacking", page);
      const still = new Set($$("li", waiting).map((line) => line.dataset.point));
      for (const line of $$("#lacking > li")) line.classList.toggle("now-kept", !still.has(line.dataset.point));
      shrink();
    }, 250);
  }
  function shrink() {
    const list = $("#lacking");
    if (!waiting || list.matches(":hover, :has(:focus-visible)")) return;
    const open = new Set($$("details[open]", list).map((fold) => fold.closest("li").dataset.point));
    for (const line of $$("li", waiting).filter((one) => open.has(one.dataset.point))) {
      $("details", line)?.setAttribute("open", "");
    }
    list.replaceWith(waiting);
    waiting = null;
    watch();
    arrange();
  }
  function watch() {
    $("#lacking").addEventListener("pointerleave", shrink);
    $("#lacking").addEventListener("focusout", () => setTimeout(shrink));
  }

  // The passages -----------------------------------------------------------------------------------------------------
  const tall = CSS.supports("field-sizing", "content") ? () => {} : (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  function arrange() {
    const all = pieces();
    all.forEach((piece, place) => {
      const first = place === 0, joined = $("[name=joined]", piece).value === "1";
      const alone = first || $("[name=mark]", all[place - 1]).value.startsWith("#");
      piece.setAttribute("aria-label", piece.getAttribute("aria-label").replace(/\d+/, place + 1));
      for (const count of $$(".nth", piece)) count.textContent = place + 1;
      for (const one of $$("button", piece)) {
        const action = one.value.split(":")[0];
        $(".unseen", one).textContent = ` ${place + 1}`;
        if (action === "up") one.hidden = first;
        if (action === "down") one.hidden = place === all.length - 1;
        if (action === "join") one.hidden = alone || joined;
        if (action === "apart") one.hidden = first || !joined;
      }
      piece.classList.toggle("joined", joined && !first);
      $(".handle", piece).hidden = false;
      marked(piece);
      tall(areaOf(piece));
    });
    $("#nothing").hidden = all.length > 0;
    const originals = {};
    for (const piece of all) {
      const variant = $("[name=variant]", piece).value;
      originals[variant] = `${originals[variant] ?? ""}\n${$("[name=original]", piece).value}`;
    }
    for (const one of $$(".take .put", form))
      one.closest("li").classList.toggle("taken", Boolean(originals[one.dataset.variant]?.includes(one.dataset.text)));
  }
  const textOf = (piece) => $("[name=mark]", piece).value + areaOf(piece).value;
  function marked(piece) {
    const original = $("[name=original]", piece).value;
    $(".changed", piece).hidden = !original || textOf(piece).trim() === original.trim();
  }

  const MARK = /^(?:(#{1,3}|-|>) |\d{1,3}[.)] )/;
  function make(text, { variant = "", turn = "", label = form.dataset.own, original } = {}) {
    const piece = $(".piece", $("#passage").content).cloneNode(true);
    const name = `p${crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0")}`;
    piece.id = `piece-${name}`;
    piece.dataset.passage = name;
    piece.classList.toggle("own", !variant && !turn);
    for (const one of $$("[id]", piece)) one.id += name;
    for (const one of $$("label[for]", piece)) one.htmlFor += name;
    for (const one of $$("button", piece)) one.value += name;
    $("[name=place]", piece).value = name;
    $("[name=piece]", piece).value = name;
    $("[name=variant]", piece).value = variant;
    $("[name=original]", piece).value = original ?? (variant || turn ? text : "");
    $("[name=turn]", piece).value = turn || "0";
    $(".from", piece).textContent = label;
    const mark = text.startsWith("> ") && text.includes("\n") ? null : text.match(MARK);
    if (mark) $("[name=mark]", piece).value = mark[1] ? `${mark[1]} ` : "1. ";
    areaOf(piece).value = mark ? text.slice(mark[0].length) : text;
    areaOf(piece).rows = Math.max(1, Math.floor(text.length / 80) + 1);
    return piece;
  }
  function insert(piece) {
    const place = form.elements.place.value, after = named(place);
    if (place === "first") composed.prepend(piece);
    else if (after) after.after(piece);
    else composed.append(piece);
    if (place) $("[name=place]", piece).checked = true; // the next ones follow it
    arrange();
    return piece;
  }
  function say(words) {
    told.textContent = "";
    requestAnimationFrame(() => { told.textContent = words; });
  }
  function move(piece, by) {
    const other = by < 0 ? piece.previousElementSibling : piece.nextElementSibling;
    if (!other) return false;
    if (by < 0) other.before(piece); else other.after(piece);
    return true;
  }
  function moved(piece) {
    arrange();
    const all = pieces();
    say(form.dataset.moved.replace("{number}", all.indexOf(piece) + 1).replace("{count}", all.length));
    piece.scrollIntoView({ block: "nearest" });
  }

  // Cuts a passage: at the cursor where there is one inside it; otherwise the server cuts it into its sentences.
  function cut(piece) {
    const area = areaOf(piece), at = area.selectionStart;
    const [before, after] = [area.value.slice(0, at).trimEnd(), area.value.slice(at).trimStart()];
    if (!before || !after) return false;
    const values = { variant: $("[name=variant]", piece).value, turn: Number($("[name=turn]", piece).value) || "" };
    const original = $("[name=original]", piece).value;
    const half = make(after, { ...values, label: $(".from", piece).textContent, original });
    $("[name=mark]", half).value = "";
    $("[name=joined]", half).value = area.value.slice(0, at).includes("\n") ? "" : "1";
    areaOf(half).value = after;
    area.value = before;
    piece.after(half);
    arrange();
    areaOf(half).focus();
    areaOf(half).setSelectionRange(0, 0);
    return true;
  }
  let caretOf = null; // the passage that had the cursor when a button was pressed

  const actions = {
    own() { areaOf(insert(make(""))).focus(); },
    up(one) { const piece = one.closest(".piece"); if (move(piece, -1)) moved(piece); refocus(one, piece, "down"); },
    down(one) { const piece = one.closest(".piece"); if (move(piece, 1)) moved(piece); refocus(one, piece, "up"); },
    drop(one) {
      const piece = one.closest(".piece"), next = piece.nextElementSibling ?? piece.previousElementSibling;
      const follower = piece.nextElementSibling;
      if (follower && $("[name=joined]", piece).value !== "1") $("[name=joined]", follower).value = "";
      piece.remove();
      arrange();
      (next ? areaOf(next) : button("own")).focus({ preventScroll: true });
    },
    join(one) { join(one.closest(".piece"), "1", "apart"); },
    apart(one) { join(one.closest(".piece"), "", "join"); },
    split(one) { return caretOf === one.closest(".piece") && cut(caretOf) ? undefined : "server"; },
    exact(one) {
      const { quotation, exact } = one.dataset;
      for (const area of $$("textarea", composed)) area.value = area.value.replaceAll(quotation, exact);
      one.closest("li").remove();
      arrange();
    },
    save() {},
  };
  function refocus(one, piece, other) {
    (one.hidden ? $(`button[value^="${other}:"]`, piece) : one).focus({ preventScroll: true });
  }
  function join(piece, value, other) {
    $("[name=joined]", piece).value = value;
    arrange();
    $(`button[value^="${other}:"]`, piece).focus({ preventScroll: true });
  }
  function put(one) {
    const { text, variant, turn, label } = one.dataset;
    insert(make(text, { variant, turn, label }));
    one.classList.add("done");
    say(form.dataset.put);
  }

  form.addEventListener("submit", async (event) => {
    const one = event.submitter, [action] = (one?.value ?? "save:").split(":");
    event.preventDefault();
    typedKept();
    if (one?.classList.contains("put")) { put(one); keep(); return; }
    if (action in actions) {
      const where = actions[action](one);
      keep(where === "server" ? { action: one.value } : {});
      return;
    }
    if (!["finish", "preview"].includes(action)) { keep({ action: one.value }); return; } // the server does it
    one.disabled = true; // once everything is kept
    keep();
    await queue;
    if (failed) { one.disabled = false; return; }
    const which = Object.assign(document.createElement("input"), { type: "hidden", name: "action", value: one.value });
    form.append(which);
    leaving = true;
    form.submit();
  });
  let leaving = false;

  form.addEventListener("input", (event) => {
    if (event.target.name === "place") return;
    if (event.target.name === "mark") { typedKept(); arrange(); keep(); return; }
    const piece = event.target.closest(".piece");
    if (piece) { marked(piece); tall(event.target); }
    saved.textContent = "";
    clearTimeout(typing);
    typing = setTimeout(() => keep({ typed: true }), 700);
  });
  composed.addEventListener("focusin", (event) => {
    const piece = event.target.closest(".piece");
    if (piece && event.target.name !== "place") $("[name=place]", piece).checked = true;
  });
  addEventListener("pointerdown", (event) => {
    const active = document.activeElement;
    caretOf = event.target.closest?.("button") && active?.tagName === "TEXTAREA" ? active.closest(".piece") : null;
  }, true);

  // Keys -------------------------------------------------------------------------------------------------------------
  addEventListener("keydown", (event) => {
    const piece = document.activeElement.closest?.(".piece"), command = event.ctrlKey || event.metaKey;
    if (event.altKey && !command && piece && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      const focused = document.activeElement, caret = focused.tagName === "TEXTAREA" && focused.selectionStart;
      typedKept();
      if (!move(piece, event.key === "ArrowUp" ? -1 : 1)) return;
      moved(piece);
      focused.focus({ preventScroll: true });
      if (caret !== false) focused.setSelectionRange(caret, caret);
      keep();
    } else if (command && event.key === "Enter" && event.target.tagName === "TEXTAREA" && piece) {
      event.preventDefault();
      typedKept();
      if (!cut(piece)) { $("[name=place]", piece).checked = true; actions.own(); }
      keep();
    } else if (command && !event.altKey && !event.target.matches("textarea, input:not([type=radio])")) {
      const key = event.key.toLowerCase(), again = key === "y" || (key === "z" && event.shiftKey);
      const action = again ? "redo" : key === "z" ? "undo" : "";
      if (action) { event.preventDefault(); button(action).click(); }
    }
  });

  // Dragging ---------------------------------------------------------------------------------------------------------
  let dragged = null;
  composed.addEventListener("dragstart", (event) => {
    if (!event.target.classList?.contains("handle")) return;
    dragged = event.target.closest(".piece");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(dragged, 10, 10);
    dragged.classList.add("dragged");
  });
  const over = (event) => {
    const piece = event.target.closest?.(".piece");
    if (!piece) return null;
    const box = piece.getBoundingClientRect();
    return { piece, after: event.clientY > box.top + box.height / 2 };
  };
  const unmark = () => { for (const piece of pieces()) piece.classList.remove("drop-before", "drop-after"); };
  composed.addEventListener("dragover", (event) => {
    const at = dragged && over(event);
    if (!dragged) return;
    event.preventDefault();
    unmark();
    if (at && at.piece !== dragged) at.piece.classList.add(at.after ? "drop-after" : "drop-before");
  });
  composed.addEventListener("drop", (event) => {
    const at = dragged && over(event);
    if (!dragged) return;
    event.preventDefault();
    unmark();
    if (!at || at.piece === dragged) return;
    typedKept();
    if (at.after) at.piece.after(dragged); else at.piece.before(dragged);
    moved(dragged);
    keep();
  });
  composed.addEventListener("dragend", () => {
    unmark();
    dragged?.classList.remove("dragged");
    dragged = null;
  });

  // Leaving ----------------------------------------------------------------------------------------------------------
  addEventListener("pagehide", () => {
    if (leaving || !(typing || pending || failed)) return;
    const more = { known: field("known").value, action: "save:", answer: "state" };
    navigator.sendBeacon(address, new URLSearchParams([...held(), ...Object.entries(more)]));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  for (const one of $$(".kept-by-itself", form)) one.hidden = true;
  watch();
  arrange();
}

// The preview: the text is copied with its headings and lists, and as plain words ------------------------------------
function preview() {
  for (const one of $$("[data-copy]")) {
    const recap = $("#recap"), said = $("#copied");
    one.hidden = false;
    one.addEventListener("click", async () => {
      const kinds = { "text/html": recap.innerHTML, "text/plain": recap.innerText };
      const blobs = Object.entries(kinds).map(([kind, text]) => [kind, new Blob([text], { type: kind })]);
      try {
        await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
        said.textContent = one.dataset.done;
      } catch {
        said.textContent = one.dataset.failed;
      }
    });
  }
}
