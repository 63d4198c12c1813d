// How times and days are told, in the reader's language.
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const near = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** Like 14:05. */
export const timeOf = (at: string): string => time.format(new Date(at));

/** The whole of it. */
export const momentOf = (at: string): string => full.format(new Date(at));

/** Today, yesterday, or like Monday, 3 March. */
export function dayOf(at: string): string {
  const date = new Date(at);
  const ago = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  const words = ago === 0 || ago === -1 ? near.format(ago, 'day') : day.format(date);
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** Whether two moments are of one day, where the reader is. */
export const isSameDay = (one: string, other: string): boolean =>
  midnight(new Date(one)) === midnight(new Date(other));

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
