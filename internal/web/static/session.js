// Warns before a session ends, in the dialog that layout puts at the end of each page. The server decides when a session ends: it is
// asked before the warning and before leaving, since another window may have gone on working.
(() => {
  "use strict";
  const box = document.getElementById("session");
  if (!box) return;
  const warning = Number(box.dataset.warning);
  const show = box.querySelector("[data-left]");
  const now = () => Date.now() / 1000;
  const measure = (n, unit) => new Intl.NumberFormat(document.documentElement.lang, {style: "unit", unit, unitDisplay: "long"}).format(n);
  let idle, end, asked, timer;

  function set(left) {
    asked = now();
    idle = asked + left.idle;
    end = asked + left.end;
    clearTimeout(timer);
    const wait = Math.min(idle, end) - warning - asked;
    if (wait > 0) {
      if (box.open) box.close();
      timer = setTimeout(ask, Math.min(wait, 86400) * 1000);
    } else {
      warn();
    }
  }

  // ask learns how long is left. Without an answer the clock decides.
  async function ask() {
    try {
      const answer = await fetch(box.dataset.state, {headers: {Accept: "application/json"}, cache: "no-store"});
      if (answer.status === 401) return leave();
      if (answer.ok) return set(await answer.json());
    } catch {
      // no connection: what is known still holds
    }
    if (Math.min(idle, end) <= now()) return leave();
    warn();
  }

  function warn() {
    const when = end <= idle ? "end" : "idle";
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== when;
    if (!box.open) box.showModal();
    count();
  }

  function count() {
    clearTimeout(timer);
    const left = Math.ceil(Math.min(idle, end) - now());
    if (left <= 0) {
      // another window may have gone on: the server knows. Once it has been asked, its word counts.
      if (now() - asked > 5) return ask();
      return leave();
    }
    show.textContent = left > 60 ? measure(Math.ceil(left / 60), "minute") : measure(left, "second");
    timer = setTimeout(count, 1000);
  }

  // leave takes the results off the screen.
  function leave() {
    location.replace(box.dataset.over);
  }

  async function stay() {
    const form = box.querySelector("form[data-when=idle]");
    try {
      const answer = await fetch(form.action, {method: "POST", headers: {Accept: "application/json"}});
      if (answer.ok) return set(await answer.json());
      if (answer.status === 401) return leave();
    } catch {
      // fall through: the browser's own way shows what is wrong
    }
    form.submit();
  }

  box.querySelector("form[data-when=idle]").addEventListener("submit", event => {
    event.preventDefault();
    stay();
  });
  box.addEventListener("cancel", event => {
    event.preventDefault(); // Escape means: I am here
    if (end > idle) stay();
  });
  const back = () => {
    if (document.visibilityState === "visible" && now() - asked > 30) ask();
  };
  document.addEventListener("visibilitychange", back);
  addEventListener("pageshow", event => {
    if (event.persisted) ask();
  });
  set({idle: Number(box.dataset.idle), end: Number(box.dataset.end)});
})();
