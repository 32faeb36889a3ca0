// Follows jobs that are under way: every element with data-follow shows how far its job is. When one is over, the page is loaded again and shows what has
// come of it. Without script, pages load themselves again.
(() => {
  "use strict";
  const shown = [...document.querySelectorAll("[data-follow]")];
  if (shown.length === 0) return;
  const pause = shown.length > 3 ? 2000 : 700;
  let said = 0;

  async function look(job) {
    const answer = await fetch(job.dataset.follow, {headers: {Accept: "application/json"}, cache: "no-store"});
    if (!answer.ok) return true; // signed out, or deleted elsewhere: the page says so
    const now = await answer.json();
    const bar = job.querySelector("progress");
    if (bar) {
      bar.max = now.students;
      bar.value = now.done;
    }
    const text = job.querySelector("[data-text]");
    if (text) text.textContent = now.text;
    // Read aloud less often than it is shown.
    const spoken = job.querySelector("[data-spoken]");
    if (spoken && Date.now() - said > 5000) {
      said = Date.now();
      spoken.textContent = now.text;
    }
    return now.over || now.state !== job.dataset.state;
  }

  async function follow() {
    try {
      const over = await Promise.all(shown.map(look));
      if (over.includes(true)) return location.reload();
    } catch {
      // no connection: the next look may have one
    }
    setTimeout(follow, pause);
  }
  setTimeout(follow, pause);
})();
