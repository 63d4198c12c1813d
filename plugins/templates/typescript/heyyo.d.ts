// The contract of wit/0.1 as TypeScript: what plugins are told and may answer, and what they may call.
// What a function gives back as `result` in the contract it gives back here, or throws.

declare module "heyyo:hooks/types@0.1.0" {
  export type Id = string;
  export interface Entry {
    key: string;
    /** JSON text. */
    value: string;
  }
  export interface User {
    id: Id;
    externalId: string;
    name?: string;
    facts: Entry[];
  }
  export interface Message {
    id: Id;
    channel: Id;
    sender: User;
    text: string;
    parent?: Id;
    /** Each is the text of a JSON object. */
    attachments: string[];
    metadata: Entry[];
    facts: Entry[];
  }
  export interface Reaction {
    message: Id;
    channel: Id;
    sender: User;
    kind: string;
    facts: Entry[];
  }
  export interface Call {
    event: Id;
    /** Milliseconds since 1970. */
    at: bigint;
    /** Milliseconds that this call may take. */
    deadline: number;
  }
  export type Change = "created" | "edited" | "deleted";
  export interface Flag {
    code: string;
    /** 0 to 100. */
    score: number;
    note?: string;
  }
  export interface Rejection {
    code: string;
    reason: string;
  }
  export interface Amendment {
    text?: string;
    flagged: Flag[];
    metadata: Entry[];
  }
  export type Verdict =
    | { tag: "allow" }
    | { tag: "amend"; val: Amendment }
    | { tag: "reject"; val: Rejection }
    | { tag: "hold"; val: Rejection };
  export type ReactionVerdict = { tag: "allow" } | { tag: "reject"; val: Rejection };
  export interface Problem {
    key: string;
    message: string;
  }
}

declare module "heyyo:hooks/config@0.1.0" {
  export function get(key: string): string | undefined;
  export function all(): [string, string][];
}

declare module "heyyo:hooks/log@0.1.0" {
  export function write(level: "debug" | "info" | "warn" | "error", text: string): void;
}

declare module "heyyo:hooks/state@0.1.0" {
  export function get(key: string): Uint8Array | undefined;
  export function set(key: string, value: Uint8Array, ttlSeconds: number | undefined): void;
  export { remove as delete };
  function remove(key: string): void;
  export function add(key: string, delta: bigint, ttlSeconds: number | undefined): bigint;
}

declare module "heyyo:hooks/context@0.1.0" {
  import type { Entry, Id, Message } from "heyyo:hooks/types@0.1.0";
  export interface ChannelInfo {
    id: Id;
    name: string;
    kind: string;
    members: number;
    metadata: Entry[];
  }
  export function channel(): ChannelInfo | undefined;
  export function recent(limit: number): Message[];
}
