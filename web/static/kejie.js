/* What htmx does not do: count characters, tell results to screen readers, keep folds open. */
(() => {
  "use strict";

  const count = (area) => {
    const limit = Number(area.dataset.limit);
    const line = document.querySelector(`[data-count-for="${area.id}"]`);
    const used = area.value.trim().length;
    const over = used > limit;
    if (line) {
      line.textContent = over
        ? `超出 ${(used - limit).toLocaleString("zh-CN")} 字，最多 ${limit.toLocaleString("zh-CN")} 字`
        : `${used.toLocaleString("zh-CN")} / ${limit.toLocaleString("zh-CN")} 字`;
      line.classList.toggle("over", over);
    }
    if (over) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
  };

  const announce = (root) => {
    const said = root.matches?.("[data-announce]") ? root : root.querySelector?.("[data-announce]");
    if (said) document.getElementById("announcer").textContent = said.dataset.announce;
  };

  /* What a summary of errors links to is marked, and told beside the field; what is mended is not. */
  const blame = (region) => {
    const wrong = new Map();
    for (const link of region.querySelectorAll(".notice.bad a[href^='#']")) {
      wrong.set(link.hash.slice(1), link.textContent);
    }
    for (const line of document.querySelectorAll("main .wrong[id$='-wrong']")) {
      const field = document.getElementById(line.id.replace(/-wrong$/, ""));
      if (!field || wrong.has(field.id)) continue;
      field.removeAttribute("aria-invalid");
      describe(field, null);
    }
    for (const [id, words] of wrong) {
      const field = document.getElementById(id);
      if (!field?.matches("input, select, textarea")) continue;
      field.setAttribute("aria-invalid", "true");
      describe(field, words);
    }
  };

  const describe = (field, words) => {
    const id = `${field.id}-wrong`;
    let line = document.getElementById(id);
    if (words && !line) {
      line = document.createElement("p");
      line.className = "wrong";
      line.id = id;
      (field.closest(".range, .search") ?? field).after(line);
    }
    if (line) words ? (line.textContent = words) : line.remove();
    const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    const all = words ? [...others, id] : others;
    all.length ? field.setAttribute("aria-describedby", all.join(" ")) : field.removeAttribute("aria-describedby");
  };

  /* An address that is too long for a header comes inside the page. */
  const move = () => {
    const long = document.querySelector("[data-address]");
    if (!long) return;
    const there = new URL(long.dataset.address, location.href);
    if (there.origin === location.origin) history.replaceState(history.state, "", there);
  };

  /* Whoever pressed the button is led to the answer; whoever types is left alone. */
  const lead = () => {
    const heading = document.querySelector("#results h2");
    if (!heading) return;
    const box = heading.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight / 2) document.getElementById("results").scrollIntoView();
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  };

  const complain = (words) => {
    const place = document.getElementById("notice");
    const box = document.createElement("div");
    box.className = "notice bad";
    box.textContent = words;
    place.replaceChildren(box);
  };

  const unfold = () => {
    if (CSS.supports("selector(::details-content)")) return;
    if (!matchMedia("(min-width: 60.01rem)").matches) return;
    document.querySelectorAll("[data-open-wide]").forEach((fold) => fold.setAttribute("open", ""));
  };

  let open = [];
  let asked = false;
  document.addEventListener("submit", (event) => {
    asked = event.target.id === "match-form";
  });
  /* htmx asks for it in place; it does not know that a button may belong to a form elsewhere */
  document.addEventListener("click", (event) => {
    if (window.htmx && event.target.closest?.("button[form][hx-post]")) event.preventDefault();
  });
  document.addEventListener("htmx:configRequest", (event) => {
    delete event.detail.headers["HX-Current-URL"]; /* as long as the text, and nobody reads it */
  });
  document.addEventListener("input", (event) => {
    asked = false;
    if (event.target.dataset.limit) count(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-limit]").forEach((area) => area.value && count(area));
    unfold();
    move();
  });
  const brings = (xhr) => xhr.getResponseHeader("HX-Retarget");
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (brings(event.detail.xhr)) event.detail.shouldSwap = true;
    open = [...event.detail.target.querySelectorAll("details[open][id]")].map((fold) => fold.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    announce(event.detail.elt);
    unfold();
    const place = event.detail.target;
    if (document.activeElement === document.body && event.detail.boosted) {
      document.getElementById(place?.id)?.focus({ preventScroll: true });
    }
    const region = document.querySelector("#results, #found");
    if (region) blame(region);
    move();
    if (asked && document.getElementById("results")) lead();
    if (!event.detail.xhr || event.detail.xhr.status < 400) {
      document.getElementById("notice").replaceChildren();
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const area = event.detail.elt.querySelector?.("[data-limit]");
    if (area && area.value.trim().length > Number(area.dataset.limit) * 4) {
      event.preventDefault();
      complain(`文字太长，没有送出。请删到 ${Number(area.dataset.limit).toLocaleString("zh-CN")} 字以内。`);
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!brings(event.detail.xhr)) complain("服务器暂时没有给出结果，请稍后再试。");
  });
  document.addEventListener("htmx:sendError", () => complain("网络中断，结果没有更新。请检查网络后再试。"));
  document.addEventListener("htmx:timeout", () => complain("服务器没有及时应答，请稍后再试。"));
  /* A field that was suggested is ticked in the form, which says so to whoever listens. */
  document.addEventListener("click", (event) => {
    const pick = event.target.closest?.("button[data-field]");
    const box = pick && document.querySelector(`#write input[name="field"][value="${CSS.escape(pick.dataset.field)}"]`);
    if (!box) return;
    box.closest("details")?.setAttribute("open", "");
    box.checked = true;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    pick.closest("li").remove();
    document.getElementById("announcer").textContent = `已选上${pick.textContent}`;
  });
  const shut = (but) => document.querySelectorAll(".me-menu[open]").forEach((menu) => menu.contains(but) || menu.removeAttribute("open"));
  document.addEventListener("click", (event) => shut(event.target));
  document.addEventListener("keydown", (event) => event.key === "Escape" && shut(null));
  /* What only works here is only shown here. */
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-print], [data-copy]").forEach((button) => (button.hidden = false));
  });
  const copied = async (button) => {
    const area = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(area.value);
    } catch {
      area.select();
      document.execCommand("copy");
    }
    button.querySelector("span").textContent = "已复制";
    document.getElementById("announcer").textContent = "已复制";
    setTimeout(() => (button.querySelector("span").textContent = "复制"), 2000);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-print], [data-copy]");
    if (button) button.dataset.copy ? copied(button) : window.print();
  });
  /* On paper nothing unfolds: what explains is printed, forms and what was put aside are not. */
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll(".fold:not([open], .weak)")].filter(
      (fold) => !fold.parentElement.closest("details:not([open])") && !fold.querySelector("form"),
    );
    unfolded.forEach((fold) => fold.setAttribute("open", ""));
  });
  window.addEventListener("afterprint", () => {
    unfolded.forEach((fold) => fold.removeAttribute("open"));
  });
})();
