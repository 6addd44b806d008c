/**
 * Lines for programs, by API: the addresses are those of docs/coming-over.md. Each is complete where a client takes one
 * call; where the vendor has a client of its own, what changes in a program that uses it. All look for `photo.jpg` and
 * `mask.png` where they are started.
 */

const FETCHED = `import { readFile, writeFile } from "node:fs/promises";
const file = async (name) => new Blob([await readFile(name)]);
`;

/** @typedef {{curl: string, python: string, node: string}} Lines */

/** @param {string} base Address of the server, no slash at its end. @param {string} key @returns {Record<string, Lines>} */
export const samples = (base, key) => ({
  "Cleanplate": {
    curl: `printf '{"edit":"erase","image":"%s","mask":"%s"}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS ${base}/v1/edits -d @- -H 'Authorization: Bearer ${key}'`,
    python: `import base64, time, requests

api = requests.Session()
api.headers["Authorization"] = "Bearer ${key}"
sent = {role: base64.b64encode(open(name, "rb").read()).decode()
        for role, name in [("image", "photo.jpg"), ("mask", "mask.png")]}
edit = api.post("${base}/v1/edits", json={"edit": "erase", **sent}).json()
while edit["state"] in ("queued", "running"):
    time.sleep(0.5)
    edit = api.get("${base}/v1/edits/" + edit["id"]).json()
open("clean.png", "wb").write(requests.get(edit["results"][0]["url"]).content)`,
    node: `import { readFile, writeFile } from "node:fs/promises";
const headers = { Authorization: "Bearer ${key}" };
const read = async (name) => (await readFile(name)).toString("base64");
const body = JSON.stringify({ edit: "erase", image: await read("photo.jpg"), mask: await read("mask.png") });
let edit = await (await fetch("${base}/v1/edits", { method: "POST", headers, body })).json();
while (["queued", "running"].includes(edit.state)) {
  await new Promise((done) => setTimeout(done, 500));
  edit = await (await fetch("${base}/v1/edits/" + edit.id, { headers })).json();
}
await writeFile("clean.png", Buffer.from(await (await fetch(edit.results[0].url)).arrayBuffer()));`,
  },
  "OpenAI": {
    curl: `curl -sS ${base}/v1/images/edits -H 'Authorization: Bearer ${key}' \\
  -F image=@photo.jpg -F mask=@mask.png -F mask_means=white -F prompt='remove it'`,
    python: `from openai import OpenAI

client = OpenAI(base_url="${base}/v1", api_key="${key}")
reply = client.images.edit(
    image=open("photo.jpg", "rb"), mask=open("mask.png", "rb"), prompt="remove it",
    extra_body={"mask_means": "white"},
)`,
    node: `import OpenAI, { toFile } from "openai";
import { createReadStream } from "node:fs";
const client = new OpenAI({ baseURL: "${base}/v1", apiKey: "${key}" });
const reply = await client.images.edit({
  image: await toFile(createReadStream("photo.jpg"), "photo.jpg"),
  mask: await toFile(createReadStream("mask.png"), "mask.png"),
  mask_means: "white", prompt: "remove it",
});`,
  },
  "DashScope": {
    curl: `printf '{"model":"image-erase-completion","input":{"image_url":"%s","mask_url":"%s"}}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS ${base}/api/v1/services/aigc/image2image/image-synthesis -d @- \\
  -H 'X-DashScope-Async: enable' -H 'Authorization: Bearer ${key}'`,
    python: `import dashscope

dashscope.base_http_api_url = "${base}/api/v1"
dashscope.api_key = "${key}"`,
    node: `process.env.DASHSCOPE_HTTP_BASE_URL = "${base}/api/v1";
process.env.DASHSCOPE_API_KEY = "${key}";`,
  },
  "Novita": {
    curl: `printf '{"image":"%s","mask":"%s"}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS ${base}/v3/async/image-eraser -d @- \\
  -H 'Content-Type: application/json' -H 'Authorization: Bearer ${key}'`,
    python: `from novita_client import NovitaClient

client = NovitaClient("${key}", base_url="${base}")`,
    node: `import { NovitaSDK } from "novita-sdk";
const sdk = new NovitaSDK("${key}");
sdk.setBaseUrl("${base}");`,
  },
  "PicWish": {
    curl: `curl -sS ${base}/api/tasks/visual/inpaint -H 'X-API-KEY: ${key}' \\
  -F sync=1 -F image_file=@photo.jpg -F mask_file=@mask.png`,
    python: `import requests

reply = requests.post(
    "${base}/api/tasks/visual/inpaint", headers={"X-API-KEY": "${key}"}, data={"sync": "1"},
    files={"image_file": open("photo.jpg", "rb"), "mask_file": open("mask.png", "rb")},
)`,
    node: `${FETCHED}const body = new FormData();
body.set("sync", "1");
body.set("image_file", await file("photo.jpg"), "photo.jpg");
body.set("mask_file", await file("mask.png"), "mask.png");
const headers = { "X-API-KEY": "${key}" };
const reply = await fetch("${base}/api/tasks/visual/inpaint", { method: "POST", headers, body });`,
  },
  "Black Forest Labs": {
    curl: `printf '{"image":"%s","mask":"%s"}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS ${base}/v1/flux-tools/erase-v1 -d @- -H 'Content-Type: application/json' -H 'x-key: ${key}'`,
    python: `import base64, requests

sent = {role: base64.b64encode(open(name, "rb").read()).decode()
        for role, name in [("image", "photo.jpg"), ("mask", "mask.png")]}
reply = requests.post("${base}/v1/flux-tools/erase-v1", json=sent, headers={"x-key": "${key}"})`,
    node: `import { readFile } from "node:fs/promises";
const read = async (name) => (await readFile(name)).toString("base64");
const headers = { "x-key": "${key}", "Content-Type": "application/json" };
const body = JSON.stringify({ image: await read("photo.jpg"), mask: await read("mask.png") });
const reply = await fetch("${base}/v1/flux-tools/erase-v1", { method: "POST", headers, body });`,
  },
  "Stability": {
    curl: `curl -sS ${base}/v2beta/stable-image/edit/erase -H 'Authorization: Bearer ${key}' -H 'Accept: image/*' \\
  -F image=@photo.jpg -F mask=@mask.png -F output_format=png -o clean.png`,
    python: `import requests

reply = requests.post(
    "${base}/v2beta/stable-image/edit/erase",
    headers={"Authorization": "Bearer ${key}", "Accept": "image/*"}, data={"output_format": "png"},
    files={"image": open("photo.jpg", "rb"), "mask": open("mask.png", "rb")},
)
open("clean.png", "wb").write(reply.content)`,
    node: `${FETCHED}const body = new FormData();
body.set("image", await file("photo.jpg"), "photo.jpg");
body.set("mask", await file("mask.png"), "mask.png");
const headers = { Authorization: "Bearer ${key}", Accept: "image/*" };
const reply = await fetch("${base}/v2beta/stable-image/edit/erase", { method: "POST", headers, body });
await writeFile("clean.png", Buffer.from(await reply.arrayBuffer()));`,
  },
});
