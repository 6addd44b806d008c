/** Server-sent events by `fetch`: `EventSource` can send no key. */

/**
 * @param {Response} reply Of type text/event-stream.
 * @returns {AsyncGenerator<{name: string, data: any}>} Ends when the stream does.
 */
export async function* eventsOf(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value.replaceAll("\r", "");
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  const fields = { event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [name, ...rest] = line.split(":");
    if (name in fields) fields[name] = rest.join(":").trimStart();
  }
  return fields.data === "" ? null : { name: fields.event, data: JSON.parse(fields.data) };
}
