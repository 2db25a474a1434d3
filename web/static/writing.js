/* Writing without losing a word: saves by itself, keeps what could not be sent in this browser, says
   what is wrong when a field is left, and makes tables pleasant. All of it works without, too. */
(() => {
  "use strict";

  const WAIT = 1000;
  const KEEP_DAYS = 30;
  const root = document.documentElement;

  document.addEventListener("DOMContentLoaded", () => {
    root.classList.add("scripted");
    forget();
    arrive();
    const form = document.querySelector("form[data-write]");
    if (form) write(form);
  });

  /* what this browser keeps */
  const key = (code, step) => `kejie-write:${code}:${step}`;
  const store = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full or forbidden */ } };
  const stored = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const drop = (name) => { try { localStorage.removeItem(name); } catch { /* forbidden */ } };
  const forget = () => {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith("kejie-write:") && Date.now() - (stored(name)?.at ?? 0) > KEEP_DAYS * 864e5) drop(name);
      }
    } catch { /* forbidden */ }
  };

  /* a step that led on to another one was saved: what was kept of it is not needed */
  const arrive = () => {
    const here = document.querySelector("[data-sketch]");
    const from = document.referrer.split(/[?#]/)[0].split("/");
    const [code, step] = from.slice(-2);
    if (here && code === here.dataset.sketch && step !== here.dataset.at) drop(key(code, step));
  };

  const OWN = new Set(["csrftoken", "seen", "tab", "then"]);
  const values = (form) => [...new FormData(form)].filter(([name, value]) => !OWN.has(name) && typeof value === "string");
  const said = (pairs) => JSON.stringify(pairs.filter(([, value]) => value.trim() !== "").map(([name, value]) => [name, value.trim().replace(/\r\n/g, "\n")]));

  const write = (form) => {
    const name = key(form.dataset.write, form.dataset.step);
    const line = () => document.getElementById("saved");
    /* what another window's words stand against is saved by its writer alone */
    const isUnsaved = form.hasAttribute("data-unsaved");
    let sent = isUnsaved ? "" : said(values(form));
    let timer = 0;
    let inFlight = null;
    let isStopped = isUnsaved;
    let isLeaving = false;

    const tell = (words, kind) => {
      const place = line();
      place.textContent = words;
      place.className = `small quiet saved ${kind}`;
    };

    const body = () => {
      const data = new URLSearchParams(values(form));
      for (const own of ["csrftoken", "seen", "tab"]) data.set(own, form.elements[own].value);
      data.set("then", "keep");
      return data;
    };

    const post = (options) => fetch(form.action, {
      method: "POST", body: body(), redirect: "manual", credentials: "same-origin",
      headers: { "HX-Request": "true", "HX-Target": "saved" }, ...options,
    });

    const save = async () => {
      clearTimeout(timer);
      const now = said(values(form));
      if (isStopped || isLeaving || now === sent) return;
      if (inFlight) { timer = setTimeout(save, WAIT); return; }
      inFlight = new AbortController();
      tell("正在保存…", "busy");
      try {
        const answer = await post({ signal: inFlight.signal });
        if (answer.status === 401 || answer.type === "opaqueredirect") {
          isStopped = true;
          tell("登录已失效。您写的已留在这台设备上；按“下一步”会先请您登录，内容不会丢。", "bad");
          return;
        }
        if (answer.status === 409) isStopped = true;
        if (answer.status === 404) {
          isStopped = true;
          tell("这份填写已在别处删去，不再自动保存。您写的还在这一页上，请先复制出来。", "bad");
          return;
        }
        if (answer.status === 422) { tell("内容太多，没有自动保存，请删减；按“下一步”可以看到原因。", "bad"); return; }
        if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("saved");
        if (!fresh) throw new Error("no answer");
        line().replaceWith(document.adoptNode(fresh));
        if (isStopped) { line().classList.add("bad"); return; }
        form.elements.seen.value = fresh.dataset.seen;
        form.dataset.revision = fresh.dataset.revision;
        sent = now;
        if (said(values(form)) === now) drop(name);
      } catch (error) {
        if (error.name !== "AbortError") {
          const isReached = /^\d{3}$/.test(error.message);
          tell(`${isReached ? "服务器暂时没有保存成功" : "没有连上服务器"}，您写的已留在这台设备上，${isReached ? "稍后会自动再试" : "连上后会自动保存"}。`, "bad");
          timer = setTimeout(save, WAIT * 15);
        }
      } finally {
        inFlight = null;
      }
    };

    const changed = () => {
      const pairs = values(form);
      if (said(pairs) === sent) return;
      store(name, { at: Date.now(), revision: form.dataset.revision, pairs });
      clearTimeout(timer);
      timer = setTimeout(save, WAIT);
    };

    /* leaving: the last words go along, even while the page closes */
    const leave = () => {
      if (isStopped || isLeaving || said(values(form)) === sent) return;
      inFlight?.abort();
      store(name, { at: Date.now(), revision: form.dataset.revision, pairs: values(form) });
      const data = body();
      const length = data.toString().length;
      post({ body: data, keepalive: length < 60000 }).catch(() => {});
    };
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
    window.addEventListener("online", save);

    form.addEventListener("input", changed);
    form.addEventListener("change", (event) => { changed(); check(form, event.target); });
    form.addEventListener("submit", () => {
      isLeaving = true;
      clearTimeout(timer);
      inFlight?.abort();
      if (said(values(form)) !== sent) store(name, { at: Date.now(), revision: form.dataset.revision, pairs: values(form) });
    });
    document.addEventListener("submit", (event) => { if (event.target !== form) isLeaving = isLeaving || event.target.method === "post"; });
    window.addEventListener("pageshow", () => { isLeaving = false; });

    if (isUnsaved) changed();
    else offer(form, name, () => { sent = ""; changed(); });
    document.querySelector("[data-forget]")?.addEventListener("click", () => drop(name));
    tables(form, changed);
  };

  /* what was left here by a closed tab or a lost session */
  const offer = (form, name, restored) => {
    const kept = stored(name);
    if (!kept) return;
    if (said(kept.pairs) === said(values(form))) { drop(name); return; }
    const box = document.getElementById("restore");
    const when = new Date(kept.at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
    const words = document.createElement("p");
    words.textContent = `这台设备上留有 ${when} 写的一份，与现在保存着的不同。`;
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    const make = (text, style, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `button ${style}`;
      button.textContent = text;
      button.addEventListener("click", () => { act(); box.hidden = true; box.replaceChildren(); });
      buttons.append(button);
    };
    make("恢复那一份", "slim", () => { fill(form, kept.pairs); restored(); });
    make("不用了", "plain slim", () => drop(name));
    const inner = document.createElement("div");
    inner.append(words, buttons);
    box.replaceChildren(inner);
    box.hidden = false;
  };

  const fill = (form, pairs) => {
    const given = new Map();
    for (const [name, value] of pairs) given.set(name, [...(given.get(name) ?? []), value]);
    for (const part of form.querySelectorAll("[data-rows]")) {
      const most = Math.max(0, ...[...given].filter(([name]) => name.startsWith(`${part.dataset.rows}-`)).map(([, list]) => list.length));
      while (part.querySelectorAll(".row-entry").length < most) addRow(part);
    }
    const used = new Map();
    for (const field of form.elements) {
      if (!field.name || OWN.has(field.name) || field.type === "submit") continue;
      const list = given.get(field.name) ?? [];
      if (field.type === "checkbox" || field.type === "radio") { field.checked = list.includes(field.value); continue; }
      const at = used.get(field.name) ?? 0;
      used.set(field.name, at + 1);
      field.value = list[at] ?? "";
    }
  };

  /* one field, when it is left */
  const check = async (form, field) => {
    const name = field.closest("[data-rows]")?.dataset.rows ?? ({ field: "fields" }[field.name] ?? field.name);
    if (!name || OWN.has(name)) return;
    const data = new URLSearchParams(values(form));
    data.set("csrftoken", form.elements.csrftoken.value);
    data.set("name", name);
    try {
      const answer = await fetch(`${form.action}/field`, {
        method: "POST", body: data, credentials: "same-origin", redirect: "manual",
        headers: { "HX-Request": "true", "HX-Target": "field" },
      });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      show(name, page.querySelector("#field > *"));
    } catch { /* it is told when the step is sent */ }
  };

  const show = (name, words) => {
    const field = document.getElementById(name);
    if (!field) return;
    const id = `${name}-wrong`;
    document.getElementById(id)?.remove();
    const isInput = field.matches("input, select, textarea");
    const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    if (words) {
      const place = isInput ? (field.closest(".range-wan") ?? field) : (field.querySelector(":scope > .hint") ?? field.querySelector("legend"));
      place?.[isInput && !field.closest(".range-wan") ? "before" : "after"](document.adoptNode(words));
      others.push(id);
    }
    if (isInput) words ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    others.length ? field.setAttribute("aria-describedby", others.join(" ")) : field.removeAttribute("aria-describedby");
  };

  /* tables: rows come and go in place, Enter goes on, a copied range fills cells */
  const rowsOf = (part) => [...part.querySelectorAll(".row-entry")];
  const cellsOf = (row) => [...row.querySelectorAll("input, select")];

  const number = (part) => rowsOf(part).forEach((row, at) => {
    row.querySelector("[data-number]").textContent = String(at + 1);
    const remove = row.querySelector(".row-remove");
    remove.value = `row-${part.dataset.rows}-remove-${at}`;
    remove.setAttribute("aria-label", `删去第 ${at + 1} 行`);
    for (const cell of cellsOf(row)) {
      const id = `${part.dataset.rows}-${at + 1}-${cell.name.split("-")[1]}`;
      const label = row.querySelector(`label[for="${cell.id}"]`);
      cell.id = id;
      if (label) label.htmlFor = id;
    }
  });

  const addRow = (part, after) => {
    const rows = rowsOf(part);
    const fresh = rows.at(-1).cloneNode(true);
    for (const cell of cellsOf(fresh)) {
      cell.id += "-new";
      fresh.querySelector(`label[for="${cell.id.slice(0, -4)}"]`)?.setAttribute("for", cell.id);
      if (cell.tagName === "SELECT") cell.selectedIndex = 0; else cell.value = "";
      cell.removeAttribute("placeholder");
    }
    (after ?? rows.at(-1)).after(fresh);
    number(part);
    return fresh;
  };

  const removeRow = (part, row) => {
    const rows = rowsOf(part);
    const at = rows.indexOf(row);
    if (rows.length === 1) cellsOf(row).forEach((cell) => { if (cell.tagName !== "SELECT") cell.value = ""; });
    else row.remove();
    number(part);
    cellsOf(rowsOf(part)[Math.max(0, Math.min(at, rowsOf(part).length - 1))])[0].focus();
  };

  const tables = (form, changed) => {
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[value^='row-']");
      const part = button?.closest("[data-rows]");
      if (!part) return;
      event.preventDefault();
      if (button.value.endsWith("-add")) cellsOf(addRow(part))[0].focus();
      else removeRow(part, button.closest(".row-entry"));
      changed();
    });
    form.addEventListener("keydown", (event) => {
      const row = event.target.closest(".row-entry");
      if (!row || event.key !== "Enter" || event.isComposing || event.target.matches("button, select")) return;
      event.preventDefault();
      const part = row.closest("[data-rows]");
      const rows = rowsOf(part);
      const next = rows[rows.indexOf(row) + 1] ?? addRow(part);
      const column = cellsOf(row).indexOf(event.target);
      cellsOf(next)[rows.at(-1) === row ? 0 : column].focus();
    });
    form.addEventListener("paste", (event) => {
      const { target } = event;
      const row = target.closest(".row-entry");
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const isRange = row && /[\t\n]/.test(text.trimEnd());
      if (!isRange && !target.matches("input[type=date], .row-entry select")) return;
      event.preventDefault();
      const lost = isRange ? spread(row, target, text) : put(target, tidy(text)) ? [] : [[target, tidy(text)]];
      tellLost(row?.closest("[data-rows]") ?? target.closest(".field"), lost);
      changed();
    });
    /* rows that nobody could put right are told until the next change of that table */
    form.addEventListener("change", (event) => {
      event.target.closest("[data-rows], .field")?.querySelector(":scope > .row-lost")?.remove();
    });
  };

  const MOST_ROWS = 60;
  const tidy = (value) => value.replace(/\s+/g, " ").trim();

  /* cells of a range from this cell on; gives back the cells that could not take their value */
  const spread = (row, target, text) => {
    const part = row.closest("[data-rows]");
    const column = cellsOf(row).indexOf(target);
    const labels = cellsOf(row).map(labelOf);
    const lines = grid(text).slice(0, MOST_ROWS + 1);
    const isHead = (line) => line.some(Boolean) && line.every((value, offset) => !value || labels[column + offset] === value);
    if (lines.length > 1 && isHead(lines[0])) lines.shift();
    let at = rowsOf(part).indexOf(row);
    const lost = [];
    for (const line of lines.slice(0, MOST_ROWS)) {
      const into = rowsOf(part)[at] ?? addRow(part);
      line.forEach((value, offset) => {
        const cell = cellsOf(into)[column + offset];
        if (cell && !put(cell, value)) lost.push([cell, value]);
      });
      at += 1;
    }
    return lost;
  };

  const labelOf = (cell) => cell.labels[0]?.textContent.trim() ?? "";

  /* a range as spreadsheets copy it: a cell with a line end or a quote in it stands in quotes */
  const grid = (text) => {
    const rows = [];
    const cell = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/y;
    const source = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    let line = [];
    while (cell.lastIndex <= source.length) {
      const found = cell.exec(source);
      if (!found) break;
      line.push(tidy(found[1]?.replaceAll('""', '"') ?? found[2]));
      if (found[3] !== "\t") { rows.push(line); line = []; }
      if (found[3] === "") break;
    }
    return rows;
  };

  /* what a paste could not put in is said, so that no first choice stands for something else */
  const tellLost = (part, lost) => {
    if (!part) return;
    part.querySelector(":scope > .row-lost")?.remove();
    if (!lost.length) return;
    const words = document.createElement("p");
    words.className = "wrong row-lost";
    words.setAttribute("role", "alert");
    words.textContent = lost.slice(0, 5).map(([cell, value]) => {
      const row = cell.closest(".row-entry")?.querySelector("[data-number]").textContent;
      const why = cell.tagName === "SELECT" ? "不在选项里，请自己选" : "不是完整的日期，请填到日";
      return `${row ? `第 ${row} 行` : ""}${labelOf(cell)}“${value.slice(0, 20)}”${why}`;
    }).join("；") + (lost.length > 5 ? `；另有 ${lost.length - 5} 处` : "") + "。";
    const before = part.querySelector(":scope > .wrong") ?? part.querySelector(":scope > .hint") ?? part.firstElementChild;
    before.after(words);
  };

  /* whether the cell took it */
  const put = (cell, value) => {
    if (cell.tagName === "SELECT") {
      if (!value) return true;
      const options = [...cell.options].filter((one) => one.value);
      const like = options.filter((one) => value.length > 1 && one.text.includes(value));
      const option = options.find((one) => one.text === value) ?? (like.length === 1 ? like[0] : null);
      if (option) cell.value = option.value;
      return Boolean(option);
    }
    cell.value = cell.type === "date" ? day(value) : value;
    return cell.type !== "date" || !value || cell.value !== "";
  };

  /* 2026-3-8, 2026年3月8日, 2026.03.08, 20260308 and the like as a day; nothing for what is none */
  const day = (value) => {
    const plain = value.normalize("NFKC").replace(/\s+\d{1,2}:\d{2}(:\d{2})?$/, "").replace(/\s/g, "");
    const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
    return found ? `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}` : "";
  };
})();
