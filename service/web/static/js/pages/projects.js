// The first page: the person's projects, and making a new one.

import { get, post } from "../api.js";
import { byId, counted, h, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";
import { hasCodes } from "../coded-files.js";
import { Folding } from "../elements/folding.js";
import { progress } from "../elements/progress.js";
import "../elements/drop.js";

startPage(async (session) => {
  trail([{ name: "Projects" }]);
  const { items } = await get("/projects?limit=500");
  byId("projects").replaceChildren(...(items.length ? [h("ul", { class: "rows" }, ...items.map(row))] : [emptyState(session)]));
  if (session.rights.administer) byId("projects").append(h("p", { class: "aside" }, "Administrators see the names of all projects and the content of none."));
  if (session.rights.research || session.rights.administer) offerNew(session.rights.research);
});

/** @param {any} project */
function row(project) {
  const { name, codebook, documents, segments, coders_required: coders } = project;
  if (segments === undefined || segments === null) return h("li", { class: "row" }, h("h2", {}, name));
  return h(
    "li",
    { class: "row" },
    h("div", {}, h("h2", {}, h("a", { href: pageOf(name) }, name)), h("p", { class: "row-about" }, `${codebook} · ${counted(documents, "transcript")}`)),
    progress(name, project, coders),
  );
}

/** @param {import("../session.js").Session} session */
function emptyState({ rights }) {
  const next = rights.research
    ? "Create one: name it, choose a codebook, and bring in your transcripts."
    : "When a researcher adds you to one, it will stand here.";
  return h("div", { class: "blank" }, h("p", { class: "blank-title" }, "No projects yet"), h("p", {}, next));
}

/** @param {boolean} member whether who creates a project becomes one of its people */
function offerNew(member) {
  const dialog = byId("create");
  const form = /** @type {HTMLFormElement} */ (byId("create-form"));
  const drop = byId("create-codebook");
  let codebook = null;
  const folding = new Folding((book) => (codebook = book && { codebook: book }));
  byId("create-folding").append(h("p", { class: "aside" }, "Each branch of its codes becomes a dimension; name it as you like, or leave it empty to leave it out."), folding.element);
  let folded = false;
  byId("new-project").hidden = false;
  byId("new-project").addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("change", () => {
    drop.hidden = form.elements.codebook.value !== "own";
    byId("create-folding").hidden = drop.hidden || !folded;
  });
  drop.addEventListener("files", async (event) => {
    const [file] = event.detail.files;
    drop.querySelector("span").textContent = file.name;
    byId("create-problem").hidden = true;
    folded = hasCodes(file);
    byId("create-folding").hidden = !folded;
    if (folded) await folding.take(file);
    else codebook = { codebook_text: await file.text(), codebook_file_name: file.name };
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void create(form, form.elements.codebook.value === "own" ? codebook : {}, member);
  });
}

/** @param {HTMLFormElement} form @param {object | null} codebook null where a file is missing @param {boolean} member */
async function create(form, codebook, member) {
  const data = new FormData(form);
  const share = (/** @type {string} */ name) => Number(data.get(name)) / 100;
  const name = String(data.get("name")).trim();
  const numbers = [...form.querySelectorAll("input[type=number]")];
  if (!name) return refuse("The project needs a name.", byId("create-name"));
  if (!codebook) return refuse("Choose the codebook's file, or take the starter codebook.");
  const wrong = numbers.find((input) => !(/** @type {HTMLInputElement} */ (input).checkValidity()));
  if (wrong) return refuse("One of the numbers is out of range.", wrong);
  const settings = { coders_required: Number(data.get("coders_required")), advice: data.get("advice"), double_share: share("double_share"), blind_share: share("blind_share") };
  try {
    await post("/projects", { name, ...codebook, ...settings });
    return location.assign(member ? pageOf(name) : "/");
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/** @param {string} says @param {any} [field] */
function refuse(says, field) {
  const problem = byId("create-problem");
  problem.textContent = says;
  problem.hidden = false;
  problem.scrollIntoView({ block: "nearest" });
  field?.focus();
}
