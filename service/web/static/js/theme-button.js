// The button that goes through the themes: as the system says, light, dark.

import { byId } from "./dom.js";

const THEMES = ["auto", "light", "dark"];

/** Make the button in the header work. */
export function startTheme() {
  const root = document.documentElement;
  const say = () => (byId("theme-name").textContent = { light: "Light", dark: "Dark" }[root.dataset.theme] ?? "Auto");
  say();
  byId("theme").addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem("inkling.theme", next);
    } catch {
      // The choice then lasts as long as the page.
    }
    say();
  });
}
