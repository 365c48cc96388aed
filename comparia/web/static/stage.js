// The stage before a room: columns that follow the writing, keys, what the room sees, a server that stops.
"use strict";

const staged = $(".stage");
const LOOK = 1000; // ms between two looks at the server
const SLOW = 5000; // ms after which a server that takes the connection is said to be silent: a busy one is slow

// Columns -------------------------------------------------------------------------------------------------------------
{
  const tops = new WeakMap(); // where each column was last scrolled to from here
  const NEAR = 60; // pixels from the end within which a column follows the writing
  const WIDE = matchMedia("(min-width: 64rem)");
  const below = (text) => text.scrollHeight - text.scrollTop - text.clientHeight;

  const fit = () => {
    if (!WIDE.matches) return;
    const from = $$(".results .recaps > .recap > .text", staged)
      .map((text) => text.getBoundingClientRect().top + scrollY);
    const tall = `${Math.round(Math.max(0.3 * innerHeight, innerHeight - Math.max(...from, 0) - 24))}px`;
    if (staged.style.getPropertyValue("--tall") !== tall) staged.style.setProperty("--tall", tall);
  };
  const follow = (text) => {
    scrolled(text); // the event may come after this
    if (text.dataset.left) return;
    text.scrollTop = text.scrollHeight;
    tops.set(text, text.scrollTop);
  };
  const scrolled = (text) => {
    const up = text.scrollTop < (tops.get(text) ?? 0) - 4; // not where it was last scrolled to from here
    const left = below(text) > NEAR && (up || Boolean(text.dataset.left));
    const cell = text.closest("[data-cell]"), button = cell && $(".follow", cell);
    if (!button) return;
    text.dataset.left = left ? "1" : "";
    button.hidden = !left;
  };
  document.addEventListener("scroll", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-cell] .text")) scrolled(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".follow");
    if (!button) return;
    const text = $(".text", button.closest("[data-cell]"));
    text.dataset.left = "";
    tops.delete(text);
    follow(text);
    text.focus();
    button.hidden = true;
  });
  const followAll = () => { for (const text of $$("[data-cell] .text", staged)) follow(text); };
  staged.addEventListener("written", (event) => { fit(); follow($(".text", event.target)); wait(event.target); });
  staged.addEventListener("ended", () => { fold(false); fit(); if (asked) show($(".answers", staged)); });
  addEventListener("resize", () => {
    for (const text of $$("[data-cell] .text", staged)) if (!text.dataset.left) tops.delete(text); // nobody scrolled it
    fit();
    followAll();
  });

  // What a model says is in sight, and so is each turn that it cites
  const show = (element) => element?.scrollIntoView({ block: "nearest", behavior: "instant" });
  const asked = Boolean($('[data-cell="answer"]', staged));
  staged.addEventListener("click", (event) => {
    const link = event.target.closest('.answer .text a[href^="#"]');
    const turn = link && document.getElementById(link.hash.slice(1));
    if (!turn) return;
    event.preventDefault();
    turn.closest("details").open = true;
    for (const lit of $$(".cited .lit", staged)) lit.classList.remove("lit");
    turn.classList.add("lit");
    turn.tabIndex = -1;
    turn.focus({ preventScroll: true });
    show(turn);
  });

  // The prompt, as a strip or whole
  const fold = (folded) => {
    staged.classList.toggle("folded", folded);
    label();
    fit();
    followAll();
  };
  const label = () => {
    const button = $(".fold", staged), folded = staged.classList.contains("folded");
    if (!button) return;
    button.hidden = false;
    button.textContent = folded ? button.dataset.unfold : button.dataset.fold;
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-controls", "stage-form");
  };
  staged.addEventListener("click", (event) => {
    if (event.target.closest(".fold")) fold(!staged.classList.contains("folded"));
  });
  staged.addEventListener("focusin", (event) => {
    if (event.target.id === "text" && staged.classList.contains("folded")) fold(false); // somebody is about to type
  });
  const replaced = new MutationObserver(() => { if ($(".fold[hidden]", staged)) label(); });
  replaced.observe(staged, { childList: true, subtree: true });

  // Seconds since the sending
  const began = new WeakMap();
  const wait = (cell) => {
    const waited = $(".waited", cell);
    if (!waited || !("waited" in waited.dataset)) return;
    began.set(waited, performance.now() - 1000 * Number(waited.dataset.waited));
    tick(waited, cell.dataset.state);
  };
  const tick = (waited, state) => {
    const ended = ["done", "failed", "stopped"].includes(state);
    const seconds = ended ? Number(waited.dataset.waited) : (performance.now() - began.get(waited)) / 1000;
    waited.textContent = `${Math.round(seconds)}\u00a0s`;
  };
  setInterval(() => {
    for (const cell of $$("[data-cell]", staged)) {
      const waited = $(".waited", cell);
      if (waited && began.has(waited)) tick(waited, cell.dataset.state);
    }
  }, 1000);

  for (const cell of $$("[data-cell]", staged)) wait(cell);
  label();
  fit();
  followAll();
  show($('[data-cell="answer"]', staged));
}

// Keys ----------------------------------------------------------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const at = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    $("#buttons .main", staged)?.click();
  } else if (event.key === "Enter" && at.id === "whom") { // or it would run a version
    event.preventDefault();
    $("[formaction$='/ask']", staged)?.click();
  } else if (event.key === "Escape" && !at.matches("select, input")) {
    const stop = $(".stop", staged);
    if (stop) { event.preventDefault(); stop.click(); }
  }
});

// The server: whether it answers, whether something else is to be shown, how long there is to read --------------------
{
  const said = $("#silent"), clock = $("#countdown");
  let silent = false, end = null;

  const count = () => {
    if (end === null) return;
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    const digits = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    clock.textContent = left ? digits : clock.dataset.over;
    clock.classList.toggle("over", !left);
  };
  const give = (left) => {
    end = left === null ? null : performance.now() + 1000 * left;
    clock.hidden = left === null;
    count();
  };
  const look = async () => {
    let refused = false;
    const asked = fetch(staged.dataset.state, { signal: AbortSignal.timeout(SLOW) });
    const answer = await asked.catch(() => { refused = true; });
    if (refused && !silent) { silent = true; said.textContent = said.dataset.said; }
    if (answer?.ok) {
      if (silent) said.textContent = said.dataset.back;
      silent = false;
      const state = await answer.json().catch(() => null);
      if (state) {
        give(state.left);
        if (staged.classList.contains("audience") && state.mark !== staged.dataset.mark) { location.reload(); return; }
      }
    }
    setTimeout(look, LOOK);
  };
  addEventListener("submit", (event) => { // what was typed would leave the page for an error of the browser
    if (!silent) return;
    event.preventDefault();
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = said.dataset.said; });
  }, true);
  addEventListener("beforeunload", (event) => { if (silent) event.preventDefault(); });
  give(clock.dataset.left ? Number(clock.dataset.left) : null);
  setInterval(count, 500);
  setTimeout(look, LOOK);
}
