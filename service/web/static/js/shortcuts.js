// From keys and buttons to what they do, the same on the desk and where differences are settled.

import { keyOf } from "./keys.js";

/** Holding these down goes on; holding any other key does it once. */
const REPEATING = new Set(["next", "previous"]);

/**
 * Listen on the page.
 *
 * @param {import("./keys.js").Keys} keys
 * @param {any} sheet
 * @param {(action: string, detail?: any) => void} act
 */
export function listen(keys, sheet, act) {
  addEventListener("keydown", (event) => pressed(event, keys, sheet, act));
  addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-act]") : null;
    if (button) act(/** @type {HTMLElement} */ (button).dataset.act);
  });
  for (const type of ["choose", "memo", "confirm", "leave"]) {
    sheet.addEventListener(type, (/** @type {CustomEvent} */ event) => act(type, event.detail));
  }
}

function pressed(event, keys, sheet, act) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return undefined;
  if (isTyping(event.target)) return whileTyping(event, act);
  const key = keyOf(event);
  if (key === "Enter" && isControl(event.target)) return undefined;
  if (key === "Escape") return act("leave");
  const action = keys.actionOf(key);
  const code = action || !key || (!keys.on && key.length === 1) ? null : sheet.codeOf(key);
  if (!action && !code) return undefined;
  event.preventDefault();
  if (event.repeat && !REPEATING.has(action)) return undefined;
  return action ? act(action) : act("choose", code);
}

/** In a field every key writes; Escape leaves it, Ctrl or Cmd with Enter confirms from within. */
function whileTyping(event, act) {
  const confirms = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (event.key !== "Escape" && !confirms) return;
  event.preventDefault();
  event.target.blur();
  act("leave");
  if (confirms) act("confirm");
}

const isTyping = (target) =>
  target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])");

/** Buttons and links do what they say on Enter; a segment's link is where one stands, not something to press. */
const isControl = (target) => target instanceof HTMLElement && target.matches("button, a:not(.segment), summary");
