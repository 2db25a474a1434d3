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
    const words = said?.dataset.announce;
    if (words) document.getElementById("announcer").textContent = words;
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
  document.addEventListener("input", (event) => {
    if (event.target.dataset.limit) count(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-limit]").forEach((area) => area.value && count(area));
    unfold();
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
    const wrong = document.querySelector("#results .notice.bad [href='#text']");
    if (wrong) document.getElementById("text")?.setAttribute("aria-invalid", "true");
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
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".fold:not([open])").forEach((fold) => fold.setAttribute("open", ""));
  });
})();
