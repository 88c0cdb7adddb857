// The report: the study's own table from final codings, its picture beside it.

import { download, get, projectPath } from "../api.js";
import { read } from "../codebook.js";
import { byId, h, here, pageOf, trail } from "../dom.js";
import { startPage } from "../session.js";

const { project: name } = here();
const COUNTS = ["segments", "participants", "organisations"];

startPage(async () => {
  const project = await get(projectPath(name));
  const codebook = read(project.codebook);
  trail([{ name: project.name, href: pageOf(name) }, { name: "Report" }]);
  byId("mask").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    void show(codebook);
  });
  await show(codebook);
});

/** @param {import("../types.js").Codebook} codebook */
async function show(codebook) {
  const minimum = Number(byId("minimum").value) || 0;
  const report = await get(`${projectPath(name)}/report?format=json&minimum=${minimum}`);
  const links = ["csv", "html"].map((format) => h("a", { class: "outlined", href: download(name, `report?format=${format}&minimum=${minimum}`), download: true }, format.toUpperCase()));
  byId("downloads").replaceChildren(...links);
  byId("report").replaceChildren(...(report.rows.length ? [picture(minimum), ...tables(codebook, report.rows)] : [blank()]));
}

const blank = () => h("div", { class: "blank" }, h("p", { class: "blank-title" }, "Nothing is final yet"), h("p", {}, "Once segments are decided, the table of codes stands here."));

/** @param {number} minimum */
const picture = (minimum) =>
  h("figure", { class: "heat" }, h("img", { src: download(name, `report.svg?minimum=${minimum}`), alt: "Heat map of how often each pairing was observed; the table beside it holds the same numbers." }));

/** One table of pairs, or one for each dimension. */
function tables(codebook, rows) {
  const groups = Map.groupBy(rows, (row) => row.dimension ?? "");
  return [...groups].map(([dimension, own]) => table(codebook, dimension, own));
}

function table(codebook, dimension, rows) {
  const names = dimension ? ["code"] : ["domain", "level", "theme"].filter((key) => rows.some((row) => row[key]));
  const title = codebook.dimensions.find((d) => d.id === dimension)?.label ?? "Domains, levels and themes";
  const label = (/** @type {string} */ key, /** @type {any} */ row) => row[`${key}_label`] ?? labelIn(codebook, dimension || key, row[key]);
  const body = rows.map((row, i) => h("tr", {}, ...names.map((key) => cell(key, row, rows[i - 1], names, label)), ...COUNTS.map((key) => count(row, key))));
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title },
    h("table", { class: "report" }, h("caption", {}, title), h("thead", {}, h("tr", {}, ...[...names, ...COUNTS].map((key) => h("th", { scope: "col" }, key.charAt(0).toUpperCase() + key.slice(1))))), h("tbody", {}, ...body)),
  );
}

/** A code's cell; what repeats the row above is left to the eye but not to the ear. */
function cell(key, row, before, names, label) {
  const upto = names.slice(0, names.indexOf(key) + 1);
  const repeats = !!before && key !== names.at(-1) && upto.every((k) => row[k] === before[k]);
  return h("th", { scope: "row", class: repeats ? "repeats" : "" }, repeats ? h("span", { class: "unseen" }, label(key, row)) : label(key, row));
}

function count(row, key) {
  const value = row[key];
  return h("td", row.masked ? { class: "is-masked" } : {}, row.masked && (value === null || value === undefined) ? "masked" : value);
}

const labelIn = (codebook, dimension, id) => codebook.dimensions.find((d) => d.id === dimension)?.codes.find((c) => c.id === id)?.label ?? id ?? "";
