// What all parts share: the client, the query cache, which channel is open, and the parts themselves.
import { HeyyoClient, type Connection, type OutboxStorage, type TokenSource } from '@heyyo/sdk';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Avatar } from './Avatar.js';
import { followChannels } from './channels.js';
import { ChannelItem } from './ChannelList.js';
import { Composer } from './Composer.js';
import { EmptyState } from './EmptyState.js';
import { Message } from './Message.js';
import type { Parts } from './parts.js';

/** How the provider is made: with `apiUrl` and `token`, or with a client of your own. */
export interface HeyyoProviderProps {
  /** The server's origin, like `https://chat.example`. */
  apiUrl?: string;
  /** A user's token, or what gives one; only a function can give a new one when the first has ended. */
  token?: TokenSource;
  /** Where what is not sent yet outlives the page, like `localStorage`; nowhere if absent. */
  storage?: OutboxStorage;
  /** Your own client, which you connect and disconnect yourself. */
  client?: HeyyoClient;
  /** Your own parts, in place of ours. */
  components?: Partial<Parts>;
  children: ReactNode;
}

interface Shared {
  client: HeyyoClient;
  parts: Parts;
  selected: string | undefined;
  select(channelId: string | undefined): void;
}

const Context = createContext<Shared | undefined>(undefined);
const OURS: Parts = { Avatar, ChannelItem, Composer, EmptyState, Message };

/** Gives a client to everything below it, and connects it for as long as it is shown. */
export function HeyyoProvider({ apiUrl, token, storage, client: given, components, children }: HeyyoProviderProps) {
  // A function that is made anew by each render is no reason to connect anew.
  const latest = useRef(token);
  latest.current = token;
  const client = useMemo(() => {
    if (given) return given;
    if (!apiUrl || latest.current === undefined) throw new Error('HeyyoProvider needs apiUrl and token, or client');
    const ask = async () => (typeof latest.current === 'function' ? latest.current() : (latest.current ?? ''));
    return new HeyyoClient({ apiUrl, token: ask, storage, autoConnect: false });
  }, [apiUrl, storage, given]);
  useEffect(() => {
    if (given) return;
    // What fails here is told by the client's `error` and `connection` events.
    client.connect().catch(() => undefined);
    return () => client.disconnect();
  }, [client, given]);

  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { staleTime: 30_000 } } }));
  useEffect(() => {
    // What was kept is another user's, or may be.
    queries.clear();
    const ends = [
      followChannels(client, queries),
      client.on('connection', (state) => {
        if (state === 'online') void queries.invalidateQueries();
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [client, queries]);

  const [selected, select] = useState<string>();
  const parts = useMemo(() => ({ ...OURS, ...components }), [components]);
  const shared = useMemo(() => ({ client, parts, selected, select }), [client, parts, selected]);
  return (
    <QueryClientProvider client={queries}>
      <Context.Provider value={shared}>{children}</Context.Provider>
    </QueryClientProvider>
  );
}

function useShared(): Shared {
  const shared = useContext(Context);
  if (!shared) throw new Error('There is no <HeyyoProvider> above');
  return shared;
}

/** The client of the provider above. */
export function useClient(): HeyyoClient {
  return useShared().client;
}

/** The parts of the provider above. @internal */
export function useParts(): Parts {
  return useShared().parts;
}

/** Which channel is open, and how to open another. */
export function useSelectedChannel(): [string | undefined, (channelId: string | undefined) => void] {
  const { selected, select } = useShared();
  return [selected, select];
}

/** Whether the socket is connected. */
export function useConnection(): Connection {
  const client = useClient();
  const [connection, set] = useState(client.connection);
  useEffect(() => {
    set(client.connection);
    return client.on('connection', set);
  }, [client]);
  return connection;
}
