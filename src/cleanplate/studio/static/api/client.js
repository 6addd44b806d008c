/** Requests to the native API of the server that the page came from, and what went wrong with them. */

import { apiKey } from "./session.js";

/** A reply that is no success. */
export class ApiError extends Error {
  /** @param {number} status @param {{code?: string, message?: string, field?: string}} said @param {number} retryS */
  constructor(status, said, retryS) {
    super(said.message ?? "");
    this.status = status;
    this.code = said.code ?? "";
    this.field = said.field ?? "";
    this.retryS = retryS;
  }
}

/** The server cannot be reached. */
export class ConnectionLost extends Error {}

/** An address of the server, also where a proxy puts it below a path. @param {string} path */
export const addressOf = (path) => new URL(path, document.baseURI).href;

/**
 * @param {string} path Relative, as `v1/edits`.
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} Of status 2xx; rejects with `ApiError`, `ConnectionLost`, or an `AbortError`.
 */
export async function send(path, options = {}) {
  return sendWith(apiKey(), path, options);
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const ask = async (path, options) => (await send(path, options)).json();

/** The same with another secret than the page's key. @param {string} secret @param {string} path */
export const askWith = async (secret, path, options = {}) => (await sendWith(secret, path, options)).json();

async function sendWith(key, path, options) {
  const headers = { ...options.headers, ...(key === null ? {} : { Authorization: `Bearer ${key}` }) };
  const reply = await reach(addressOf(path), { ...options, headers, cache: "no-store" });
  if (!reply.ok) throw await errorOf(reply);
  return reply;
}

/**
 * A finished picture, through the server that the page came from: its link may lead to the object storage, which a
 * page may not ask.
 * @param {string} edit Id. @param {number} number Its place in `results`, from 0.
 * @param {AbortSignal} [signal] @returns {Promise<Blob>}
 */
export async function fetchResult(edit, number, signal) {
  return (await send(`v1/edits/${edit}/results/${number}`, { signal })).blob();
}

/** Any reply, whatever its status; rejects with `ConnectionLost`, or an `AbortError`. */
export async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ConnectionLost();
  }
}

async function errorOf(reply) {
  const retryS = Number(reply.headers.get("Retry-After")) || 0;
  const body = await reply.json().catch(() => ({}));
  return new ApiError(reply.status, body.error ?? body ?? {}, retryS);
}
