/** What an admin key may ask of the server: the paths below `v1/admin`. */

import { ask } from "../api/client.js";

/**
 * @typedef {{id: string, name: string, hint: string, account: string, admin: boolean, test: boolean,
 *            created_at: string, used_at: string | null, revoked_at: string | null}} Key
 * @typedef {{account: string, edits: number, images: number, compute_ms: number}} AccountUsage
 * @typedef {{account: string, queue: string, simulated: boolean, waiting: number, staging: number, running: number,
 *            oldest_at: string}} QueueLine
 * @typedef {{id: string, device: string, version: string, concurrency: number, queues: string[]}} WorkerOfAll
 * @typedef {{waiting: number, staging: number, running: number, oldest_s: number, callbacks: number,
 *            lines: QueueLine[], workers: WorkerOfAll[]}} Queue
 * @typedef {{state: "running" | "stopping" | "succeeded" | "failed" | "stopped", fetching: string,
 *            done_bytes: number, total_bytes: number, error: string | null, ended_at: string | null}} Pull
 * @typedef {{name: string, summary: string, licence: string, size_bytes: number, place: string, available: boolean,
 *            missing: string | null, edits: string[], pullable: boolean, pull: Pull | null}} Model
 */

export const PAGE_SIZE = 20;

const paged = (page) => `page=${page}&page_size=${PAGE_SIZE}`;
const model = (name) => `v1/admin/models/${encodeURIComponent(name)}`;

/** @param {number} page From 1 on. @returns {Promise<{keys: Key[], total: number}>} */
export const keysOf = (page) => ask(`v1/admin/keys?${paged(page)}`);

/** @param {{name: string, account: string, admin: boolean}} wanted @returns {Promise<{key: Key, secret: string}>} */
export const makeKey = (wanted) => ask("v1/admin/keys", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted),
});

/** @param {string} id */
export const revokeKey = (id) => ask(`v1/admin/keys/${encodeURIComponent(id)}`, { method: "DELETE" });

/** @param {number} days @param {number} page @returns {Promise<{accounts: AccountUsage[], total: number}>} */
export const usageOf = (days, page) => ask(`v1/admin/usage?days=${days}&${paged(page)}`);

/** @returns {Promise<Queue>} */
export const queueOfAll = () => ask("v1/admin/queue");

/** @returns {Promise<{host: string, models: Model[]}>} */
export const modelsHere = () => ask("v1/admin/models");

/** @param {string} name */
export const pullModel = (name) => ask(`${model(name)}/pull`, { method: "POST" });

/** @param {string} name */
export const stopPull = (name) => ask(`${model(name)}/pull`, { method: "DELETE" });
