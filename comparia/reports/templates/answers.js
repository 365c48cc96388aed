"use strict";
// Writes what a participant marked as a file of answers. Nothing is sent, and nothing is kept but in this tab.
const form = document.querySelector("#answers"), field = (name) => document.querySelector(`#${name}`);
const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
const token = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

const answers = () => {
  const ticked = new Set([...form.querySelectorAll("[name=disputed]:checked")].map((box) => Number(box.value)));
  const disputed = [];
  for (const box of form.querySelectorAll("[name=disputed]")) {
    const sentence = Number(box.value), words = field(`words-${sentence}`).value.trim();
    if (ticked.has(sentence) || words) disputed.push({ sentence, words });
  }
  return {
    format: "comparia-answers-1",
    check: form.dataset.check,
    token,
    label: field("label")?.value ?? "",
    agreed: field("agreed").checked,
    disputed,
    missing: field("missing").value.trim(),
  };
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = answers(), empty = !given.agreed && !given.disputed.length && !given.missing;
  field("nothing").hidden = !empty;
  field("saved").hidden = field("as-text").hidden = empty;
  if (empty) return;
  const text = JSON.stringify(given), link = document.createElement("a");
  field("text").value = text;
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `answers-${given.check.slice(0, 4)}-${token.slice(0, 6)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});
