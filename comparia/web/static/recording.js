// The recording of a session: given by a form, and played from the words.
"use strict";

// Played from the words -----------------------------------------------------------------------------------------------
{
  const NEAR = 0.3; // seconds: a player tells where it is a few times a second only
  let passage = null, waiting = 0;
  const audio = () => $("#player audio");

  const forget = () => {
    clearTimeout(waiting);
    for (const pressed of $$('.play[aria-pressed="true"]')) pressed.setAttribute("aria-pressed", "false");
    passage = null;
  };
  const stop = () => { audio()?.pause(); forget(); };
  const watch = () => {
    clearTimeout(waiting);
    if (!passage) return;
    const at = audio().currentTime, left = passage.end - at;
    if (at < passage.start - NEAR || left < -1) forget(); // the reader went elsewhere in the recording: it plays on
    else if (left <= 0) stop();
    else if (left < NEAR) waiting = setTimeout(watch, 1000 * left);
  };
  const tell = async () => {
    const said = $("#player [role=status]");
    $("#player").hidden = false;
    forget();
    const answer = await fetch(audio().getAttribute("src"), { method: "HEAD" }).catch(() => null);
    said.textContent = answer?.ok ? said.dataset.unplayable : said.dataset.missing;
  };
  const listen = (player) => {
    if (player.dataset.ready) return;
    player.dataset.ready = "1";
    player.addEventListener("timeupdate", watch);
    player.addEventListener("seeked", watch);
    player.addEventListener("ended", forget);
    player.addEventListener("error", tell);
  };
  const play = async (button) => {
    const player = audio();
    if (!player) return;
    if (button.getAttribute("aria-pressed") === "true") { stop(); return; }
    forget();
    listen(player);
    if (player.error) player.load(); // it may be there again
    const start = Number(button.dataset.start), end = Number(button.dataset.end);
    $("#player").hidden = false;
    $("#player [role=status]").textContent = "";
    player.currentTime = start;
    passage = { start, end };
    button.setAttribute("aria-pressed", "true");
    await player.play().catch(() => null); // the event of the error says what is wrong
  };

  const made = (link) => {
    const button = document.createElement("button"), [start, end] = link.hash.slice(3).split(",");
    button.type = "button";
    button.className = "play";
    button.setAttribute("aria-label", link.getAttribute("aria-label"));
    button.setAttribute("aria-pressed", "false");
    Object.assign(button.dataset, { start, end });
    button.append(...link.childNodes);
    link.replaceWith(button);
  };
  const make = () => { for (const link of $$("a.play")) made(link); };
  make();
  new MutationObserver(make).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.play");
    if (button) play(button);
    else if (event.target.closest("#player .close")) { stop(); $("#player").hidden = true; }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
}

// Given: sent as it lies on the disk, piece by piece ------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  const section = $("section.recording");  // its form may lie before a form that it stands in
  const file = $("input[type=file]", section).files[0];
  const said = $("[data-copied]", section), bar = $("progress", section);
  if (!file) return;
  if (file.size > Number(form.dataset.most)) { said.textContent = form.dataset.large; return; }
  const button = $("button", section), sending = new XMLHttpRequest();
  const ended = (words) => { button.disabled = false; bar.hidden = true; said.textContent = words; };
  [button.disabled, bar.hidden, bar.value] = [true, false, 0];
  said.textContent = form.dataset.busy;
  sending.upload.addEventListener("progress", (moved) => {
    if (moved.lengthComputable) bar.value = moved.loaded / moved.total;
  });
  sending.addEventListener("error", () => ended(form.dataset.broken));
  sending.addEventListener("load", () => {
    const page = new DOMParser().parseFromString(sending.responseText, "text/html");
    const refused = $("[data-failed]", page);
    if (refused || sending.status !== 200) {
      ended(refused?.textContent.trim().replace(/\s+/g, " ") || form.dataset.broken);
      return;
    }
    // What is being typed elsewhere on the page stays.
    for (const selector of ["#recording-form", "section.recording", "ol.turns"]) {
      $(selector).replaceWith($(selector, page));
    }
    $("#recording").tabIndex = -1;
    $("#recording").focus();
  });
  sending.open("POST", form.getAttribute("action"));
  sending.setRequestHeader("content-type", "application/octet-stream");
  sending.setRequestHeader("x-file-name", encodeURIComponent(file.name));
  sending.send(file);
});
