// Comfort for pages that work without it.
(() => {
  "use strict";
  const all = (selector, each) => document.querySelectorAll(selector).forEach(each);

  // Beside a mark or a logo only the words of a button change.
  const words = (button) => button.querySelector("span") || button;

  const busy = (form, button) => {
    form.dataset.sent = "1";
    if (button) {
      button.dataset.label = words(button).textContent;
      words(button).textContent = button.dataset.busy;
      button.setAttribute("aria-disabled", "true");
    }
  };

  const idle = () => all("form[data-sent]", (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button[data-label]").forEach((button) => {
      words(button).textContent = button.dataset.label;
      button.removeAttribute("aria-disabled");
      delete button.dataset.label;
    });
  });

  const digits = (text) => text
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (c) => c.charCodeAt(0) & 15)
    .replace(/\D/g, "");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent || form.dataset.waiting) {
      event.preventDefault();
      return;
    }
    form.querySelectorAll(".code").forEach((input) => { input.value = digits(input.value); });
    busy(form, event.submitter || form.querySelector("button"));
  });
  // Back from the next page, out of the back/forward cache.
  addEventListener("pageshow", idle);

  all(".code", (input) => input.addEventListener("paste", (event) => {
    const text = digits(event.clipboardData.getData("text"));
    if (text) {
      event.preventDefault();
      input.value = text;
    }
  }));

  all("form[data-wait]", (form) => {
    const end = Date.now() + form.dataset.wait * 1000;
    const button = form.querySelector("button");
    const hint = form.querySelector(".hint");
    if (!hint) {
      return;
    }
    const clock = document.createElement("bdi");
    clock.dir = "ltr";
    hint.hidden = true;
    button.append(" ", clock);
    button.setAttribute("aria-disabled", "true");
    form.dataset.waiting = "1";
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      clock.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      if (left <= 0) {
        clearInterval(timer);
        clock.remove();
        button.removeAttribute("aria-disabled");
        delete form.dataset.waiting;
      }
    };
    const timer = setInterval(tick, 1000);
    tick();
  });

  // Goes on by itself for who only watches: any key, touch or scroll means that somebody reads, and
  // who comes back to the page does not want to be sent away from it again (WCAG 2.2.1).
  all("form[data-go]", (form) => {
    const [visit] = performance.getEntriesByType("navigation");
    if (!visit || visit.type !== "navigate") {
      return;
    }
    const timer = setTimeout(() => form.dataset.sent || form.requestSubmit(), form.dataset.go * 1000);
    const stay = () => clearTimeout(timer);
    for (const sign of ["keydown", "pointerdown", "wheel", "touchstart", "pagehide"]) {
      addEventListener(sign, stay, { once: true, passive: true });
    }
  });

  all("form[data-poll]", (form) => {
    let rounds = 400; // twenty minutes, longer than any sign-in
    const timer = setInterval(async () => {
      if (document.hidden || form.dataset.sent) {
        return;
      }
      if (--rounds === 0) {
        clearInterval(timer);
      }
      try {
        const answer = await fetch(form.dataset.poll, { cache: "no-store" });
        if ((await answer.json()).confirmed === true) {
          clearInterval(timer);
          form.requestSubmit();
        }
      } catch {
        // Offline for a moment: the next round asks again.
      }
    }, 3000);
  });
})();
