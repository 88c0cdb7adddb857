// Points in time, as people say them.

/** @param {string} iso */
export const moment = (iso) => new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });

/** @param {string} iso */
export const day = (iso) => new Date(iso).toLocaleDateString("en", { dateStyle: "medium" });
