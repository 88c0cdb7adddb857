// What stands around the text of a desk: the content note before it, the end after it, and the strip while the
// server is away.

import { all, projectPath } from "./api.js";
import { announce, byId, counted, deskOf, h, pageOf } from "./dom.js";
import { notices } from "./elements/notices.js";

/**
 * Show a transcript's content note, with the keys that help.
 *
 * @param {string} note
 */
export function contentNote(note) {
  const strip = byId("content-note");
  strip.hidden = !note;
  if (!note) return;
  const away = h("button", { type: "button", class: "quiet", onclick: () => (strip.hidden = true) }, "Put away");
  strip.replaceChildren(
    h("p", {}, h("strong", {}, "Before you read: "), note),
    h("p", { class: "content-note-acts" }, "Blur the text with ", h("kbd", { "data-key": "blur" }), ", pause with ", h("kbd", { "data-key": "pause" }), ". ", away),
  );
}

/**
 * Say that nothing undecided is left, and offer what comes next.
 *
 * @param {string} project
 * @param {string} documentId
 * @param {number} own how many segments the person has decided here
 */
export async function endOfTranscript(project, documentId, own) {
  const end = byId("end");
  const where = h("p", { class: "end-links" }, h("a", { href: pageOf(project) }, "Back to the project"));
  const says = `You have decided ${counted(own, "segment")} here. Anything can still be changed.`;
  end.replaceChildren(h("h2", {}, "That was the last undecided segment"), h("p", {}, says), where);
  end.hidden = false;
  end.scrollIntoView({ block: "nearest" });
  announce("That was the last undecided segment.");
  const others = await all(`${projectPath(project)}/documents`).catch(() => []);
  const next = others.find((d) => d.open > 0 && d.document_id !== documentId);
  if (next) where.prepend(h("a", { href: deskOf(project, next.document_id) }, `Next: ${next.document_id}`), " ");
}

/**
 * Keep the strip about decisions that wait in step with the outbox.
 *
 * @param {import("./outbox.js").Outbox} outbox
 */
export function tellOfWaiting(outbox) {
  outbox.addEventListener("change", (event) => {
    const { waiting, offline } = /** @type {CustomEvent} */ (event).detail;
    if (offline) {
      const says = `The server can't be reached. ${counted(waiting, "decision waits", "decisions wait")} on this page and will be sent again; keep it open.`;
      notices().show("offline", says, { act: "Try now", onact: () => outbox.retry(), lasting: true });
    } else if (!waiting && notices().hide("offline")) announce("The server is back. Everything is stored.");
  });
}

/** Blur the text, or clear it. */
export function toggleBlur() {
  const blurred = byId("view").classList.toggle("is-blurred");
  for (const button of document.querySelectorAll("[data-act=blur]")) button.setAttribute("aria-pressed", String(blurred));
  announce(blurred ? "The text is blurred." : "The text is clear.");
}
