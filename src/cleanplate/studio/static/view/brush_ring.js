/** The outline of the brush round the pointer, seen on any picture: a light line within a dark one. */

const LEAST_PX = 6;

export class BrushRing {
  /** @param {HTMLElement} surface */
  constructor(surface) {
    this.surface = surface;
    this.node = document.createElement("div");
    this.node.className = "brush-ring";
    this.node.hidden = true;
    surface.append(this.node);
    this.size = 0;
  }

  /** @param {number} size Screen pixels; 0: a cross for tools without a brush. */
  shape(size) {
    this.size = size;
    const shown = Math.max(size, LEAST_PX);
    this.node.classList.toggle("is-cross", size === 0);
    this.node.style.width = this.node.style.height = size === 0 ? "" : `${shown}px`;
    this.surface.classList.toggle("has-ring", size > 0);
  }

  /** @param {boolean} [always] Show it where a mouse would show its own pointer too. */
  at(clientX, clientY, always = false) {
    const box = this.surface.getBoundingClientRect();
    this.node.hidden = this.size === 0 && !always;
    this.surface.dispatchEvent(new CustomEvent("pointed", { detail: { clientX, clientY } }));
    this.node.style.transform = `translate(${clientX - box.left}px, ${clientY - box.top}px) translate(-50%, -50%)`;
  }

  hide() {
    this.node.hidden = true;
  }
}
