// The one kind of error that this package throws, made from the refusals of both doors (REST and socket) and
// from what goes wrong on the way there. `code` is the word to branch on.

/** What went wrong: the server's own words, and three for what happens before it is reached. */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'disabled'
  | 'not_found'
  | 'conflict'
  | 'rejected'
  | 'held'
  | 'rate_limited'
  | 'too_large'
  | 'unavailable'
  | 'internal'
  | 'network'
  | 'aborted'
  | 'timeout';

/** What is known of an error beside its text and code. */
export interface ErrorDetails {
  /** The HTTP status, if it came by REST. */
  status?: number;
  /** In how many seconds trying again makes sense. */
  retryAfter?: number;
  /** The plugin that refused (`rejected`) or kept the message aside (`held`). */
  plugin?: string;
  /** The plugin's own word for why. */
  reasonCode?: string;
  /** The id under which the server logged the request. */
  requestId?: string;
  /** The id that a held message will have once it is released. */
  messageId?: string;
  /** What caused it. */
  cause?: unknown;
}

/** A call that was refused, or never got there. */
export class HeyyoError extends Error implements ErrorDetails {
  override readonly name = 'HeyyoError';
  /** What went wrong. */
  readonly code: ErrorCode;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly plugin?: string;
  readonly reasonCode?: string;
  readonly requestId?: string;
  readonly messageId?: string;

  constructor(code: ErrorCode, message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, { cause });
    this.code = code;
    Object.assign(this, details);
  }
}

/** A refusal as the wire has it. @internal */
export interface Refusal {
  error: string;
  code?: string;
  plugin?: string;
  reason_code?: string;
  held?: boolean;
  id?: string;
  retry_after_ms?: number;
}

const BY_STATUS: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  422: 'rejected',
  429: 'rate_limited',
  503: 'unavailable',
};

const CODES = new Set<string>([...Object.values(BY_STATUS), 'held', 'disabled', 'internal']);

/** The error that a refusal is. A proxy's answer has no `code`: then the status says it. @internal */
export function refused(refusal: Partial<Refusal>, details: ErrorDetails = {}): HeyyoError {
  const { status = 0 } = details;
  const byStatus = BY_STATUS[status] ?? (status === 502 || status === 504 ? 'unavailable' : 'internal');
  const code = CODES.has(refusal.code ?? '') ? (refusal.code as ErrorCode) : byStatus;
  return new HeyyoError(code, refusal.error ?? `The server answered ${status}`, {
    ...details,
    ...(refusal.retry_after_ms !== undefined && { retryAfter: refusal.retry_after_ms / 1000 }),
    ...(refusal.plugin !== undefined && { plugin: refusal.plugin }),
    ...(refusal.reason_code !== undefined && { reasonCode: refusal.reason_code }),
    ...(refusal.held && refusal.id !== undefined && { messageId: refusal.id }),
  });
}

/** Whatever was thrown, as an error of ours. @internal */
export function asError(thrown: unknown): HeyyoError {
  if (thrown instanceof HeyyoError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new HeyyoError('internal', text, { cause: thrown });
}

/** Whether the same call may well succeed later, without anybody changing anything. @internal */
export function isPassing(error: HeyyoError): boolean {
  return ['rate_limited', 'unavailable', 'network', 'timeout'].includes(error.code);
}
