// OpenAI's own package for Node, as its README has it. It is told the server's address and nothing else of it.
//
//   node ask.cjs BASE_URL KEY IMAGE MASK GREY_MASK
//
// Prints one JSON object: what each call gave.
const fs = require("fs")
const OpenAI = require("openai")

const [baseURL, apiKey, image, mask, grey] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const files = () => ({ image: fs.createReadStream(image), mask: fs.createReadStream(mask) })

async function fault(call) {
  try {
    await call()
    return null
  } catch (error) {
    return { class: error.constructor.name, status: error.status, code: error.code, param: error.param, id: error.requestID }
  }
}

async function main() {
  const edited = await client.images.edit({ ...files(), model: "gpt-image-2", prompt: "remove" }).withResponse()
  const several = await client.images.edit({
    image: [fs.createReadStream(image), await OpenAI.toFile(fs.readFileSync(image), "b.png", { type: "image/png" })],
    mask: fs.createReadStream(mask),
    prompt: "erase it",
    n: 2,
    output_format: "webp",
  })
  const stream = await client.images.edit({ ...files(), prompt: "remove", stream: true, partial_images: 1 })
  const events = []
  for await (const event of stream) events.push({ type: event.type, size: event.size, b64_json: event.b64_json })
  const models = []
  for await (const model of client.models.list()) models.push(model.id)
  const told = {
    edited: edited.data,
    id: edited.request_id,
    outside: edited.response.headers.get("x-cleanplate-changed-outside-mask"),
    several,
    events,
    models,
    grey: await fault(() => client.images.edit({ ...files(), mask: fs.createReadStream(grey), prompt: "remove" })),
    key: await fault(() => new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 }).images.edit({ ...files(), prompt: "" })),
    generate: await fault(() => client.images.generate({ prompt: "a cat" })),
  }
  console.log(JSON.stringify(told))
}

main()
